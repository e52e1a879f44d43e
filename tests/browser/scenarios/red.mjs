// A room whose publishers are asked for redundant audio (RED, RFC 2198): what browsers send is heard by
// others, with copies of the frames before. Statistics name Opus as the codec in any case; that copies
// come is told by those that Chromium throws away, as their frames have arrived by themselves.
import { launchChromium } from '../chromium.mjs';
import { JanusSession } from '../janus_session.mjs';
import { Participant } from '../participant.mjs';
import { startServer } from '../penstock_server.mjs';
import { require, until } from '../waiting.mjs';

const kCopies = 50;
const kRoom = 1235;

async function createRoom() {
  const session = await JanusSession.open();
  await session.request({ request: 'create', room: kRoom, opusred: true });
  session.close();
}

export async function red(test, { config }) {
  const server = await startServer(test, config);
  await createRoom();
  const browser = await launchChromium(test);
  const people = [];
  for (const name of ['Ada', 'Bob']) {
    people.push(await Participant.join(test, browser, { page: server.page, name, room: kRoom }));
  }
  await Promise.all(people.map((one) => one.seesOthers(1)));
  for (const one of people) {
    const heard = await until(`${one.name} to hear copies`, 20_000, async () => {
      const { reports } = await one.stats();
      const audio = reports.find((s) => s.type === 'inbound-rtp' && s.kind === 'audio');
      return audio?.packetsDiscarded >= kCopies && audio;
    }, 200);
    const { packetsReceived, packetsDiscarded, totalAudioEnergy } = heard;
    test.measured[one.name] = { packetsReceived, packetsDiscarded, totalAudioEnergy };
    require(totalAudioEnergy > 0, `${one.name} hears something`);
  }
}
