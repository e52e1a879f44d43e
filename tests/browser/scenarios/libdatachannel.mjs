// A call of two clients that are no browsers: libdatachannel sends no MID, no RTX and its own order of
// everything in its descriptions; H.264 in packetization mode 0, by saying nothing of it.
import { JanusSession } from '../janus_session.mjs';
import { LibdatachannelPeer } from '../libraries/libdatachannel_peer.mjs';
import { startServer } from '../penstock_server.mjs';
import { require, until } from '../waiting.mjs';

const kPatienceMs = 30_000;
const kPackets = 200;
const kRoom = 1234;

export async function libdatachannel(test, { config }) {
  await startServer(test, config);
  const sessions = await Promise.all([JanusSession.open(), JanusSession.open()]);
  const publisher = new LibdatachannelPeer('publisher');
  const receiver = new LibdatachannelPeer('receiver');
  const configured = await publish(publisher, sessions[0]);
  test.measured.streams = configured.streams.map((stream) => `${stream.type} ${stream.codec}`);
  test.measured.warnings = configured.warnings ?? [];
  await subscribe(receiver, sessions[1], configured.id);
  test.measured.packets = receiver.packets;
  await until('media', kPatienceMs, () => receiver.packets.audio >= kPackets && receiver.packets.video >= kPackets);
  require(sessions.every((session) => session.hangups.length === 0), 'nobody is hung up on');
  for (const each of [publisher, receiver, ...sessions]) each.close();
  require(test.measured.streams.join() === 'audio opus,video h264', 'both streams are taken');
  require(test.measured.warnings.length === 0, 'nothing is refused');
}

// Returns what the server made of the offer, and the id that others subscribe to.
async function publish(peer, session) {
  const joined = await session.request({ request: 'join', ptype: 'publisher', room: kRoom });
  const offer = await peer.offer({ h264Parameters: 'profile-level-id=42e01f' });
  const { data, jsep } = await session.request({ request: 'publish' }, offer);
  await peer.accept(jsep);
  return { ...data, id: joined.data.id };
}

async function subscribe(peer, session, feed) {
  const { jsep } = await session.request({
    request: 'join',
    ptype: 'subscriber',
    room: kRoom,
    streams: [{ feed }],
  });
  await session.request({ request: 'start' }, await peer.answer(jsep));
  await peer.connected();
}
