// Runs the same requests against Penstock and against Debian's Janus Gateway, over a WebSocket and
// over HTTP, and compares what both say: node main.mjs --server PATH --output FOLDER [--all].
// Expects a network namespace of its own (see in_namespace). Where both may differ, and why, stands in
// differences.mjs; it exits with 1 if they differ elsewhere, or do not differ where they should.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { startServer } from '../penstock_server.mjs';
import { sleep } from '../waiting.mjs';
import { core } from './cases/core.mjs';
import { forwarders } from './cases/forwarders.mjs';
import { publishers } from './cases/publishers.mjs';
import { rooms } from './cases/rooms.mjs';
import { subscribers } from './cases/subscribers.mjs';
import { connect } from './client.mjs';
import { differences } from './differences.mjs';
import { kJanusPorts, startJanus } from './janus.mjs';
import { NormalForm } from './normal_form.mjs';

const kRequestsMin = 300;
const kDifferencesMax = 25;
const kQuietMs = 60; // after a list of requests, for what is told besides
const kPorts = { http: 8088, websocket: 8188 };
const kCases = { core, rooms, publishers, subscribers, forwarders };
const kRoom = { room: 1234, description: 'Demo room', secret: 's', publishers: 6, audiocodec: ['opus'], videocodec: ['vp8'] };

const { values } = parseArgs({
  options: { server: { type: 'string' }, output: { type: 'string' }, all: { type: 'boolean' } },
});
if (!values.server || !values.output) {
  console.error('usage: main.mjs --server PATH --output FOLDER [--all]: every answer is shown, not only those that differ');
  process.exit(2);
}
const output = path.resolve(values.output);
mkdirSync(output, { recursive: true });

// What one server says to one list of requests.
async function answersOf(run, transport, ports) {
  const normal = new NormalForm();
  const record = {
    answers: [],
    events: [],
    add: (request, answer) => record.answers.push({ request, answer: normal.of(answer) }),
    event: (message) => record.events.push(message),
  };
  const client = await connect(transport, ports, record);
  await run(client);
  await sleep(kQuietMs);
  client.close();
  // Each handle hears its events in their order; between handles there is none.
  const events = record.events.map((event) => JSON.stringify(normal.of(event)));
  return { answers: record.answers, events: events.sort() };
}

let compared = 0;
const found = []; // {where, request, janus, penstock}
const used = new Set();

function compare(where, request, janus, penstock) {
  compared += 1;
  if (values.all) console.log(`${where}: ${request}\n  ${JSON.stringify(penstock)}`);
  if (JSON.stringify(janus) === JSON.stringify(penstock)) return;
  const known = differences.find((difference) => difference.is({ where, request, janus, penstock }));
  if (known) used.add(known);
  else found.push({ where, request, janus, penstock });
}

async function compareAll() {
  for (const [group, cases] of Object.entries(kCases)) {
    for (const [name, run] of Object.entries(cases)) {
      for (const transport of ['websocket', 'http']) {
        const where = `${group}, ${name}, ${transport}`;
        const janus = await answersOf(run, transport, kJanusPorts);
        const penstock = await answersOf(run, transport, kPorts);
        for (const [i, { request, answer }] of janus.answers.entries()) {
          compare(where, request, answer, penstock.answers[i]?.answer);
        }
        compare(where, 'events', janus.events, penstock.events);
      }
    }
  }
}

// Janus gathers no candidates where there is only loopback.
function makeNetwork() {
  const ip = (...words) => execFileSync('ip', words);
  ip('link', 'add', 'lan0', 'type', 'veth', 'peer', 'name', 'lan1');
  ip('address', 'add', '198.18.0.1/24', 'dev', 'lan0');
  for (const device of ['lan0', 'lan1']) ip('link', 'set', device, 'up');
}

const cleanups = [];
const test = {
  serverPath: path.resolve(values.server),
  output: (file) => path.join(output, `differential-${file}`),
  measured: {},
  cleanup: (action) => cleanups.push(action),
};
let failure;
try {
  makeNetwork();
  await startJanus(test, kRoom);
  await startServer(test, {
    port: { driver: 'sockets' },
    signalling: { rooms_per_address_max: 1000 },
    '[rooms]': kRoom,
  });
  await compareAll();
} catch (error) {
  failure = error;
}
for (const action of cleanups.reverse()) {
  try {
    await action();
  } catch (error) {
    failure ??= error;
  }
}
for (const { where, request, janus, penstock } of found) {
  console.error(`${where}: ${request}\n  janus    ${JSON.stringify(janus)}\n  penstock ${JSON.stringify(penstock)}`);
}
for (const difference of differences) {
  if (!used.has(difference)) failure ??= new Error(`nothing differs so any more: ${difference.what}`);
}
console.log(`measured: ${JSON.stringify({ compared, equal: compared - found.length, differences: differences.length })}`);
if (compared < kRequestsMin) failure ??= new Error(`${compared} requests are too few`);
if (differences.length > kDifferencesMax) failure ??= new Error(`${differences.length} differences are too many`);
if (found.length) failure ??= new Error(`${found.length} answers differ`);
if (failure) {
  console.error(failure);
  process.exit(1);
}
process.exit(0);
