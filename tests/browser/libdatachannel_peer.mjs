// A publisher and a receiver made of libdatachannel (node-datachannel). It has no codecs: what is sent
// are RTP packets that look like H.264 and Opus.
import { Audio, PeerConnection, Video } from 'node-datachannel';

import { JanusSession } from './janus_session.mjs';
import { until } from './waiting.mjs';

const kPatienceMs = 30_000;
const kPacketMs = 20;
const kRtpHeaderBytes = 12;
// NAL units, each a packet: SPS, PPS and a slice of an IDR picture (RFC 6184 section 5.6).
const kNalUnits = [0x67, 0x68, 0x65];

export class LibdatachannelPeer {
  static async open(name) {
    return new LibdatachannelPeer(name, await JanusSession.open());
  }

  #connection;
  #tracks = [];
  #timer;
  packets = {}; // received, by kind

  constructor(name, janus) {
    this.janus = janus;
    this.#connection = new PeerConnection(name, { iceServers: [], disableAutoNegotiation: true });
    this.#connection.onTrack((track) => this.#receive(track));
  }

  // Publishes Opus and H.264 with these format parameters. Returns the id that others subscribe to, and
  // the event that answered the offer.
  async publish(room, h264Parameters) {
    const joined = await this.janus.request({ request: 'join', ptype: 'publisher', room });
    const audio = new Audio('audio', 'SendOnly');
    audio.addOpusCodec(111);
    audio.addSSRC(11, 'penstock-test', 'stream', 'audio');
    const video = new Video('video', 'SendOnly');
    video.addH264Codec(102, h264Parameters);
    video.addSSRC(42, 'penstock-test', 'stream', 'video');
    this.#tracks = [this.#connection.addTrack(audio), this.#connection.addTrack(video)];
    this.#connection.setLocalDescription('offer');
    const { data, jsep } = await this.janus.request({ request: 'publish' }, await this.#local());
    this.#connection.setRemoteDescription(jsep.sdp, 'answer');
    await this.#connected();
    this.#send();
    return { id: joined.data.id, configured: data };
  }

  async subscribe(room, feed) {
    const { jsep } = await this.janus.request({ request: 'join', ptype: 'subscriber', room, streams: [{ feed }] });
    this.#connection.setRemoteDescription(jsep.sdp, 'offer');
    this.#connection.setLocalDescription('answer');
    await this.janus.request({ request: 'start' }, await this.#local());
    await this.#connected();
  }

  close() {
    clearInterval(this.#timer);
    this.#connection.close();
    this.janus.close();
  }

  #connected() {
    return until('a connection', kPatienceMs, () => this.#connection.state() === 'connected');
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
