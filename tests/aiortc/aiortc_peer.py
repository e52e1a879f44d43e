"""A publisher and a receiver made of aiortc (ICE: aioice), with real encoders and decoders."""

import asyncio

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack


class AiortcPeer:
    """One peer connection at one handle of the Janus API."""

    def __init__(self, janus):
        self._janus = janus
        self._connection = RTCPeerConnection()
        self._tasks = []
        self.frames = {"audio": 0, "video": 0}  # decoded
        self._connection.on("track", self._take_track)

    async def publish(self, room):
        """Returns the id that others subscribe to, and the event that answered the offer."""
        joined, _ = await self._ask({"request": "join", "ptype": "publisher", "room": room})
        for track in (AudioStreamTrack(), VideoStreamTrack()):
            self._connection.addTransceiver(track, direction="sendonly")
        await self._connection.setLocalDescription(await self._connection.createOffer())
        configured, answer = await self._ask({"request": "publish"}, self._local())
        await self._connection.setRemoteDescription(RTCSessionDescription(**answer))
        return joined["id"], configured

    async def subscribe(self, room, feed):
        _, offer = await self._ask(
            {"request": "join", "ptype": "subscriber", "room": room, "streams": [{"feed": feed}]}
        )
        await self._connection.setRemoteDescription(RTCSessionDescription(offer["sdp"], "offer"))
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        await self._ask({"request": "start"}, self._local())

    def is_connected(self):
        return self._connection.connectionState == "connected"

    async def stop(self):
        for task in self._tasks:
            task.cancel()
        await self._connection.close()

    async def _ask(self, body, jsep=None):
        return await asyncio.to_thread(self._janus.request, body, jsep)

    def _local(self):
        description = self._connection.localDescription
        return {"type": description.type, "sdp": description.sdp}

    def _take_track(self, track):
        async def count():
            while True:
                await track.recv()
                self.frames[track.kind] += 1

        self._tasks.append(asyncio.ensure_future(count()))
