"""Recordings of real encoders, converted by Janus's tool and decoded: recordings.py --server PATH
--output FOLDER --tools FOLDER

Expects a network namespace of its own (tests/browser/in_namespace). A webrtcbin publishes each
codec; its file is converted by janus-pp-rec, and GStreamer decodes what comes out. At the end
tools/recordings makes one file of audio and video. Prints what it measured on one line, and exits
with 1 if anything that should hold does not.
"""

import pathlib
import shutil
import subprocess
import sys
import time

sys.path.append(str(pathlib.Path(__file__).parent.parent / "python"))
from janus_session import JanusSession  # noqa: E402
from penstock_server import URL, Server, option_parser, until  # noqa: E402
from webrtcbin_peer import Gst, WebRtcBinPeer  # noqa: E402

ROOM = 1234
SECONDS = 4
CAMERA = (
    "videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=15/1 ! "
)
RTP = " ! capsfilter caps=application/x-rtp,media={},encoding-name={},payload={}"
# Codec, its source, what janus-pp-rec makes of it.
CODECS = [
    ("opus", "audiotestsrc is-live=true ! opusenc ! rtpopuspay" + RTP.format("audio", "OPUS", 97), "opus"),
    ("vp8", CAMERA + "vp8enc deadline=1 keyframe-max-dist=30 ! rtpvp8pay" + RTP.format("video", "VP8", 96), "webm"),
    ("vp9", CAMERA + "vp9enc deadline=1 keyframe-max-dist=30 ! rtpvp9pay" + RTP.format("video", "VP9", 96), "webm"),
    (
        "h264",
        CAMERA + "openh264enc gop-size=30 ! h264parse config-interval=-1 ! rtph264pay"
        + RTP.format("video", "H264", 96)
        + ",packetization-mode=(string)1",
        "mp4",
    ),
]


def record(codec, source):
    session = JanusSession(URL)
    peer = WebRtcBinPeer(session, source)
    peer.publish(ROOM)
    until(f"the connection of {codec}", peer.is_connected)
    session.request({"request": "configure", "record": True, "filename": codec})
    time.sleep(SECONDS)
    session.request({"request": "configure", "record": False})
    peer.stop()
    session.close()


def frames_of(path):
    """How many frames or buffers of it can be decoded."""
    pipeline = Gst.parse_launch(f"filesrc location={path} ! decodebin ! fakesink name=sink")
    frames = []
    pad = pipeline.get_by_name("sink").get_static_pad("sink")
    pad.add_probe(Gst.PadProbeType.BUFFER, lambda *_: frames.append(1) or Gst.PadProbeReturn.OK)
    pipeline.set_state(Gst.State.PLAYING)
    kinds = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, kinds)
    pipeline.set_state(Gst.State.NULL)
    if message is None or message.type != Gst.MessageType.EOS:
        raise RuntimeError(f"{path} cannot be decoded: {message and message.parse_error()}")
    return len(frames)


def check(options, folder, measured):
    for codec, source, made in CODECS:
        record(codec, source)
        kind = "audio" if codec == "opus" else "video"
        file = folder / f"{codec}-{kind}-0.mjr"
        until(f"the file of {codec}", file.exists)
        playable = folder / f"{codec}.{made}"
        tool = subprocess.run(
            ["janus-pp-rec", "--disable-colors", file, playable], capture_output=True, text=True
        )
        warnings = [line for line in tool.stdout.splitlines() if "[WARN]" in line]
        measured[codec] = {"frames": frames_of(playable), "warnings": warnings}
        # An encoder may be slow to begin, and video waits for a keyframe.
        wanted = SECONDS * (50 if codec == "opus" else 15) // 3
        if tool.returncode != 0 or measured[codec]["frames"] < wanted:
            raise RuntimeError(f"{codec}: {tool.stdout}")
    tools = [options.tools + "/recordings"]
    subprocess.run([*tools, "verify", folder], check=True)
    joined = folder / "joined.webm"
    files = [folder / "opus-audio-0.mjr", folder / "vp8-video-0.mjr"]
    subprocess.run([*tools, "join", "-o", joined, *files], check=True)
    measured["joined_bytes"] = joined.stat().st_size


def main():
    parser = option_parser()
    parser.add_argument("--tools", required=True)
    options = parser.parse_args()
    folder = pathlib.Path(options.output).absolute() / "recordings"
    shutil.rmtree(folder, ignore_errors=True)
    server = Server(
        options.server,
        options.output,
        "recordings",
        f"[recording]\nfolder = '{folder}'\nfree_mib_to_begin = 0\nfree_mib_min = 0\n",
    )
    return server.run(lambda measured: check(options, folder, measured))


if __name__ == "__main__":
    sys.exit(main())
