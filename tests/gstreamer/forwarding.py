"""What is forwarded is decoded by GStreamer: forwarding.py --server PATH --output FOLDER

A webrtcbin publishes; its video is forwarded in clear, and as SRTP with both sizes of tag, to ports
of this host, where pipelines decode it. Expects a network namespace of its own
(tests/browser/in_namespace); the host is on the server's link, a TAP device, and has not spoken to
it from these ports. Prints what it measured on one line, and exits with 1 if anything that should
hold does not.
"""

import base64
import pathlib
import sys
import time

sys.path.append(str(pathlib.Path(__file__).parent.parent / "python"))
from janus_session import JanusSession  # noqa: E402
from penstock_server import URL, Server, option_parser, until  # noqa: E402
from webrtcbin_peer import CAMERA, Gst, WebRtcBinPeer  # noqa: E402

ROOM = 4321
SECRET = "of the room"
HOST = "198.18.0.1"
KEY = bytes(range(30))
FRAMES_MIN = 45  # three seconds
SILENCE_S = 2

CAPS = "media=(string)video,clock-rate=(int)90000,encoding-name=(string)VP8,payload=(int)96"


class Decoder:
    """A pipeline that decodes what comes to a port, and counts the pictures."""

    def __init__(self, port, srtp_bits=None):
        kind = "application/x-srtp" if srtp_bits else "application/x-rtp"
        caps = f"{kind},{CAPS},ssrc=(uint)7"
        if srtp_bits:
            caps += (
                f",srtp-key=(buffer){KEY.hex()},srtp-cipher=(string)aes-128-icm"
                f",srtp-auth=(string)hmac-sha1-{srtp_bits},srtcp-cipher=(string)aes-128-icm"
                ",srtcp-auth=(string)hmac-sha1-80"
            )
        decrypt = "! srtpdec" if srtp_bits else ""
        self._pipeline = Gst.parse_launch(
            f'udpsrc port={port} caps="{caps}" {decrypt} ! rtpjitterbuffer'
            " ! rtpvp8depay ! vp8dec ! fakesink name=sink sync=false"
        )
        self.frames = 0
        pad = self._pipeline.get_by_name("sink").get_static_pad("sink")
        pad.add_probe(Gst.PadProbeType.BUFFER, self._count)
        self._pipeline.set_state(Gst.State.PLAYING)

    def stop(self):
        self._pipeline.set_state(Gst.State.NULL)

    def _count(self, _pad, _info):
        self.frames += 1
        return Gst.PadProbeReturn.OK


def forwarders_of(session):
    listed, _ = session.request({"request": "listforwarders", "room": ROOM, "secret": SECRET})
    return [each for publisher in listed["publishers"] for each in publisher["forwarders"]]


def call(_options, measured):
    session = JanusSession(URL)
    manager = JanusSession(URL)
    manager.request({"request": "create", "room": ROOM, "secret": SECRET})
    publisher = WebRtcBinPeer(session, CAMERA)
    feed = publisher.publish(ROOM)
    until("the publisher's connection", publisher.is_connected)

    key = {"srtp_crypto": base64.b64encode(KEY).decode()}
    decoders = {"clear": Decoder(6004), "srtp_80": Decoder(6014, 80), "srtp_32": Decoder(6024, 32)}
    kinds = ({"port": 6004, "rtcp_port": 6005}, {"port": 6014, "srtp_suite": 80, **key},
             {"port": 6024, "srtp_suite": 32, **key})  # fmt: skip
    answer, _ = manager.request(
        {
            "request": "rtp_forward",
            "room": ROOM,
            "secret": SECRET,
            "publisher_id": feed,
            "host": HOST,
            "streams": [{"mid": "video0", "ssrc": 7, "pt": 96, **kind} for kind in kinds],
        }
    )
    if len(answer["forwarders"]) != len(kinds) or len(forwarders_of(manager)) != len(kinds):
        raise RuntimeError(f"not all is forwarded: {answer}")
    begin = time.monotonic()
    until("pictures", lambda: all(each.frames >= FRAMES_MIN for each in decoders.values()))
    measured["seconds"] = round(time.monotonic() - begin, 1)
    measured["frames"] = {name: each.frames for name, each in decoders.items()}

    stop = {"request": "stop_rtp_forward", "room": ROOM, "secret": SECRET, "publisher_id": feed}
    manager.request({**stop, "stream_id": answer["forwarders"][0]["stream_id"]})
    time.sleep(SILENCE_S / 4)
    before = {name: each.frames for name, each in decoders.items()}
    time.sleep(SILENCE_S)
    goes_on = {name for name, each in decoders.items() if each.frames > before[name]}
    if goes_on != {"srtp_80", "srtp_32"}:
        raise RuntimeError(f"one was stopped, and these go on: {goes_on}")
    session.request({"request": "unpublish"})
    if forwarders_of(manager):
        raise RuntimeError("forwarders outlive what they forward")
    manager.request({"request": "destroy", "room": ROOM, "secret": SECRET})
    for each in (publisher, *decoders.values()):
        each.stop()
    for each in (session, manager):
        each.close()


def main():
    options = option_parser().parse_args()
    server = Server(options.server, options.output, "forwarding")
    return server.run(lambda measured: call(options, measured))


if __name__ == "__main__":
    sys.exit(main())
