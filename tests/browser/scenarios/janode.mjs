// Janode, a library for servers that use Janus, as it is: every request of its VideoRoom plugin that
// an application with a moderator needs, and the events that it makes of ours. Media is
// libdatachannel's.
import Janode from 'janode';
import VideoRoomPlugin from 'janode/plugins/videoroom';

import { LibdatachannelPeer } from '../libraries/libdatachannel_peer.mjs';
import { startServer } from '../penstock_server.mjs';
import { require, until } from '../waiting.mjs';

const kPatienceMs = 20_000;
const kPackets = 20;
const kRoom = 4321;
const kSecret = 'of the room';
const kEvents = VideoRoomPlugin.EVENT;

export async function janode(test, { config }) {
  Janode.Logger.setLevel('warning');
  await startServer(test, config);
  const moderator = await Client.open('moderator');
  const ada = await Client.open('Ada');
  const bob = await Client.open('Bob');

  await makeRoom(moderator.handle);
  const feed = await publish(test, ada, bob);
  await subscribe(test, bob, feed);
  await listPeople(moderator.handle, feed, bob.feed);
  await kick(moderator.handle, ada, bob, feed);
  await destroyRoom(moderator.handle, bob);

  for (const client of [moderator, ada, bob]) await client.close();
  test.measured.events = bob.events.map(({ name }) => name);
}

// A connection of its own with a session, a handle in the room and one to receive with.
class Client {
  static async open(name) {
    const client = new Client();
    client.connection = await Janode.connect({ is_admin: false, address: { url: 'ws://127.0.0.1:8188' } });
    client.session = await client.connection.create();
    client.handle = await client.session.attach(VideoRoomPlugin);
    client.subscriber = await client.session.attach(VideoRoomPlugin);
    client.peer = new LibdatachannelPeer(name);
    for (const event of Object.values(kEvents)) {
      client.handle.on(event, (data) => client.events.push({ name: event, data }));
    }
    return client;
  }

  events = []; // that nobody asked for

  // The first such event that there is, or will be.
  event(name, has = () => true) {
    require(name, 'an event that Janode has');
    const matches = (event) => event.name === name && has(event.data);
    return until(`the event ${name}`, kPatienceMs, () => this.events.find(matches)?.data);
  }

  async close() {
    this.peer.close();
    await this.session.destroy();
    await this.connection.close();
  }
}

async function makeRoom(moderator) {
  const before = await moderator.exists({ room: kRoom });
  require(!before.exists, 'the room does not exist yet');
  await moderator.create({ room: kRoom, description: 'made by Janode', secret: kSecret, max_publishers: 3, videocodec: 'h264' });
  const { list } = await moderator.list();
  const room = list.find((each) => each.room === kRoom);
  require(room?.description === 'made by Janode' && room.max_publishers === 3, 'the room is in the list');
}

// Ada publishes, and Bob, who is in the room, is told.
async function publish(test, ada, bob) {
  const joined = await bob.handle.joinPublisher({ room: kRoom, display: 'Bob' });
  bob.feed = joined.feed;
  const { feed, publishers } = await ada.handle.joinPublisher({ room: kRoom, display: 'Ada' });
  require(publishers.length === 0, 'nobody publishes yet');
  const { jsep, streams } = await ada.handle.publish({ jsep: await ada.peer.offer({ h264Parameters: 'profile-level-id=42e01f' }) });
  await ada.peer.accept(jsep);
  test.measured.streams = streams.map(({ type, codec }) => `${type} ${codec}`);
  require(test.measured.streams.join() === 'audio opus,video h264', 'both streams are taken');
  const told = await bob.event(kEvents.VIDEOROOM_PUB_LIST);
  require(told.publishers[0].feed === feed && told.publishers[0].display === 'Ada', 'Bob is told of Ada');
  return feed;
}

async function subscribe(test, bob, feed) {
  const { jsep, streams } = await bob.subscriber.joinSubscriber({ room: kRoom, streams: [{ feed }] });
  require(streams.every((stream) => stream.feed_id === feed), 'the streams are those of Ada');
  const { started } = await bob.subscriber.start({ jsep: await bob.peer.answer(jsep) });
  require(started === 'ok', 'the subscription starts');
  test.measured.packets = bob.peer.packets;
  await bob.peer.connected();
  await until('media', kPatienceMs, () => bob.peer.packets.audio >= kPackets && bob.peer.packets.video >= kPackets);
}

async function listPeople(moderator, ada, bob) {
  const { participants } = await moderator.listParticipants({ room: kRoom, secret: kSecret });
  const publishes = Object.fromEntries(participants.map((each) => [each.feed, each.publisher]));
  require(participants.length === 2 && publishes[ada] && !publishes[bob], 'Ada publishes, Bob listens');
}

// Who does not know the secret kicks nobody; Ada is told that she was kicked, and Bob that she is gone.
async function kick(moderator, ada, bob, feed) {
  const refusal = await moderator.kick({ room: kRoom, feed, secret: 'a wrong one' }).catch((error) => error);
  require(refusal instanceof Error && /unauthorized/i.test(refusal.message), `a refusal: ${refusal.message}`);
  require(!bob.events.some(({ name }) => name === kEvents.VIDEOROOM_KICKED), 'Ada is still there');
  await moderator.kick({ room: kRoom, feed, secret: kSecret });
  await ada.event(kEvents.VIDEOROOM_LEAVING, ({ feed: who, reason }) => who === feed && reason === 'kicked');
  await bob.event(kEvents.VIDEOROOM_KICKED, ({ feed: who }) => who === feed);
  const { participants } = await moderator.listParticipants({ room: kRoom, secret: kSecret });
  require(participants.length === 1, 'Ada is in no list');
}

async function destroyRoom(moderator, bob) {
  await moderator.destroy({ room: kRoom, secret: kSecret });
  await bob.event(kEvents.VIDEOROOM_DESTROYED, ({ room }) => room === kRoom);
  const after = await moderator.exists({ room: kRoom });
  require(!after.exists, 'the room is gone');
}
