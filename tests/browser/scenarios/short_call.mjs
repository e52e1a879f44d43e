// A few people in a call for a few seconds, on a server that runs in some other way than by default.
import { launchChromium } from '../chromium.mjs';
import { requireMedia } from '../media_requirements.mjs';
import { Participant } from '../participant.mjs';
import { startServer } from '../penstock_server.mjs';
import { require } from '../waiting.mjs';

const kSeconds = 5;

export async function shortCall(test, { config = {}, signalling = 'ws', names = ['Ada', 'Bob'], ...expected }) {
  const server = await startServer(test, config);
  const browser = await launchChromium(test);
  const people = [];
  for (const name of names) {
    people.push(await Participant.join(test, browser, { page: server.page, name, server: signalling }));
  }
  const others = names.length - 1;
  await Promise.all(people.map((one) => one.seesOthers(others)));
  await requireMedia(test, people, { seconds: kSeconds, others, ...expected });
  if (expected.ports > 1) requireEveryWorker(test, names, expected.ports);
  await Promise.all(people.map((one) => one.screenshot(test)));
  for (const one of people) require(one.problems.length === 0, `${one.name}: ${one.problems}`);
}

// A test of several workers that happens to use one tests nothing.
function requireEveryWorker(test, names, ports) {
  const used = new Set(names.flatMap((name) => test.measured[name].remote));
  require(used.size === ports, `the call uses ${used.size} workers of ${ports}`);
}
