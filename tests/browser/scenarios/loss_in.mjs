// Loss on the way from the publisher to the server: how long the picture stands still at a receiver.
// The publisher has a host of its own at the end of a bad line, which loses --loss percent of the UDP
// packets to the server; the way back, and the receiver's both ways, lose nothing. What is lost comes
// again within a few round trips, or a keyframe is asked for: --frozen-max is far above what that takes,
// and below one picture that stands still until Chromium itself asks for a keyframe, 3 s later.
import { launchChromium } from '../chromium.mjs';
import { makeFarHost } from '../far_host.mjs';
import { startJanus } from '../janus_server.mjs';
import { sent } from '../media_stats.mjs';
import { Participant } from '../participant.mjs';
import { pausesIn, readFrames, watchFrames } from '../pauses.mjs';
import { startServer } from '../penstock_server.mjs';
import { require, sleep } from '../waiting.mjs';

// The estimator of the publisher's bandwidth begins low; and a first keyframe may be lost.
const kSettleMs = 5_000;
const kRoom = 1234;

export async function lossIn(test) {
  const { loss, seconds, 'round-trip': roundTripMs, 'frozen-max': frozenMax } = test.options;
  const far = await makeFarHost(test);
  far.bothWays(`delay-ms=${roundTripMs / 2}`);
  const both = await startCall(test, far);
  const [ada, bob] = both;
  far.uplink(`loss=${loss}`);
  await sleep(kSettleMs);

  const before = await Promise.all(both.map((one) => one.stats()));
  const from = await bob.page.evaluate(watchFrames, ada.id);
  await sleep(seconds * 1000);
  const { shown, until } = await bob.page.evaluate(readFrames);
  const after = await Promise.all(both.map((one) => one.stats()));
  Object.assign(test.measured, pausesIn(shown, from, until), figures(before, after));
  await bob.screenshot(test);
  const { frozen_percent: frozen } = test.measured;
  require(frozen <= frozenMax, `the picture stands still ${frozen} % of the time, more than ${frozenMax} %`);
}

// Ada publishes from far away; Bob receives here.
async function startCall(test, far) {
  const room = { room: kRoom, publishers: 1, videocodec: [test.options.codec] }; // so Bob can only watch
  const server = test.options.janus
    ? await startJanus(test, { address: far.serverAddress, room })
    : await startServer(test, {
        port: { ipv6: '', host_ipv6: '' },
        signalling: { address: '0.0.0.0' },
        '[rooms]': room,
      });
  const page = `http://${far.serverAddress}:8088/`;
  const there = await launchChromium(test, { framesPerSecond: 30, launcher: far.launcher, trusted: page });
  const here = await launchChromium(test);
  const ada = await Participant.join(test, there, { page, name: 'Ada', room: kRoom });
  await ada.publishes(20_000);
  await ada.page.evaluate(keepResolution);
  const bob = await Participant.join(test, here, { page: server.page, name: 'Bob', room: kRoom });
  await bob.seesOthers(1);
  return [ada, bob];
}

// Run in the page: a bandwidth that is estimated low shall not make the picture small.
async function keepResolution() {
  for (const connection of window.observed.connections) {
    for (const sender of connection.getSenders()) {
      const parameters = sender.getParameters();
      if (sender.track?.kind !== 'video' || parameters.encodings.length === 0) continue;
      await sender.setParameters({ ...parameters, degradationPreference: 'maintain-resolution' });
    }
  }
}

// What both ends say of it.
function figures([adaBefore, bobBefore], [adaAfter, bobAfter]) {
  const video = ({ reports }, type) => reports.find((stat) => stat.type === type && stat.kind === 'video');
  const grown = (before, after, type, field) =>
    Math.round(((video(after, type)[field] ?? 0) - (video(before, type)[field] ?? 0)) * 10) / 10;
  const published = (field) => grown(adaBefore, adaAfter, 'outbound-rtp', field);
  const received = (field) => grown(bobBefore, bobAfter, 'inbound-rtp', field);
  const { frameWidth, frameHeight, codecId } = video(adaAfter, 'outbound-rtp');
  return {
    published: {
      size: `${frameWidth}x${frameHeight}`,
      codec: adaAfter.reports.find((stat) => stat.id === codecId)?.mimeType,
      video_bps: sent(adaBefore, adaAfter).video_bps,
      frames: published('framesEncoded'),
      keyframes: published('keyFramesEncoded'),
      packets: published('packetsSent'),
      sent_again: published('retransmittedPacketsSent'),
      nacks: published('nackCount'),
      plis: published('pliCount'),
    },
    received: {
      frames_decoded: received('framesDecoded'),
      freezes: received('freezeCount'),
      freezes_s: received('totalFreezesDuration'),
      packets_lost: received('packetsLost'),
      nacks: received('nackCount'),
      plis: received('pliCount'),
    },
  };
}
