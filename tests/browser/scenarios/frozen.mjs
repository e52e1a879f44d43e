// Somebody whose machine is gone from the network: nothing more comes from it, and nobody says so. Only
// the consent that it no longer gives (RFC 7675) tells the server.
import { launchChromium } from '../chromium.mjs';
import { Participant } from '../participant.mjs';
import { startServer } from '../penstock_server.mjs';
import { require } from '../waiting.mjs';

const kConsentTimeoutS = 5; // the shortest that the configuration takes
const kSlackMs = 2_000; // of the timer that looks

export async function frozen(test) {
  const server = await startServer(test, { media: { consent_timeout_s: kConsentTimeoutS } });
  const browser = await launchChromium(test);
  const ada = await Participant.join(test, browser, { page: server.page, name: 'Ada' });
  const machine = await launchChromium(test);
  const bob = await Participant.join(test, machine, { page: server.page, name: 'Bob' });
  await Promise.all([ada, bob].map((one) => one.seesOthers(1)));

  const frozenAt = Date.now();
  machine.freeze();
  const toldAt = await ada.untilToldThatLeft(bob, 2 * kConsentTimeoutS * 1000);
  test.measured.told_of_freezing_ms = Math.round(toldAt - frozenAt);
  const allowed = kConsentTimeoutS * 1000 + kSlackMs;
  require(toldAt - frozenAt <= allowed, `Ada is told within ${allowed} ms that Bob is gone`);
}
