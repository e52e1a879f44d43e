"""A call of two webrtcbins that must not break: main.py --server PATH --output FOLDER [OPTIONS]

Expects a network namespace of its own (tests/browser/in_namespace). libnice, webrtcbin's ICE, makes
no connectivity check of a lite peer once it is connected: consent has to live on the publisher's
media and on the receiver's reports (docs/adr/0014-what-proves-consent.md). Prints what it measured
on one line, and exits with 1 if anything that should hold does not.
"""

import pathlib
import sys
import time

sys.path.append(str(pathlib.Path(__file__).parent.parent / "python"))
from janus_session import JanusSession  # noqa: E402
from penstock_server import URL, Server, option_parser, until  # noqa: E402
from webrtcbin_peer import CAMERA, WebRtcBinPeer  # noqa: E402

ROOM = 1234
PAUSE_MAX_S = 3


def longest_pause(times, end):
    return max(after - before for before, after in zip(times, [*times[1:], end]))


def call(options, measured):
    publisher_session = JanusSession(URL)
    receiver_session = JanusSession(URL)
    publisher = WebRtcBinPeer(publisher_session, CAMERA)
    receiver = WebRtcBinPeer(receiver_session)
    feed = publisher.publish(ROOM)
    until("the publisher's connection", publisher.is_connected)
    receiver.subscribe(ROOM, feed)
    until("media at the receiver", lambda: len(receiver.received) > 0)

    begin = time.monotonic()
    time.sleep(options.seconds)
    end = time.monotonic()
    received = [at for at in receiver.received if begin <= at <= end]
    measured["packets"] = len(received)
    measured["longest_pause_s"] = round(longest_pause([begin, *received], end), 2)
    measured["hangups"] = publisher_session.hangups + receiver_session.hangups
    for peer, session in ((publisher, publisher_session), (receiver, receiver_session)):
        peer.stop()
        session.close()
    if measured["hangups"] or measured["longest_pause_s"] > PAUSE_MAX_S:
        raise RuntimeError("the call broke")


def main():
    parser = option_parser()
    parser.add_argument("--seconds", type=float, default=25)
    # Longer than receivers' reports are apart (GStreamer: up to 6 s).
    parser.add_argument("--consent-timeout", type=int, default=10)
    options = parser.parse_args()
    server = Server(
        options.server,
        options.output,
        "webrtcbin",
        f"[media]\nconsent_timeout_s = {options.consent_timeout}\n",
    )
    return server.run(lambda measured: call(options, measured))


if __name__ == "__main__":
    sys.exit(main())
