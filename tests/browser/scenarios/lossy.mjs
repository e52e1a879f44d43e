// A link that loses packets on the way to Chromium and Firefox: they ask for what does not arrive
// (NACK), and it comes again (RTX).
import { Bridge } from '../bridge.mjs';
import { launchChromium } from '../chromium.mjs';
import { makeCable, makeDefaultRoute, makeVethPair } from '../devices.mjs';
import { launchFirefox } from '../firefox.mjs';
import { Participant } from '../participant.mjs';
import { startServer } from '../penstock_server.mjs';
import { require, sleep } from '../waiting.mjs';

const kSeconds = 10;

export async function lossy(test) {
  makeVethPair({ server: 'bad0', host: 'host0', hostAddress: '198.18.0.1/24' });
  makeCable('data0', 'bad1');
  // The large packets alone: video.
  const bridge = await Bridge.start(test, ['bad0', 'bad1'], '--larger-than', '500');
  const port = { driver: 'net_af_packet', interface: 'data0', ipv4: '198.18.0.2/24' };
  const server = await startServer(test, { port });
  makeDefaultRoute('198.18.0.2');
  const chromium = await launchChromium(test);
  const other = await launchFirefox(test);
  const ada = await Participant.join(test, chromium, { page: server.page, name: 'Ada' });
  const bob = await Participant.join(test, other, { page: server.page, name: 'Bob' });
  const both = [ada, bob];
  await Promise.all(both.map((one) => one.seesOthers(1)));
  bridge.rule('bad0', `loss=${test.options.loss}`);
  const before = await Promise.all(both.map(videoOf));
  await sleep(kSeconds * 1000);
  const after = await Promise.all(both.map(videoOf));
  both.forEach((one, index) => requireRepair(test, one.name, before[index], after[index]));
  await Promise.all(both.map((one) => one.screenshot(test)));
}

async function videoOf(one) {
  const { reports } = await one.stats();
  return reports.find((stat) => stat.type === 'inbound-rtp' && stat.kind === 'video');
}

function requireRepair(test, name, before, after) {
  const grown = (field) => (after[field] ?? 0) - (before[field] ?? 0);
  const seen = {
    packets: grown('packetsReceived'),
    asked: grown('nackCount'),
    again: after.retransmittedPacketsReceived === undefined ? undefined : grown('retransmittedPacketsReceived'),
    lost: grown('packetsLost'),
    frames_per_s: grown('framesDecoded') / kSeconds,
    keyframes_asked: grown('pliCount') + grown('firCount'),
  };
  test.measured[name] = seen;
  require(seen.asked > 0, `${name} has not asked for anything`);
  // (Not every browser counts what came again.)
  require(seen.again !== 0, `nothing that ${name} asked for came again`);
  require(seen.keyframes_asked <= 1, `${name} asks for ${seen.keyframes_asked} keyframes all the same`);
  require(seen.frames_per_s >= 10, `${name} decodes only ${seen.frames_per_s} frames a second`);
}
