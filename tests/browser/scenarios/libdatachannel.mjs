// A call of two clients that are no browsers: libdatachannel sends no MID, no RTX and its own order of
// everything in its descriptions; H.264 in packetization mode 0, by saying nothing of it.
import { LibdatachannelPeer } from '../libdatachannel_peer.mjs';
import { startServer } from '../penstock_server.mjs';
import { require, until } from '../waiting.mjs';

const kPatienceMs = 30_000;
const kPackets = 200;
const kRoom = 1234;

export async function libdatachannel(test, { config }) {
  await startServer(test, config);
  const [publisher, receiver] = await Promise.all([
    LibdatachannelPeer.open('publisher'),
    LibdatachannelPeer.open('receiver'),
  ]);
  const { id, configured } = await publisher.publish(kRoom, 'profile-level-id=42e01f');
  test.measured.streams = configured.streams.map((stream) => `${stream.type} ${stream.codec}`);
  test.measured.warnings = configured.warnings ?? [];
  await receiver.subscribe(kRoom, id);
  test.measured.packets = receiver.packets;
  await until('media', kPatienceMs, () => receiver.packets.audio >= kPackets && receiver.packets.video >= kPackets);
  require(publisher.janus.hangups.length + receiver.janus.hangups.length === 0, 'nobody is hung up on');
  publisher.close();
  receiver.close();
  require(test.measured.streams.join() === 'audio opus,video h264', 'both streams are taken');
  require(test.measured.warnings.length === 0, 'nothing is refused');
}
