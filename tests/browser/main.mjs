// Runs one scenario: node main.mjs SCENARIO --server PATH --output FOLDER [OPTIONS]
// Expects a network namespace of its own (see in_namespace). Prints what it measured on one line,
// and exits with 1 if anything that should hold does not.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { scenarios } from './scenarios.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    server: { type: 'string' },
    output: { type: 'string' },
    bridge: { type: 'string' }, // default: beside the server
    // Of the scenarios with a bad network.
    loss: { type: 'string', default: '5' }, // percent
    seed: { type: 'string', default: '1' },
    // Of loss_in.
    seconds: { type: 'string', default: '20' },
    codec: { type: 'string', default: 'vp8' },
    'round-trip': { type: 'string', default: '20' }, // ms
    'frozen-max': { type: 'string', default: '10' }, // percent of the time
    janus: { type: 'boolean' }, // in the place of the server
  },
});
const name = positionals[0];
const run = scenarios[name];
const kNumbers = ['loss', 'seed', 'seconds', 'round-trip', 'frozen-max'];
const areNumbers = kNumbers.every((option) => Number.isFinite((values[option] = Number(values[option]))));
if (!run || !values.server || !values.output || !areNumbers) {
  console.error(`usage: main.mjs ${Object.keys(scenarios).join('|')} --server PATH --output FOLDER
  [--bridge PATH] [--loss PERCENT] [--seed N]
  [--seconds N] [--codec NAME] [--round-trip MS] [--frozen-max PERCENT] [--janus]`);
  process.exit(2);
}

const output = path.resolve(values.output);
mkdirSync(output, { recursive: true });
const cleanups = [];
const test = {
  name,
  serverPath: path.resolve(values.server),
  bridgePath: path.resolve(values.bridge ?? path.join(path.dirname(values.server), 'penstock-bridge')),
  options: values,
  output: (file) => path.join(output, `${name}-${file}`),
  measured: {},
  participants: [], // everybody who was in the call
  // Registers what to do at the end, whatever happens; last in, first out.
  cleanup: (action) => cleanups.push(action),
};

let failure;
try {
  await run(test);
} catch (error) {
  failure = error;
  for (const participant of test.participants) console.error(await participant.explain(test));
}
for (const action of cleanups.reverse()) {
  try {
    await action();
  } catch (error) {
    failure ??= error;
  }
}
console.log(`measured: ${JSON.stringify({ scenario: name, ...test.measured })}`);
if (failure) {
  console.error(failure);
  process.exit(1);
}
process.exit(0);
