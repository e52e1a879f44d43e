// The main job: two people in a call; a third joins late, and leaves; a fourth joins, and is killed.
import { readFileSync } from 'node:fs';

import { launchChromium } from '../chromium.mjs';
import { requireMedia } from '../media_requirements.mjs';
import { Participant } from '../participant.mjs';
import { startServer } from '../penstock_server.mjs';
import { require } from '../waiting.mjs';

const kSeconds = 10;
const kAddresses = ['198.18.0.2', 'fd00:198:18::2']; // of the embedded default
// What is allowed where browsers share two CPUs; the goal of both is 1,000.
const kFirstFrameMs = 15_000;
const kToldMs = 5_000;
const kConsentTimeoutMs = 30_000; // of the default configuration
const kClient = new URL(
  '../../../web/node_modules/janus-gateway/npm/dist/janus.es.js',
  import.meta.url,
);

export async function call(test) {
  const server = await startServer(test, {});
  await requireUnmodifiedClient(server);
  const browser = await launchChromium(test);
  const ada = await Participant.join(test, browser, { page: server.page, name: 'Ada' });
  const bob = await Participant.join(test, browser, { page: server.page, name: 'Bob' });
  await Promise.all([ada, bob].map((one) => one.seesOthers(1)));
  await requireMedia(test, [ada, bob], { seconds: kSeconds, others: 1, addresses: kAddresses });
  await ada.screenshot(test);

  await joinLateAndLeave(test, browser, { server, others: [ada, bob] });
  await joinAndBeKilled(test, { server, others: [ada, bob] });
  for (const one of [ada, bob]) require(one.problems.length === 0, `${one.name}: ${one.problems}`);
}

// The page's client is the official one from npm, byte for byte.
async function requireUnmodifiedClient(server) {
  const served = await (await fetch(`${server.page}janus.js`)).text();
  require(served === readFileSync(kClient, 'utf8'), 'janus.js is the one of the npm package');
}

async function joinLateAndLeave(test, browser, { server, others }) {
  const cleo = await Participant.join(test, browser, { page: server.page, name: 'Cleo' });
  const seenAt = await cleo.firstFrame(2 * kFirstFrameMs);
  test.measured.first_frame_ms = Math.round(seenAt - cleo.joinSentAt);
  test.measured.first_frame_from_opening_the_page_ms = seenAt - cleo.openedAt;
  require(test.measured.first_frame_ms <= kFirstFrameMs, 'the late joiner sees nobody in time');
  await Promise.all([cleo, ...others].map((one) => one.seesOthers(2)));
  await cleo.screenshot(test);

  const leftAt = await cleo.leave();
  const told = await Promise.all(others.map((one) => one.untilToldThatLeft(cleo, 2 * kToldMs)));
  test.measured.told_of_leaving_ms = told.map((at) => Math.round(at - leftAt));
  require(Math.max(...told) - leftAt <= kToldMs, 'the others are told too late who left');
  await cleo.context.close();
}

async function joinAndBeKilled(test, { server, others }) {
  const machine = await launchChromium(test);
  const dan = await Participant.join(test, machine, { page: server.page, name: 'Dan' });
  await Promise.all([dan, ...others].map((one) => one.seesOthers(2)));
  const killedAt = Date.now();
  machine.kill();
  const told = await Promise.all(others.map((one) => one.untilToldThatLeft(dan, kConsentTimeoutMs)));
  test.measured.told_of_killing_ms = told.map((at) => Math.round(at - killedAt));
}
