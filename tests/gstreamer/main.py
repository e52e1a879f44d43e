"""A call of two webrtcbins that must not break: main.py --server PATH --output FOLDER [OPTIONS]

Expects a network namespace of its own (tests/browser/in_namespace). libnice, webrtcbin's ICE, makes
no connectivity check of a lite peer once it is connected: consent has to live on the publisher's
media and on the receiver's reports (docs/adr/0014-what-proves-consent.md). Prints what it measured
on one line, and exits with 1 if anything that should hold does not.
"""

import argparse
import json
import pathlib
import signal
import subprocess
import sys
import time
import urllib.request

from janus_session import JanusSession
from webrtcbin_peer import CAMERA, WebRtcBinPeer

ROOM = 1234
URL = "http://127.0.0.1:8088/janus"
PATIENCE_S = 30  # of everything that takes as long as it takes
PAUSE_MAX_S = 3


def until(what, condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited too long for {what}")
        time.sleep(0.05)


def answers():
    try:
        return urllib.request.urlopen(f"{URL}/info", timeout=PATIENCE_S).status == 200
    except OSError:
        return False


def start_server(options):
    output = pathlib.Path(options.output)
    output.mkdir(parents=True, exist_ok=True)
    config = output / "webrtcbin-penstock.toml"
    config.write_text(
        f"[port]\nipv6 = ''\nhost_ipv6 = ''\n"
        f"[media]\nconsent_timeout_s = {options.consent_timeout}\n"
    )
    log = (output / "webrtcbin-penstock.log").open("w")
    return subprocess.Popen([options.server, "--config", config], stdout=log, stderr=log)


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
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--seconds", type=float, default=25)
    # Longer than receivers' reports are apart (GStreamer: up to 6 s).
    parser.add_argument("--consent-timeout", type=int, default=10)
    options = parser.parse_args()
    measured = {}
    server = start_server(options)
    try:
        until("the server", answers)
        call(options, measured)
    finally:
        print("measured:", json.dumps(measured), flush=True)
        server.send_signal(signal.SIGINT)
        status = server.wait(PATIENCE_S)
    return status


if __name__ == "__main__":
    sys.exit(main())
