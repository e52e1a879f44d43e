// One person alone, filming something that is worth many bits: the feedback that the server sends
// has to let Chromium's bandwidth estimator grow to 1 Mb/s within 10 s.
import { rmSync } from 'node:fs';

import { launchChromium } from '../chromium.mjs';
import { sent } from '../media_stats.mjs';
import { filmNoise } from '../noise_camera.mjs';
import { Participant } from '../participant.mjs';
import { startServer } from '../penstock_server.mjs';
import { require, sleep, until } from '../waiting.mjs';

const kGoalBps = 1_000_000;
const kWithinMs = 10_000;
const kIntervalMs = 1_000;

export async function bitrate(test) {
  const film = test.output('noise.y4m');
  filmNoise(film);
  test.cleanup(() => rmSync(film));
  const server = await startServer(test, {});
  const browser = await launchChromium(test, { camera: film });
  const ada = await Participant.join(test, browser, { page: server.page, name: 'Ada' });
  const startedAt = await until('Ada to send video', kWithinMs, () => sends(ada), 50);
  const curve = await watch(ada, startedAt);

  const reached = curve.find(({ video_bps }) => video_bps >= kGoalBps);
  test.measured.reached_goal_after_ms = reached?.at_ms;
  test.measured.curve_bps = curve.map(({ video_bps }) => video_bps);
  test.measured.available_bps = curve.at(-1).available_bps;
  await ada.screenshot(test);
  require(reached, `Ada does not reach ${kGoalBps} b/s within ${kWithinMs} ms`);
}

async function sends(one) {
  const { at, reports } = await one.stats();
  const video = (stat) => stat.type === 'outbound-rtp' && stat.kind === 'video' && stat.bytesSent > 0;
  return reports.some(video) ? at : undefined;
}

async function watch(one, startedAt) {
  const curve = [];
  let before = await one.stats();
  while (before.at - startedAt < kWithinMs) {
    await sleep(Math.min(kIntervalMs, startedAt + kWithinMs - Date.now()));
    const after = await one.stats();
    curve.push({ at_ms: after.at - startedAt, ...sent(before, after) });
    before = after;
  }
  return curve;
}
