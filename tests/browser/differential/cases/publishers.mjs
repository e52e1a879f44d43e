// Participants: before they join, as they join, and afterwards.
import fs from 'node:fs';

import { sleep } from '../../waiting.mjs';
import { wrongTypes } from './values.mjs';

const kRoom = 91;
const kQuietMs = 100;
const kJoin = { request: 'join', ptype: 'publisher', room: kRoom };
const kOffer = {
  type: 'offer',
  sdp: fs.readFileSync(new URL('../../../unit/sdp/data/chromium_156_audio_video.sdp', import.meta.url), 'utf8'),
};

async function inRoom(client, settings) {
  const session = await client.session();
  const manager = await session.attach();
  await manager.message({ request: 'create', room: kRoom, secret: 's', description: 'of publishers', ...settings });
  return {
    session,
    manager,
    end: () => manager.message({ request: 'destroy', room: kRoom, secret: 's' }),
  };
}

export const publishers = {
  async 'a handle that has not joined'(client) {
    const { session, end } = await inRoom(client);
    const handle = await session.attach();
    const requests = ['publish', 'configure', 'unpublish', 'leave', 'start', 'pause', 'switch', 'subscribe', 'unsubscribe', 'update', 'dance'];
    for (const request of requests) await handle.message({ request });
    await handle.message({ request: 'publish' }, kOffer);
    await handle.ask({ janus: 'hangup' });
    await end();
  },

  async 'join: members that are missing or wrong'(client) {
    const { session, end } = await inRoom(client, { pin: 'p' });
    const handle = await session.attach();
    await handle.message({ request: 'join' });
    await handle.message({ request: 'join', ptype: 'publisher' });
    await handle.message({ request: 'join', room: kRoom });
    await handle.message({ request: 'join', ptype: 'dancer', room: kRoom });
    await handle.message({ request: 'join', ptype: 7, room: kRoom });
    await handle.message({ ...kJoin, room: 4711 });
    await handle.message({ ...kJoin });
    await handle.message({ ...kJoin, pin: 'q' });
    await handle.message({ ...kJoin, pin: 7 });
    await handle.message({ ...kJoin, pin: 'p', id: 3, display: 'Ada', metadata: { a: 1 } });
    await handle.message({ ...kJoin, pin: 'p' });
    const other = await session.attach();
    await other.message({ ...kJoin, pin: 'p', id: 3 });
    await other.message({ ...kJoin, pin: 'p', id: 4, display: '' });
    await end();
  },

  async 'join: members of a wrong type'(client) {
    const { session, end } = await inRoom(client);
    const members = { room: 'id', id: 'id', display: 'text', token: 'text', audio_level_average: 'count', audio_active_packets: 'count' };
    const all = [...wrongTypes(members), { metadata: 'a text' }];
    const handles = [];
    for (let i = 0; i < all.length; ++i) handles.push(await session.attach());
    for (const [i, wrong] of all.entries()) await handles[i].message({ ...kJoin, ...wrong });
    await end();
  },

  async 'who has joined'(client) {
    const { session, manager, end } = await inRoom(client, { notify_joining: true });
    const ada = await session.attach();
    const bob = await session.attach();
    await ada.message({ ...kJoin, id: 3, display: 'Ada' });
    await bob.message({ ...kJoin, id: 4, display: 'Bob', metadata: { a: 1 } });
    await manager.message({ request: 'listparticipants', room: kRoom });
    for (const request of ['join', 'joinandconfigure', 'start', 'pause', 'switch', 'subscribe', 'unsubscribe', 'update', 'dance']) await ada.message({ request });
    await ada.message({ request: 'unpublish' });
    await ada.message({ request: 'publish' });
    for (const wrong of wrongTypes({ bitrate: 'count', keyframe: 'boolean', display: 'text', audio: 'boolean', video: 'boolean', data: 'boolean', audiocodec: 'text', videocodec: 'text', record: 'boolean', filename: 'text' })) {
      await ada.message({ request: 'configure', ...wrong });
    }
    await ada.message({ request: 'configure', display: 'Ada L.' });
    await ada.message({ request: 'configure', metadata: { b: 2 } });
    await ada.message({ request: 'configure', bitrate: 128_000 });
    await ada.message({ request: 'configure', keyframe: true });
    await ada.message({ request: 'configure', streams: [] });
    await ada.message({ request: 'configure', streams: 'a text' });
    await ada.message({ request: 'configure', streams: [{ mid: '0', send: false }] });
    await ada.message({ request: 'configure', streams: [{ send: false }] });
    await bob.message({ request: 'leave' });
    await bob.message({ request: 'leave' });
    await bob.message({ ...kJoin });
    await bob.message({ request: 'configure', display: 'B' });
    await ada.ask({ janus: 'detach' });
    await sleep(kQuietMs); // Janus forgets it later
    await manager.message({ request: 'listparticipants', room: kRoom });
    await end();
  },

  async 'offers'(client) {
    const { session, manager, end } = await inRoom(client, { publishers: 1, videocodec: 'vp8,h264' });
    // After an offer that was refused, Janus takes no other one of the same handle.
    for (const wrong of [{ audiocodec: 'g722' }, { videocodec: 'vp9' }, { bitrate: 'a text' }]) {
      const handle = await session.attach();
      await handle.message({ ...kJoin });
      await handle.message({ request: 'publish', ...wrong }, kOffer);
      await handle.message({ request: 'leave' });
      await handle.ask({ janus: 'detach' });
    }
    await sleep(kQuietMs);
    const ada = await session.attach();
    const bob = await session.attach();
    await ada.message({ ...kJoin, id: 3 });
    await bob.message({ ...kJoin, id: 4 });
    await ada.message({ request: 'publish' }, { type: 'answer', sdp: kOffer.sdp });
    await ada.message({ request: 'publish', videocodec: 'h264', descriptions: [{ mid: '0', description: 'voice' }] }, kOffer);
    await ada.message({ request: 'publish' }, kOffer);
    await bob.message({ request: 'publish' }, kOffer);
    await manager.message({ request: 'listparticipants', room: kRoom });
    await manager.message({ request: 'moderate', room: kRoom, secret: 's', id: 3, mid: '0', mute: true });
    await manager.message({ request: 'moderate', room: kRoom, secret: 's', id: 3, mid: '7', mute: true });
    await ada.message({ request: 'unpublish' });
    await ada.message({ request: 'unpublish' });
    await end();
  },

  async 'joinandconfigure'(client) {
    const { session, end } = await inRoom(client);
    const handle = await session.attach();
    await handle.message({ request: 'joinandconfigure', ptype: 'publisher' }, kOffer);
    const wrong = await session.attach();
    await wrong.message({ request: 'joinandconfigure', ptype: 'publisher', room: kRoom, bitrate: 'a text', id: 4 }, kOffer);
    const other = await session.attach();
    await other.message({ request: 'joinandconfigure', ptype: 'publisher', room: kRoom, id: 5, display: 'E' }, kOffer);
    await end();
  },
};
