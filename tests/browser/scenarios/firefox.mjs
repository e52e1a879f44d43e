// Two engines in one call: Ada uses Chromium, Bob uses Firefox.
import { launchChromium } from '../chromium.mjs';
import { makeDefaultRoute } from '../devices.mjs';
import { launchFirefox } from '../firefox.mjs';
import { requireMedia } from '../media_requirements.mjs';
import { Participant } from '../participant.mjs';
import { startServer } from '../penstock_server.mjs';

const kSeconds = 5;

export async function firefox(test, { config }) {
  const server = await startServer(test, config);
  makeDefaultRoute('198.18.0.2');
  const chromium = await launchChromium(test);
  const other = await launchFirefox(test);
  const ada = await Participant.join(test, chromium, { page: server.page, name: 'Ada' });
  const bob = await Participant.join(test, other, { page: server.page, name: 'Bob' });
  await Promise.all([ada, bob].map((one) => one.seesOthers(1)));
  await requireMedia(test, [ada, bob], { seconds: kSeconds, others: 1 });
  await Promise.all([ada, bob].map((one) => one.screenshot(test)));
}
