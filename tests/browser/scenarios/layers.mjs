// Somebody publishes in several layers; three receivers have links of 3 Mb/s, 700 kb/s and 200 kb/s. Each
// gets the picture that its link can carry, soon, and keeps it; and none of them stands still for long.
import { launchChromium } from '../chromium.mjs';
import { sendInEncodings } from '../encodings.mjs';
import { makeFarHost } from '../far_host.mjs';
import { launchFirefox } from '../firefox.mjs';
import { filmNoise } from '../noise_camera.mjs';
import { Participant } from '../participant.mjs';
import { startServer } from '../penstock_server.mjs';
import { require, sleep, until } from '../waiting.mjs';

const kRoom = 1234;
const kSettleMs = 15_000;
const kFreezeMaxS = 0.5;

// What a page sends of a picture of 1280x720.
export const simulcastOf720p = [
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 100_000 },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 450_000 },
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1_800_000 },
];
export const scalable720p = (mode) => [{ scalabilityMode: mode, maxBitrate: 1_800_000 }];

const kLinks = [
  { name: 'wide', rateKbps: 3_000, width: 1280 },
  { name: 'middle', rateKbps: 700, width: 640 },
  { name: 'narrow', rateKbps: 200, width: 320 },
];

export async function layers(test, { codec, encodings, publisher = 'chromium', isLossy = false }) {
  const { seconds, loss } = test.options;
  const server = await startServer(test, {
    port: { ipv6: '', host_ipv6: '' },
    signalling: { address: '0.0.0.0' },
    '[rooms]': { room: kRoom, publishers: 1, videocodec: [codec] }, // the others can only watch
  });
  const ada = await join(test, server, publisher, encodings);
  await ada.publishes(20_000);
  const receivers = [];
  for (const link of kLinks) receivers.push(await joinFrom(test, link));
  await Promise.all(receivers.map(({ person }) => person.seesOthers(1)));
  await Promise.all(receivers.map((one) => settles(one)));
  if (isLossy) receivers.forEach(({ far }) => far.bothWays(`loss=${loss}`));
  const before = await Promise.all(receivers.map(({ person }) => videoOf(person)));
  await Promise.all(receivers.map((one) => stays(one, seconds)));
  const after = await Promise.all(receivers.map(({ person }) => videoOf(person)));
  receivers.forEach(({ link, widths }, i) => {
    test.measured[link.name] = { widths, ...judge(link, before[i], after[i], seconds) };
  });
  await Promise.all(receivers.map(({ person }) => person.screenshot(test)));
  await ada.screenshot(test);
}

async function join(test, server, publisher, encodings) {
  const inject = [[sendInEncodings, encodings]];
  if (publisher === 'firefox') {
    const browser = await launchFirefox(test);
    return Participant.join(test, browser, { page: server.page, name: 'Ada', room: kRoom, inject });
  }
  const camera = test.output('camera.y4m');
  filmNoise(camera, { width: 1280, height: 720, framesPerSecond: 20, levels: 8 });
  const browser = await launchChromium(test, { camera });
  return Participant.join(test, browser, { page: server.page, name: 'Ada', room: kRoom, inject });
}

async function joinFrom(test, link) {
  const far = await makeFarHost(test, link.name);
  far.bothWays('delay-ms=20');
  far.downlink(`rate-kbps=${link.rateKbps},queue-ms=300`);
  const page = `http://${far.serverAddress}:8088/`;
  const browser = await launchChromium(test, { launcher: far.launcher, trusted: page });
  const person = await Participant.join(test, browser, { page, name: link.name, room: kRoom });
  return { link, far, person, widths: [] };
}

async function videoOf(person) {
  const { reports } = await person.stats();
  return reports.find((stat) => stat.type === 'inbound-rtp' && stat.kind === 'video') ?? {};
}

// The picture that fits has been there for a second.
async function settles(one) {
  const { link, person } = one;
  let seen = 0;
  await until(`${link.name} to see ${link.width}`, kSettleMs, async () => {
    const { frameWidth } = await videoOf(person);
    if (one.widths.at(-1) !== frameWidth) one.widths.push(frameWidth);
    seen = frameWidth === link.width ? seen + 1 : 0;
    return seen >= 5;
  }, 200);
}

async function stays(one, seconds) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(500)) {
    const { frameWidth } = await videoOf(one.person);
    require(frameWidth === one.link.width, `${one.link.name} has settled, and sees ${frameWidth} all the same`);
  }
}

function judge(link, before, after, seconds) {
  const grown = (field) => Math.round(((after[field] ?? 0) - (before[field] ?? 0)) * 1000) / 1000;
  const seen = {
    frames_per_s: grown('framesDecoded') / seconds,
    frozen_s: grown('totalFreezesDuration'),
    freezes: grown('freezeCount'),
    frozen_before_s: Math.round((before.totalFreezesDuration ?? 0) * 1000) / 1000,
    plis: grown('pliCount'),
    packets_lost: grown('packetsLost'),
  };
  require(seen.frames_per_s >= 4, `${link.name} decodes only ${seen.frames_per_s} frames a second`);
  require(seen.frozen_s <= kFreezeMaxS * Math.max(1, seen.freezes), `a freeze of ${link.name} is long: ${seen.frozen_s} s`);
  require(seen.frozen_s <= Math.max(kFreezeMaxS, 0.01 * seconds), `${link.name} stands still for ${seen.frozen_s} s`);
  require(seen.plis === 0, `${link.name} asks for ${seen.plis} keyframes`);
  return seen;
}
