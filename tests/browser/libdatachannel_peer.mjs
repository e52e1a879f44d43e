// A publisher and a receiver made of libdatachannel (node-datachannel). It has no codecs: what is sent
// are RTP packets that look like H.264 and Opus. Its descriptions go by way of whoever has a handle.
import { Audio, PeerConnection, Video } from 'node-datachannel';

import { until } from './waiting.mjs';

const kPatienceMs = 30_000;
const kPacketMs = 20;
const kRtpHeaderBytes = 12;
// NAL units, each a packet: SPS, PPS and a slice of an IDR picture (RFC 6184 section 5.6).
const kNalUnits = [0x67, 0x68, 0x65];

export class LibdatachannelPeer {
  #connection;
  #tracks = [];
  #timer;
  packets = {}; // received, by kind

  constructor(name) {
    this.#connection = new PeerConnection(name, { iceServers: [], disableAutoNegotiation: true });
    this.#connection.onTrack((track) => this.#receive(track));
  }

  // Offers Opus and H.264 with these format parameters.
  offer(h264Parameters) {
    const audio = new Audio('audio', 'SendOnly');
    audio.addOpusCodec(111);
    audio.addSSRC(11, 'penstock-test', 'stream', 'audio');
    const video = new Video('video', 'SendOnly');
    video.addH264Codec(102, h264Parameters);
    video.addSSRC(42, 'penstock-test', 'stream', 'video');
    this.#tracks = [this.#connection.addTrack(audio), this.#connection.addTrack(video)];
    this.#connection.setLocalDescription('offer');
    return this.#local();
  }

  // Connects with the answer to offer() and sends.
  async send(answer) {
    this.#connection.setRemoteDescription(answer.sdp, 'answer');
    await this.connected();
    this.#send();
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

  async #local() {
    await until('candidates', kPatienceMs, () => this.#connection.gatheringState() === 'complete');
    return this.#connection.localDescription();
  }

  #send() {
    let count = 0;
    this.#timer = setInterval(() => {
      const [audio, video] = this.#tracks;
      if (!audio.isOpen() || !video.isOpen()) return;
      audio.sendMessageBinary(rtp(111, 11, count, count * 960, Buffer.alloc(40, 0x5a)));
      kNalUnits.forEach((type, i) => {
        const isLast = i === kNalUnits.length - 1;
        const unit = Buffer.alloc(isLast ? 800 : 20, type);
        video.sendMessageBinary(rtp(102, 42, count * kNalUnits.length + i, count * 1800, unit, isLast));
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

function rtp(payloadType, ssrc, sequence, timestamp, payload, marker = false) {
  const header = Buffer.alloc(kRtpHeaderBytes);
  header[0] = 0x80;
  header[1] = (marker ? 0x80 : 0) | payloadType;
  header.writeUInt16BE(sequence & 0xffff, 2);
  header.writeUInt32BE(timestamp >>> 0, 4);
  header.writeUInt32BE(ssrc, 8);
  return Buffer.concat([header, payload]);
}
