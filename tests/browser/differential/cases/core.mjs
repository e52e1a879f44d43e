// The core: sessions, handles, and what is no request at all.
const kPlugin = 'janus.plugin.videoroom';

export const core = {
  async 'the life of a session and a handle'(client) {
    const session = await client.session();
    const handle = await session.attach();
    await session.ask({ janus: 'keepalive' });
    await handle.message({ request: 'exists', room: 1234 });
    await handle.ask({ janus: 'detach' });
    await handle.message({ request: 'exists', room: 1234 });
    await handle.ask({ janus: 'detach' });
    await client.told('detached');
    await session.ask({ janus: 'destroy' });
    await session.ask({ janus: 'destroy' });
    await handle.message({ request: 'list' });
  },

  async 'requests that nobody has, and those of nobody'(client) {
    const session = await client.session();
    const handle = await session.attach();
    await client.ask({ janus: 'create', id: 77 });
    await client.ask({ janus: 'create', id: 77 });
    await client.ask({ janus: 'create', id: 'a text' });
    await client.ask({ janus: 'ping' });
    await client.ask({ janus: 'dance' });
    await client.ask({ janus: 7 });
    await client.ask({});
    await client.ask({ janus: 'attach', plugin: kPlugin });
    await client.ask({ janus: 'attach', plugin: kPlugin, session_id: 4711 });
    await client.ask({ janus: 'keepalive', session_id: 4711 });
    await client.ask({ janus: 'destroy', session_id: 4711 });
    await client.ask({ janus: 'claim', session_id: 4711 });
    await session.ask({ janus: 'claim' });
    await session.ask({ janus: 'dance' });
    await session.ask({ janus: 'attach' });
    await session.ask({ janus: 'attach', plugin: 7 });
    await session.ask({ janus: 'attach', plugin: 'janus.plugin.none' });
    await session.ask({ janus: 'attach', plugin: kPlugin, opaque_id: 7 });
    await session.ask({ janus: 'attach', plugin: kPlugin, opaque_id: 'known to its client' });
    await session.ask({ janus: 'detach' });
    await session.ask({ janus: 'message', body: { request: 'list' } });
    await session.ask({ janus: 'message', handle_id: 4711, body: { request: 'list' } });
    await session.ask({ janus: 'hangup', handle_id: 4711 });
    await handle.ask({ janus: 'dance' });
    await handle.ask({ janus: 'message' });
    await handle.ask({ janus: 'message', body: 'a text' });
    await handle.ask({ janus: 'message', body: {} });
    await handle.ask({ janus: 'message', body: { request: 7 } });
    await handle.ask({ janus: 'message', body: { request: 'list' }, jsep: 'a text' });
    await handle.ask({ janus: 'message', body: { request: 'list' }, jsep: {} });
    await handle.ask({ janus: 'message', body: { request: 'list' }, jsep: { type: 7, sdp: '' } });
    await handle.ask({ janus: 'message', body: { request: 'list' }, jsep: { type: 'offer' } });
    await handle.ask({ janus: 'message', body: { request: 'join', room: 1234, ptype: 'publisher' }, jsep: { type: 'wish', sdp: 'v=0' } });
    await handle.ask({ janus: 'trickle' });
    await handle.ask({ janus: 'trickle', candidate: 'a text' });
    await handle.ask({ janus: 'trickle', candidate: { completed: true }, candidates: [] });
    await handle.ask({ janus: 'hangup' });
    await handle.ask({ janus: 'create' });
  },

  async 'what is no request'(client) {
    await client.raw('{');
    await client.raw('7');
    await client.raw('"a text"');
    await client.raw('{}');
    await client.raw('{"janus":"create"}');
    await client.raw('{"janus":"create","transaction":7}');
    await client.raw('{"transaction":"of nothing"}');
    await client.raw('{"janus":"ping","transaction":""}');
    await client.raw('[]');
    await client.raw('null');
    await client.raw('{"janus":"ping","transaction":"a","transaction":"b"}');
    await client.raw('{"janus":"ping","transaction":"a"} {');
  },
};
