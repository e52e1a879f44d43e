// A publisher and a receiver made of libdatachannel (node-datachannel). It has no codecs: what is sent
// are RTP packets that look like video and Opus. Its descriptions go by way of whoever has a handle.
import { Audio, PeerConnection, Video } from 'node-datachannel';

import { until } from '../waiting.mjs';
import { h264Payloads, kRtpHeaderBytes, opusPayload, rtp, vp8Payloads } from './rtp.mjs';

const kPatienceMs = 30_000;
const kPacketMs = 20;
const kAudio = { payloadType: 111, ssrc: 11 };
const kVideo = { payloadType: 102, ssrc: 42 };

export class LibdatachannelPeer {
  #connection;
  #tracks = [];
  #timer;
  #payloads;
  packets = {}; // received, by kind

  constructor(name = 'peer') {
    this.#connection = new PeerConnection(name, { iceServers: [], disableAutoNegotiation: true });
    this.#connection.onTrack((track) => this.#receive(track));
  }

  // Offers Opus and VP8, or, with format parameters, H.264.
  offer({ h264Parameters } = {}) {
    this.#payloads = h264Parameters === undefined ? vp8Payloads() : h264Payloads();
    return this.#offer('SendOnly', (video) => {
      if (h264Parameters === undefined) video.addVP8Codec(kVideo.payloadType);
      else video.addH264Codec(kVideo.payloadType, h264Parameters);
    });
  }

  // Offers to receive Opus and VP8.
  async offerToReceive() {
    const offer = await this.#offer('RecvOnly', (video) => video.addVP8Codec(kVideo.payloadType));
    for (const track of this.#tracks.splice(0)) this.#receive(track);
    return offer;
  }

  // Takes the answer to an offer; what was offered to be sent is sent.
  async accept(answer) {
    this.#connection.setRemoteDescription(answer.sdp, 'answer');
    await this.connected();
    if (this.#payloads) this.#send();
  }

  // Answers an offer: receives what it has.
  answer(offer) {
    this.#connection.setRemoteDescription(offer.sdp, 'offer');
    this.#connection.setLocalDescription('answer');
    return this.#local();
  }

  connected() {
    return until('a connection', kPatienceMs, () => this.#connection.state() === 'connected');
  }

  close() {
    clearInterval(this.#timer);
    this.#connection.close();
  }

  #offer(direction, addVideoCodec) {
    const audio = new Audio('audio', direction);
    audio.addOpusCodec(kAudio.payloadType);
    const video = new Video('video', direction);
    addVideoCodec(video);
    if (direction === 'SendOnly') {
      audio.addSSRC(kAudio.ssrc, 'penstock-test', 'stream', 'audio');
      video.addSSRC(kVideo.ssrc, 'penstock-test', 'stream', 'video');
    }
    this.#tracks = [this.#connection.addTrack(audio), this.#connection.addTrack(video)];
    this.#connection.setLocalDescription('offer');
    return this.#local();
  }

  async #local() {
    await until('candidates', kPatienceMs, () => this.#connection.gatheringState() === 'complete');
    return this.#connection.localDescription();
  }

  #send() {
    const payloads = this.#payloads;
    let count = 0;
    this.#timer = setInterval(() => {
      const [audio, video] = this.#tracks;
      if (!audio.isOpen() || !video.isOpen()) return;
      audio.sendMessageBinary(rtp(kAudio.payloadType, kAudio.ssrc, count, count * 960, opusPayload()));
      payloads.forEach((payload, i) => {
        const sequence = count * payloads.length + i;
        const isLast = i === payloads.length - 1;
        video.sendMessageBinary(rtp(kVideo.payloadType, kVideo.ssrc, sequence, count * 1800, payload, isLast));
      });
      ++count;
    }, kPacketMs);
  }

  #receive(track) {
    this.#tracks.push(track); // kept, so that it lives
    const kind = track.type();
    this.packets[kind] = 0;
    track.onMessage((packet) => {
      // RTCP comes here, too (RFC 5761 section 4).
      if (packet.length > kRtpHeaderBytes && (packet[1] < 192 || packet[1] > 223)) ++this.packets[kind];
    });
  }
}
