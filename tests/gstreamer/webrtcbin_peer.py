"""A publisher and a receiver made of GStreamer's webrtcbin (ICE: libnice)."""

import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import Gst, GstSdp, GstWebRTC  # noqa: E402

Gst.init(None)

CAMERA = (
    "videotestsrc is-live=true pattern=ball"
    " ! video/x-raw,width=320,height=240,framerate=15/1"
    " ! vp8enc deadline=1 keyframe-max-dist=30 ! rtpvp8pay"
    " ! capsfilter caps=application/x-rtp,media=video,encoding-name=VP8,payload=96"
)


class WebRtcBinPeer:
    """One webrtcbin in a pipeline of its own, at one handle of the Janus API."""

    def __init__(self, janus, source=None):
        self._janus = janus
        self._pipeline = Gst.Pipeline.new()
        self._webrtc = Gst.ElementFactory.make("webrtcbin")
        self._webrtc.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        self._pipeline.add(self._webrtc)
        if source:
            camera = Gst.parse_bin_from_description(source, True)
            self._pipeline.add(camera)
            camera.link(self._webrtc)
        self.received = []  # when each packet of media came
        self._webrtc.connect("pad-added", self._take_stream)
        self._pipeline.set_state(Gst.State.PLAYING)

    def publish(self, room):
        """Returns the id that others subscribe to."""
        joined, _ = self._janus.request({"request": "join", "ptype": "publisher", "room": room})
        offer = self._describe("offer")
        _, answer = self._janus.request({"request": "publish"}, offer)
        self._set_remote(GstWebRTC.WebRTCSDPType.ANSWER, answer["sdp"])
        return joined["id"]

    def subscribe(self, room, feed):
        _, offer = self._janus.request(
            {"request": "join", "ptype": "subscriber", "room": room, "streams": [{"feed": feed}]}
        )
        self._set_remote(GstWebRTC.WebRTCSDPType.OFFER, offer["sdp"])
        self._janus.request({"request": "start"}, self._describe("answer"))

    def is_connected(self):
        state = self._webrtc.get_property("connection-state")
        return state == GstWebRTC.WebRTCPeerConnectionState.CONNECTED

    def stop(self):
        self._pipeline.set_state(Gst.State.NULL)

    def _describe(self, kind):
        promise = Gst.Promise.new()
        self._webrtc.emit(f"create-{kind}", None, promise)
        promise.wait()
        reply = promise.get_reply()  # owns the description
        description = reply.get_value(kind)
        self._webrtc.emit("set-local-description", description, Gst.Promise.new())
        return {"type": kind, "sdp": description.sdp.as_text()}

    def _set_remote(self, kind, text):
        _, sdp = GstSdp.SDPMessage.new_from_text(text)
        description = GstWebRTC.WebRTCSessionDescription.new(kind, sdp)
        promise = Gst.Promise.new()
        self._webrtc.emit("set-remote-description", description, promise)
        promise.wait()

    def _take_stream(self, _, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        sink = Gst.ElementFactory.make("fakesink")
        sink.set_property("sync", False)
        self._pipeline.add(sink)
        sink.sync_state_with_parent()
        pad.add_probe(Gst.PadProbeType.BUFFER, self._note_packet)
        pad.link(sink.get_static_pad("sink"))

    def _note_packet(self, _pad, _info):
        self.received.append(time.monotonic())
        return Gst.PadProbeReturn.OK
