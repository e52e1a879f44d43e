// One person alone, filming something that is worth many bits, in a room with a `bitrate`: the REMB
// that the server sends has to hold Chromium's estimator below it, which follows transport-cc, and
// has to let it grow again when the person is allowed more.
import { rmSync } from 'node:fs';

import { launchChromium } from '../chromium.mjs';
import { JanusSession } from '../janus_session.mjs';
import { sent } from '../media_stats.mjs';
import { filmNoise } from '../noise_camera.mjs';
import { Participant } from '../participant.mjs';
import { startServer } from '../penstock_server.mjs';
import { sleep, until } from '../waiting.mjs';

const kRoom = 77;
const kRoomBps = 300_000;
const kLowBps = 150_000;
const kSlack = 1.1; // the encoder's, over a second
const kWithinMs = 30_000;
const kIntervalMs = 1_000;

export async function bitrateLimit(test) {
  const film = test.output('noise_limited.y4m');
  filmNoise(film);
  test.cleanup(() => rmSync(film));
  const server = await startServer(test, {});
  const janus = await JanusSession.open();
  test.cleanup(() => janus.close());
  await janus.request({ request: 'create', room: kRoom, bitrate: kRoomBps });
  const browser = await launchChromium(test, { camera: film });
  const ada = await Participant.join(test, browser, { page: server.page, name: 'Ada', room: kRoom });
  await ada.publishes(kWithinMs);
  const near = (bps) => (video) => video > bps / 2 && video <= bps * kSlack;
  test.measured.room_after_ms = await settles(ada, `stay below the room's ${kRoomBps} b/s`, near(kRoomBps));
  await configure(ada, kLowBps);
  test.measured.low_after_ms = await settles(ada, `fall below ${kLowBps} b/s`, near(kLowBps));
  await configure(ada, 0);
  test.measured.lifted_after_ms = await settles(ada, 'rise without a limit', (video) => video > 1.3 * kRoomBps);
}

// Waits until three seconds in a row are as wanted; how long that took.
async function settles(one, what, isWanted) {
  const startedAt = Date.now();
  let before = await one.stats();
  let inRow = 0;
  await until(`Ada's video to ${what}`, kWithinMs, async () => {
    await sleep(kIntervalMs);
    const after = await one.stats();
    inRow = isWanted(sent(before, after).video_bps) ? inRow + 1 : 0;
    before = after;
    return inRow === 3;
  });
  return Date.now() - startedAt;
}

function configure(one, bitrate) {
  return one.page.evaluate(
    (bps) => window.penstock.publisher.send({ message: { request: 'configure', bitrate: bps } }),
    bitrate,
  );
}
