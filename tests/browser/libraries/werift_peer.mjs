// A publisher and a receiver made of werift, WebRTC in JavaScript alone. It has no codecs: what is sent
// are RTP packets that look like VP8 and Opus.
import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters } from 'werift';

import { until } from '../waiting.mjs';
import { opusPayload, rtp, vp8Payloads } from './rtp.mjs';

const kPatienceMs = 30_000;
const kPacketMs = 20;
const codecs = {
  audio: [new RTCRtpCodecParameters({ mimeType: 'audio/opus', clockRate: 48000, channels: 2 })],
  video: [new RTCRtpCodecParameters({ mimeType: 'video/VP8', clockRate: 90000 })],
};

export class WeriftPeer {
  #connection = new RTCPeerConnection({ codecs, iceServers: [] });
  #tracks = [];
  #timer;
  packets = { audio: 0, video: 0 }; // received

  constructor() {
    this.#connection.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe(() => ++this.packets[track.kind]);
    });
  }

  // Offers Opus and VP8.
  offer() {
    this.#tracks = ['audio', 'video'].map((kind) => new MediaStreamTrack({ kind }));
    for (const track of this.#tracks) this.#connection.addTransceiver(track, { direction: 'sendonly' });
    return this.#local('createOffer');
  }
  // Offers to receive them.
  offerToReceive() {
    for (const kind of ['audio', 'video']) this.#connection.addTransceiver(kind, { direction: 'recvonly' });
    return this.#local('createOffer');
  }

  // Takes the answer to an offer; what was offered to be sent is sent.
  async accept(answer) {
    await this.#connection.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
    await this.connected();
    if (this.#tracks.length) this.#send();
  }

  async answer(offer) {
    await this.#connection.setRemoteDescription({ type: 'offer', sdp: offer.sdp });
    return this.#local('createAnswer');
  }

  connected() {
    return until('a connection', kPatienceMs, () => this.#connection.connectionState === 'connected');
  }

  close() {
    clearInterval(this.#timer);
    return this.#connection.close();
  }

  async #local(create) {
    await this.#connection.setLocalDescription(await this.#connection[create]());
    await until('candidates', kPatienceMs, () => this.#connection.iceGatheringState === 'complete');
    return this.#connection.localDescription;
  }

  #send() {
    const [audio, video] = this.#tracks;
    let count = 0;
    this.#timer = setInterval(() => {
      audio.writeRtp(rtp(96, 1, count, count * 960, opusPayload()));
      for (const payload of vp8Payloads()) video.writeRtp(rtp(97, 2, count, count * 1800, payload, true));
      ++count;
    }, kPacketMs);
  }
}
