// WebRTC libraries that are no browsers, over every API: each publishes over the Janus API and by WHIP,
// and what it publishes the next one receives over the Janus API and by WHEP.
import { JanusSession } from '../janus_session.mjs';
import { LibdatachannelPeer } from '../libraries/libdatachannel_peer.mjs';
import { WeriftPeer } from '../libraries/werift_peer.mjs';
import { WrtcPeer } from '../libraries/wrtc_peer.mjs';
import { startServer } from '../penstock_server.mjs';
import { require, until } from '../waiting.mjs';

const kPatienceMs = 30_000;
const kPackets = { audio: 25, video: 10 };
const kRoom = 1234;
const libraries = { wrtc: WrtcPeer, werift: WeriftPeer, libdatachannel: LibdatachannelPeer };

const publishing = {
  janus: async (peer) => {
    const session = await JanusSession.open();
    const { data } = await session.request({ request: 'join', ptype: 'publisher', room: kRoom });
    const { jsep } = await session.request({ request: 'publish' }, await peer.offer());
    await peer.accept(jsep);
    return { feed: data.id, end: () => session.close() };
  },
  whip: async (peer, server) => {
    const session = await post(`${server}/whip/${kRoom}`, await peer.offer());
    await peer.accept(session.answer);
    return { feed: await onlyPublisher(), end: session.end };
  },
};

const receiving = {
  janus: async (peer, _, feed) => {
    const session = await JanusSession.open();
    const { jsep } = await session.request({ request: 'join', ptype: 'subscriber', room: kRoom, streams: [{ feed }] });
    await session.request({ request: 'start' }, await peer.answer(jsep));
    await peer.connected();
    return { end: () => session.close() };
  },
  whep: async (peer, server, feed) => {
    const session = await post(`${server}/whep/${kRoom}/${feed}`, await peer.offerToReceive());
    await peer.accept(session.answer);
    return { end: session.end };
  },
};

// Who published by WHIP is not told its id.
async function onlyPublisher() {
  const session = await JanusSession.open();
  const { data } = await session.request({ request: 'listparticipants', room: kRoom });
  session.close();
  require(data.participants.length === 1, 'there is one publisher');
  return data.participants[0].id;
}

async function post(url, offer) {
  const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: offer.sdp });
  const sdp = await response.text();
  require(response.status === 201, `${url} answers 201, not ${response.status}: ${sdp}`);
  const session = new URL(response.headers.get('Location'), url);
  return {
    answer: { type: 'answer', sdp },
    end: async () => require((await fetch(session, { method: 'DELETE' })).status === 200, 'DELETE ends it'),
  };
}

async function receive(what, peer, connect) {
  const connection = await connect(peer);
  await until(`media: ${what}`, kPatienceMs,
    () => peer.packets.audio >= kPackets.audio && peer.packets.video >= kPackets.video);
  await connection.end();
  await peer.close();
}

export async function librariesOverEveryApi(test, { config }) {
  const server = (await startServer(test, config)).page.replace(/\/$/, '');
  test.measured.passed = [];
  const names = Object.keys(libraries);
  for (const [i, name] of names.entries()) {
    const other = names[(i + 1) % names.length];
    for (const [api, publish] of Object.entries(publishing)) {
      const publisher = new libraries[name]();
      const published = await publish(publisher, server);
      for (const [receivingApi, subscribe] of Object.entries(receiving)) {
        const what = `${name} by ${api} to ${other} by ${receivingApi}`;
        await receive(what, new libraries[other](), (peer) => subscribe(peer, server, published.feed));
        test.measured.passed.push(what);
      }
      await published.end();
      await publisher.close();
    }
  }
}
