// What has to be true of the media that one page gets from the others in a call.
import { received, transports } from './media_stats.mjs';
import { require, sleep } from './waiting.mjs';

const kFirstPort = 50_000;
const kDefaults = { addresses: ['198.18.0.2'], srtp: 'AEAD_AES_128_GCM', ports: 1, codec: 'video/VP8' };

// Reads the statistics of all pages over the same seconds, and checks those of each.
export async function requireMedia(test, participants, { seconds, others, ...expected }) {
  const before = await Promise.all(participants.map((one) => one.stats()));
  await sleep(seconds * 1000);
  const after = await Promise.all(participants.map((one) => one.stats()));
  participants.forEach((one, index) => {
    const media = {
      video: received(before[index], after[index], 'video'),
      audio: received(before[index], after[index], 'audio'),
      transports: transports(after[index]),
    };
    test.measured[one.name] = summary(media);
    const wanted = { ...kDefaults, ...expected };
    requireStreams(one.name, media, others, wanted);
    requireTransports(one.name, media.transports, wanted);
  });
}

function summary({ video, audio, transports: all }) {
  return {
    frames_per_s: video.map((stream) => stream.frames_per_s),
    size: video.map((stream) => stream.size),
    codec: video.map((stream) => stream.codec),
    video_bps: video.map((stream) => stream.bitrate_bps),
    audio_energy: audio.map((stream) => Number(stream.audio_energy.toFixed(3))),
    packets_lost: [...video, ...audio].reduce((total, stream) => total + stream.packets_lost, 0),
    srtp: [...new Set(all.map((transport) => transport.srtp))],
    remote: all.map((transport) => `${transport.remote_address} ${transport.remote_port}`),
    round_trip_ms: all.map((transport) => transport.round_trip_ms),
  };
}

function requireStreams(name, { video, audio }, others, { codec }) {
  require(video.length === others, `${name} receives ${video.length} video streams, not ${others}`);
  require(audio.length === others, `${name} receives ${audio.length} audio streams, not ${others}`);
  for (const stream of video) {
    require(stream.codec === codec, `${name} gets ${stream.codec}, not ${codec}`);
    require(stream.frames_per_s >= 10, `${name} decodes only ${stream.frames_per_s} frames a second`);
  }
  for (const stream of audio) require(stream.audio_energy > 0, `${name} hears silence`);
  for (const stream of [...video, ...audio]) {
    require(stream.packets_lost === 0, `${name} misses ${stream.packets_lost} packets`);
  }
}

function requireTransports(name, all, { addresses, srtp, ports }) {
  require(all.length === 2, `${name} has ${all.length} transports, not one to send and one to receive`);
  for (const transport of all) {
    require(transport.srtp === srtp, `${name} encrypts with ${transport.srtp}, not ${srtp}`);
    const { remote_address: address } = transport;
    require(addresses.includes(address), `${name} speaks with ${address}, which is not the data port`);
    const worker = transport.remote_port - kFirstPort;
    require(worker >= 0 && worker < ports, `${name} speaks with port ${transport.remote_port}`);
  }
}
