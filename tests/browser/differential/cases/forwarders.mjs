// RTP forwarders, and publishers that other servers show.
import fs from 'node:fs';

import { wrongTypes } from './values.mjs';

const kRoom = 94;
const kPublisher = 7;
const kHost = '198.18.0.1';
const kKey = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd';
const kOffer = {
  type: 'offer',
  sdp: fs.readFileSync(new URL('../../../unit/sdp/data/chromium_156_audio_video.sdp', import.meta.url), 'utf8'),
};

// Somebody who publishes, and how a manager asks for what he sends.
async function published(client) {
  const session = await client.session();
  const manager = await session.attach();
  await manager.message({ request: 'create', room: kRoom, secret: 's', description: 'of forwarders' });
  const publisher = await session.attach();
  await publisher.message({ request: 'join', ptype: 'publisher', room: kRoom, id: kPublisher, display: 'Ada' });
  await publisher.message({ request: 'publish' }, kOffer);
  const ask = (request, more) =>
    manager.message({ request, room: kRoom, secret: 's', publisher_id: kPublisher, ...more });
  return {
    ask,
    forward: (stream, more) => ask('rtp_forward', { host: kHost, streams: [{ mid: '1', port: 5004, ...stream }], ...more }),
    end: () => manager.message({ request: 'destroy', room: kRoom, secret: 's' }),
  };
}

export const forwarders = {
  async 'begun, listed and stopped'(client) {
    const { ask, forward, end } = await published(client);
    await ask('listforwarders');
    const { forwarders: [{ stream_id: first }] } = await forward({ rtcp_port: 5005, ssrc: 7, pt: 100 });
    await forward({ port_2: 5006, port_3: 5008, pt_2: 99, ssrc_3: 9 });
    await forward({ simulcast: true, port_2: 5006 });
    await forward({ mid: '0', port: 5002, port_2: 5006 });
    await ask('rtp_forward', { host: kHost, srtp_suite: 32, srtp_crypto: kKey, streams: [{ mid: '1', port: 5004 }] });
    await ask('rtp_forward', { host: kHost, host_family: 'ipv4', streams: [] });
    await ask('listforwarders');
    for (const stream_id of [first, first]) await ask('stop_rtp_forward', { stream_id });
    await ask('listforwarders');
    await end();
  },

  async 'the oldest form'(client) {
    const { ask, end } = await published(client);
    await ask('rtp_forward', { host: kHost });
    await ask('rtp_forward', {});
    await ask('rtp_forward', { host: kHost, audio_port: 5002, video_port: 5004 });
    await ask('rtp_forward', { host: kHost, video_port: 5004, video_port_2: 5006, video_port_3: 5008, video_pt: 96 });
    await end();
  },

  async 'forwarders: members that are missing or wrong'(client) {
    const { ask, forward, end } = await published(client);
    const members = { host: 'text', host_family: 'text', simulcast: 'boolean', srtp_suite: 'count', srtp_crypto: 'text', publisher_id: 'id' };
    for (const wrong of wrongTypes(members)) await forward({}, wrong);
    const ofStreams = { mid: 'text', port: 'count', rtcp_port: 'count', ssrc: 'count', pt: 'count', port_2: 'count' };
    for (const wrong of wrongTypes(ofStreams)) await forward(wrong);
    for (const missing of ['mid', 'port']) await forward({ [missing]: undefined });
    for (const missing of ['publisher_id', 'secret', 'room']) await forward({}, { [missing]: undefined });
    await forward({}, { streams: 7 });
    await forward({}, { publisher_id: 8 });
    await forward({}, { secret: 'wrong' });
    await forward({}, { room: 4711 });
    await forward({}, { host_family: 'ipx' });
    await forward({}, { host_family: 'ipv6' });
    await forward({}, { host: undefined });
    await forward({ host: kHost }, { host: undefined });
    await forward({ mid: 'none' });
    await forward({ port: 65_536 });
    await forward({ srtp_suite: 64, srtp_crypto: kKey });
    await forward({ srtp_suite: 80 });
    for (const wrong of wrongTypes({ stream_id: 'count' })) await ask('stop_rtp_forward', wrong);
    await ask('stop_rtp_forward', {});
    await ask('stop_rtp_forward', { stream_id: 1, publisher_id: 8 });
    await ask('stop_rtp_forward', { stream_id: 1, secret: 'wrong' });
    await ask('listforwarders', { secret: undefined });
    await ask('listforwarders', { room: 4711 });
    await end();
  },

  async 'publishers that other servers show'(client) {
    const { ask, end } = await published(client);
    const remote = { remote_id: 'there', host: kHost, port: 6000 };
    await ask('publish_remotely', remote);
    await ask('publish_remotely', remote);
    await ask('publish_remotely', { ...remote, remote_id: 'elsewhere', rtcp_port: 6001 });
    await ask('listremotes');
    for (const remote_id of ['there', 'there']) await ask('unpublish_remotely', { remote_id });
    await ask('listremotes');
    for (const missing of Object.keys(remote)) await ask('publish_remotely', { ...remote, [missing]: undefined });
    const members = { remote_id: 'text', host: 'text', port: 'count', rtcp_port: 'count' };
    for (const wrong of wrongTypes(members)) await ask('publish_remotely', { ...remote, ...wrong });
    await ask('publish_remotely', { ...remote, remote_id: 'a', port: 0 });
    await ask('publish_remotely', { ...remote, remote_id: 'a', host_family: 'ipx' });
    for (const request of ['publish_remotely', 'unpublish_remotely', 'listremotes']) {
      await ask(request, { ...remote, publisher_id: 8 });
      await ask(request, { ...remote, secret: 'wrong' });
      await ask(request, { ...remote, publisher_id: undefined });
    }
    await ask('unpublish_remotely', {});
    await end();
  },
};
