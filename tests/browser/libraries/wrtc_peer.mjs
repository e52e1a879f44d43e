// A publisher and a receiver made of libwebrtc without a browser (@roamhq/wrtc): a picture and a tone
// that it encodes, and what it receives it decodes.
import wrtc from '@roamhq/wrtc';

import { until } from '../waiting.mjs';

const { RTCAudioSource, RTCVideoSource } = wrtc.nonstandard;
const kPatienceMs = 30_000;
const kSampleRate = 48_000;
const kSamples = kSampleRate / 100; // of 10 ms
const kPicture = { width: 320, height: 240 };
const kFrameMs = 50;

export class WrtcPeer {
  #connection = new wrtc.RTCPeerConnection();
  #timers = [];
  packets = { audio: 0, video: 0 }; // received

  // Offers what a browser would.
  offer() {
    const sources = [new RTCAudioSource(), new RTCVideoSource()];
    const stream = new wrtc.MediaStream();
    for (const source of sources) {
      const track = source.createTrack();
      stream.addTrack(track);
      this.#connection.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
    }
    this.#send(...sources);
    return this.#local('createOffer');
  }
  offerToReceive() {
    for (const kind of ['audio', 'video']) this.#connection.addTransceiver(kind, { direction: 'recvonly' });
    this.#count();
    return this.#local('createOffer');
  }

  async accept(answer) {
    await this.#connection.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
    await this.connected();
  }

  async answer(offer) {
    await this.#connection.setRemoteDescription({ type: 'offer', sdp: offer.sdp });
    this.#count();
    return this.#local('createAnswer');
  }

  connected() {
    return until('a connection', kPatienceMs, () => this.#connection.connectionState === 'connected');
  }

  close() {
    for (const timer of this.#timers) clearInterval(timer);
    this.#connection.close();
  }

  async #local(create) {
    await this.#connection.setLocalDescription(await this.#connection[create]());
    await until('candidates', kPatienceMs, () => this.#connection.iceGatheringState === 'complete');
    return this.#connection.localDescription;
  }

  #send(audio, video) {
    const samples = Int16Array.from({ length: kSamples }, (_, i) => 8000 * Math.sin((2 * Math.PI * 5 * i) / kSamples));
    const frame = (count) => {
      const data = new Uint8ClampedArray((kPicture.width * kPicture.height * 3) / 2).fill(128);
      data.fill((count * 8) % 256, 0, kPicture.width * kPicture.height);
      return { ...kPicture, data };
    };
    let count = 0;
    this.#timers = [
      setInterval(() => audio.onData({ samples, sampleRate: kSampleRate, bitsPerSample: 16, channelCount: 1, numberOfFrames: kSamples }), 10),
      setInterval(() => video.onFrame(frame(++count)), kFrameMs),
    ];
  }

  #count() {
    this.#timers.push(setInterval(async () => {
      for (const report of (await this.#connection.getStats()).values()) {
        if (report.type === 'inbound-rtp') this.packets[report.kind] = report.packetsReceived;
      }
    }, 100));
  }
}
