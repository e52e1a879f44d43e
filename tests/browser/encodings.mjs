// Simulcast and scalable coding by a page that knows nothing of them.
// Injected: every video track that the page sends, it sends in these encodings.
export function sendInEncodings(encodings) {
  const { addTransceiver, addTrack } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.addTransceiver = function (trackOrKind, init = {}) {
    const isSent = trackOrKind.kind === 'video';
    return addTransceiver.call(this, trackOrKind, isSent ? { ...init, sendEncodings: encodings } : init);
  };
  RTCPeerConnection.prototype.addTrack = function (track, ...streams) {
    if (track.kind !== 'video') return addTrack.call(this, track, ...streams);
    return this.addTransceiver(track, { direction: 'sendrecv', streams }).sender;
  };
}
