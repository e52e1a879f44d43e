// Rooms as those see them who manage them.
import { wrongTypes } from './values.mjs';

const kSecret = 'of the room';
// What `create` takes, and of what type.
const kSettings = {
  room: 'id', description: 'text', is_private: 'boolean', allowed: 'texts', secret: 'text', pin: 'text',
  require_pvtid: 'boolean', signed_tokens: 'boolean', bitrate: 'count', bitrate_cap: 'boolean', fir_freq: 'count',
  publishers: 'count', audiocodec: 'text', videocodec: 'text', vp9_profile: 'text', h264_profile: 'text',
  opus_fec: 'boolean', opus_dtx: 'boolean', audiolevel_ext: 'boolean', audiolevel_event: 'boolean',
  audio_active_packets: 'count', audio_level_average: 'count', videoorient_ext: 'boolean',
  playoutdelay_ext: 'boolean', transport_wide_cc_ext: 'boolean', record: 'boolean', rec_dir: 'text',
  lock_record: 'boolean', permanent: 'boolean', notify_joining: 'boolean', require_e2ee: 'boolean',
  dummy_publisher: 'boolean',
};
const kChanges = {
  room: 'id', secret: 'text', new_description: 'text', new_is_private: 'boolean', new_secret: 'text', new_pin: 'text',
  new_require_pvtid: 'boolean', new_bitrate: 'count', new_fir_freq: 'count', new_publishers: 'count',
  new_lock_record: 'boolean', new_rec_dir: 'text', permanent: 'boolean',
};

async function managed(client) {
  return (await client.session()).attach();
}

export const rooms = {
  async 'create: members of a wrong type'(client) {
    const handle = await managed(client);
    for (const wrong of wrongTypes(kSettings)) await handle.message({ request: 'create', room: 81, ...wrong });
    await handle.message({ request: 'exists', room: 81 });
  },

  async 'create: values'(client) {
    const handle = await managed(client);
    const settings = [
      { videocodec: 'vp7' }, { audiocodec: 'mp3' }, { videocodec: 'vp8,vp8' },
      { videocodec: 'vp8,vp9,h264,av1' }, { publishers: 0 }, { bitrate: 1 }, { bitrate: 64_001, bitrate_cap: true },
      { fir_freq: 10 }, { secret: '' }, { pin: '' }, { description: '' }, { audio_level_average: 200 },
      { audiolevel_event: true, audio_active_packets: 0 }, { allowed: [] }, { opus_dtx: true, opus_fec: false },
      { vp9_profile: '2', videocodec: 'vp9' }, { h264_profile: '42e01f', videocodec: 'h264' }, { record: false },
    ];
    for (const [i, setting] of settings.entries()) {
      const room = 8100 + i;
      await handle.message({ request: 'create', room, description: 'of values', ...setting });
      await handle.message({ request: 'exists', room });
      await handle.message({ request: 'destroy', room, secret: setting.secret });
    }
  },

  async 'the life of a room'(client) {
    const handle = await managed(client);
    await handle.message({ request: 'create', room: 82, secret: kSecret, description: 'a room', is_private: true });
    await handle.message({ request: 'create', room: 82 });
    await handle.message({ request: 'CREATE', room: 82 });
    await handle.message({ request: 'exists', room: 82 });
    await handle.message({ request: 'listparticipants', room: 82 });
    for (const request of ['edit', 'destroy', 'allowed', 'kick', 'moderate']) {
      const more = { action: 'enable', id: 5, mid: '0', mute: true };
      await handle.message({ request, ...more });
      await handle.message({ request, ...more, room: 4711 });
      await handle.message({ request, ...more, room: 'a text' });
      await handle.message({ request, ...more, room: 82 });
      await handle.message({ request, ...more, room: 82, secret: 'another' });
      await handle.message({ request, ...more, room: 82, secret: 7 });
    }
    for (const wrong of wrongTypes(kChanges)) {
      await handle.message({ request: 'edit', room: 82, secret: kSecret, ...wrong });
    }
    await handle.message({ request: 'edit', room: 82, secret: kSecret, new_description: 'another', new_publishers: 9 });
    await handle.message({ request: 'edit', room: 82, secret: kSecret, new_secret: 'new' });
    await handle.message({ request: 'edit', room: 82, secret: kSecret });
    await handle.message({ request: 'destroy', room: 82, secret: 'new' });
    await handle.message({ request: 'destroy', room: 82, secret: 'new' });
    await handle.message({ request: 'exists', room: 82 });
  },

  async 'exists, list, listparticipants'(client) {
    const handle = await managed(client);
    await handle.message({ request: 'list' });
    await handle.message({ request: 'List' });
    await handle.message({ request: 'list', admin_key: 'unknown' });
    for (const request of ['exists', 'listparticipants']) {
      for (const room of [1234, 4711, -1, 1.5, '1234', null, true, {}, []]) await handle.message({ request, room });
      await handle.message({ request });
    }
    for (const request of ['unknown', '', 'rtp_forwards']) await handle.message({ request });
  },

  async 'allowed'(client) {
    const handle = await managed(client);
    await handle.message({ request: 'create', room: 83, secret: kSecret });
    const ask = (body) => handle.message({ request: 'allowed', room: 83, secret: kSecret, ...body });
    for (const action of ['enable', 'disable', 'add', 'remove', 'dance', 7]) await ask({ action });
    await ask({});
    for (const allowed of [['a', 'b'], [], 'a', [7], ['a']]) {
      await ask({ action: 'add', allowed });
      await ask({ action: 'remove', allowed });
    }
    await ask({ action: 'enable' });
    await handle.message({ request: 'join', ptype: 'publisher', room: 83 });
    await handle.message({ request: 'join', ptype: 'publisher', room: 83, token: 'unknown' });
    await ask({ action: 'add', allowed: ['known'] });
    await handle.message({ request: 'join', ptype: 'publisher', room: 83, token: 'known', id: 9 });
    await handle.message({ request: 'destroy', room: 83, secret: kSecret });
  },

  async 'who is kicked, and what is muted'(client) {
    const handle = await managed(client);
    const other = await managed(client);
    await handle.message({ request: 'create', room: 84, secret: kSecret });
    await other.message({ request: 'join', ptype: 'publisher', room: 84, id: 5, display: 'E' });
    await handle.message({ request: 'listparticipants', room: 84 });
    const ask = (request, body) => handle.message({ request, room: 84, secret: kSecret, ...body });
    for (const id of [undefined, 6, 'a text', -1]) await ask('kick', { id });
    for (const wrong of [{}, { id: 5 }, { id: 5, mid: 7 }, { id: 5, mid: '0' }, { id: 5, mid: '0', mute: 7 }]) await ask('moderate', wrong);
    await ask('moderate', { id: 5, mid: '9', mute: true });
    await ask('moderate', { id: 6, mid: '0', mute: true });
    await ask('kick', { id: 5 });
    await ask('kick', { id: 5 });
    await handle.message({ request: 'listparticipants', room: 84 });
    await other.message({ request: 'configure', display: 'F' });
    await other.message({ request: 'join', ptype: 'publisher', room: 84 });
    await handle.message({ request: 'destroy', room: 84, secret: kSecret });
  },

  // Last, as Janus has these rooms then.
  async 'create: no codec'(client) {
    const handle = await managed(client);
    await handle.message({ request: 'create', room: 8150, videocodec: '' });
    await handle.message({ request: 'create', room: 8151, audiocodec: '' });
  },
};
