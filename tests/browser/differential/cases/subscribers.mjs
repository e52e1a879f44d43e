// Subscribers, to a publisher that is always there: the room's dummy.
const kRoom = 95;

async function withDummy(client) {
  const session = await client.session();
  const manager = await session.attach();
  await manager.message({ request: 'create', room: kRoom, secret: 's', description: 'of subscribers', dummy_publisher: true, videocodec: 'vp8,vp9', audiocodec: 'opus' });
  const { participants } = await manager.message({ request: 'listparticipants', room: kRoom });
  const feed = participants?.[0]?.id;
  return {
    session,
    feed,
    join: (handle, body) => handle.message({ request: 'join', ptype: 'subscriber', room: kRoom, ...body }),
    end: () => manager.message({ request: 'destroy', room: kRoom, secret: 's' }),
  };
}

export const subscribers = {
  async 'join: members that are missing or wrong'(client) {
    const { session, feed, join, end } = await withDummy(client);
    const wrong = [
      {}, { streams: [] }, { streams: 'a text' }, { streams: [7] }, { streams: [{}] }, { streams: [{ mid: '0' }] },
      { streams: [{ feed: 'a text' }] }, { streams: [{ feed: 4711 }] }, { streams: [{ feed, mid: '9' }] },
      { streams: [{ feed, mid: 7 }] }, { streams: [{ feed, mid: '0', substream: 3 }] },
      { streams: [{ feed, mid: '0', temporal: 3 }] }, { streams: [{ feed, mid: '0', substream: -1 }] },
      { streams: [{ feed, mid: '0', send: 7 }] }, { streams: [{ feed, mid: '0', crossrefid: 7 }] },
      { feed: 4711 }, { feed: 'a text' }, { feed, private_id: 'a text' }, { feed, use_msid: 7 }, { feed, autoupdate: 7 },
      { feed, audio: 7 }, { feed, offer_video: 7 }, { feed, substream: 3 }, { feed, audio: false, video: false, data: false, offer_audio: false, offer_video: false },
    ];
    const handles = [];
    for (let i = 0; i < wrong.length; ++i) handles.push(await session.attach());
    for (const [i, body] of wrong.entries()) await join(handles[i], body);
    await end();
  },

  async 'the life of a subscription'(client) {
    const { session, feed, join, end } = await withDummy(client);
    const handle = await session.attach();
    await join(handle, { streams: [{ feed, mid: '0' }, { feed, mid: '1' }] });
    await join(handle, { streams: [{ feed, mid: '0' }] });
    for (const request of ['publish', 'unpublish', 'joinandconfigure', 'dance', 'pause', 'start']) await handle.message({ request });
    const configured = [
      {}, { streams: 'a text' }, { streams: [{}] }, { streams: [{ mid: 7 }] }, { streams: [{ mid: '0', send: 7 }] },
      { streams: [{ mid: '1', substream: 3 }] }, { streams: [{ mid: '1', temporal: 3 }] }, { streams: [{ mid: '1', send: false }] },
      { streams: [{ mid: '1', send: true, substream: 1, temporal: 0 }] }, { mid: '1', substream: 0 }, { substream: 5 },
      { audio: false }, { audio: 7 }, { video: true }, { streams: [{ mid: '7', send: false }] },
    ];
    for (const body of configured) await handle.message({ request: 'configure', ...body });
    await handle.message({ request: 'leave' });
    await end();
  },

  async 'subscribe, unsubscribe, update, switch: members that are missing or wrong'(client) {
    const { session, feed, join, end } = await withDummy(client);
    const handle = await session.attach();
    await join(handle, { streams: [{ feed, mid: '0' }, { feed, mid: '1' }] });
    const lists = [
      {}, { streams: [] }, { streams: 'a text' }, { streams: [7] }, { streams: [{ feed: 4711 }] }, { streams: [{ feed: 'a text' }] },
      { streams: [{ feed, mid: '9' }] }, { streams: [{ feed, mid: 7 }] }, { streams: [{ sub_mid: 7 }] },
    ];
    for (const request of ['subscribe', 'switch']) {
      for (const body of lists) await handle.message({ request, ...body });
    }
    for (const body of lists.slice(0, 4)) await handle.message({ request: 'unsubscribe', ...body });
    await handle.message({ request: 'update' });
    await handle.message({ request: 'update', subscribe: [], unsubscribe: [] });
    await handle.message({ request: 'update', subscribe: 'a text' });
    await handle.message({ request: 'update', subscribe: [{ feed: 4711 }] });
    await handle.message({ request: 'switch', feed: 4711 });
    await handle.message({ request: 'switch', feed });
    await handle.message({ request: 'switch', streams: [{ feed, mid: '0', sub_mid: '0' }] });
    await handle.message({ request: 'switch', streams: [{ feed, mid: '2', sub_mid: '0' }] });
    await handle.message({ request: 'switch', streams: [{ feed, mid: '2', sub_mid: '9' }] });
    await end();
  },

  async 'the legacy form'(client) {
    const { session, feed, join, end } = await withDummy(client);
    const all = await session.attach();
    await join(all, { feed });
    const sound = await session.attach();
    await join(sound, { feed, offer_video: false });
    const still = await session.attach();
    await join(still, { feed, video: false });
    const listener = await session.attach();
    await listener.message({ request: 'join', ptype: 'listener', room: kRoom, feed });
    const offering = await session.attach();
    await offering.message({ request: 'join', ptype: 'subscriber', room: kRoom, feed }, { type: 'offer', sdp: 'v=0\r\n' });
    await end();
  },
};
