// RTP packets that look like media, for libraries that have no codecs (RFC 3550 section 5.1).
export const kRtpHeaderBytes = 12;

export function rtp(payloadType, ssrc, sequence, timestamp, payload, marker = false) {
  const header = Buffer.alloc(kRtpHeaderBytes);
  header[0] = 0x80;
  header[1] = (marker ? 0x80 : 0) | payloadType;
  header.writeUInt16BE(sequence & 0xffff, 2);
  header.writeUInt32BE(timestamp >>> 0, 4);
  header.writeUInt32BE(ssrc, 8);
  return Buffer.concat([header, payload]);
}

// A frame of Opus, as far as anybody looks.
export const opusPayload = () => Buffer.alloc(40, 0x5a);

// Of a keyframe the NAL units, each a packet: SPS, PPS and a slice of an IDR picture (RFC 6184 section
// 5.6).
export const h264Payloads = () => [0x67, 0x68, 0x65].map((type, i) => Buffer.alloc(i === 2 ? 800 : 20, type));

// A keyframe of VP8, 320x240, in one packet: a descriptor, the frame tag, the start code, the size (RFC
// 7741 section 4.2, RFC 6386 section 9.1).
export const vp8Payloads = () => [
  Buffer.concat([
    Buffer.from([0x10, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00]),
    Buffer.alloc(800, 0x5a),
  ]),
];
