"""A call of two aiortc clients: main.py --server PATH --output FOLDER

Expects a network namespace of its own (tests/browser/in_namespace). Prints what it measured on one
line, and exits with 1 if the receiver does not decode what the publisher sends.
"""

import asyncio
import pathlib
import sys
import time

sys.path.append(str(pathlib.Path(__file__).parent.parent / "python"))
from aiortc_peer import AiortcPeer  # noqa: E402
from janus_session import JanusSession  # noqa: E402
from penstock_server import PATIENCE_S, URL, Server, option_parser  # noqa: E402

ROOM = 1234
AUDIO_FRAMES = 100  # two seconds
VIDEO_FRAMES = 20


async def until(what, condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited too long for {what}")
        await asyncio.sleep(0.05)


async def call(measured):
    sessions = [JanusSession(URL) for _ in range(2)]
    publisher, receiver = (AiortcPeer(session) for session in sessions)
    feed, configured = await publisher.publish(ROOM)
    measured["streams"] = [f"{stream['type']} {stream['codec']}" for stream in configured["streams"]]
    measured["warnings"] = configured.get("warnings", [])
    await until("the publisher's connection", publisher.is_connected)
    await receiver.subscribe(ROOM, feed)
    measured["frames"] = receiver.frames
    await until(
        "decoded frames",
        lambda: receiver.frames["audio"] >= AUDIO_FRAMES
        and receiver.frames["video"] >= VIDEO_FRAMES,
    )
    measured["hangups"] = [reason for session in sessions for reason in session.hangups]
    for peer, session in zip((publisher, receiver), sessions):
        await peer.stop()
        session.close()
    if measured["streams"] != ["audio opus", "video vp8"] or measured["warnings"]:
        raise RuntimeError("not everything was taken")
    if measured["hangups"]:
        raise RuntimeError("the call broke")


def main():
    options = option_parser().parse_args()
    server = Server(options.server, options.output, "aiortc")
    return server.run(lambda measured: asyncio.run(call(measured)))


if __name__ == "__main__":
    sys.exit(main())
