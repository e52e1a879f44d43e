// penstock-bridge (bench/bridge): a cable between two devices that loses and delays what goes over it.
import { spawn } from 'node:child_process';

import { until } from './waiting.mjs';

const kPatienceMs = 10_000;
// What is worth printing of a way's statistics.
const kPrinted = ['frames', 'under_rules', 'lost', 'missed', 'not_sent', 'late_max_us'];

export class Bridge {
  #child;
  #statistics = ''; // lines of JSON
  #said = ''; // to people
  #ended;

  // Joins two devices. `parameters`: as on the command line.
  static async start(test, devices, ...parameters) {
    const bridge = new Bridge(test, [...devices, ...parameters]);
    test.cleanup(() => bridge.#stop(test));
    await until('the bridge to run', kPatienceMs, () => {
      bridge.#requireRunning();
      return bridge.#said.includes('are joined');
    });
    return bridge;
  }

  constructor(test, parameters) {
    const command = [...parameters, '--commands', '--seed', `${test.options.seed}`];
    this.#child = spawn(test.bridgePath, command, { stdio: 'pipe' });
    this.#child.stdout.on('data', (text) => (this.#statistics += text));
    this.#child.stderr.on('data', (text) => (this.#said += text));
    this.#child.stdin.on('error', () => undefined); // it has ended, which is seen below
    this.#child.on('close', (status, signal) => (this.#ended = status ?? signal));
    this.#child.on('error', (error) => (this.#ended = error.message));
  }

  // What happens to frames that go to `device` from now on ('both': either way).
  rule(device, rule) {
    this.#requireRunning();
    this.#child.stdin.write(`${device} ${rule}\n`);
  }

  #requireRunning() {
    if (this.#ended !== undefined) throw new Error(`the bridge ended with ${this.#ended}: ${this.#said}`);
  }

  async #stop(test) {
    this.#requireRunning();
    this.#child.kill('SIGTERM');
    await until('the bridge to end', kPatienceMs, () => this.#ended !== undefined);
    // It says that it runs; more than that is about a rule that it did not understand.
    const isFine = this.#ended === 0 && this.#said.trim().split('\n').length === 1;
    if (!isFine) throw new Error(`the bridge ended with ${this.#ended}: ${this.#said}`);
    const { to } = JSON.parse(this.#statistics.trim().split('\n').at(-1));
    test.measured.bridge = {};
    for (const [device, way] of Object.entries(to)) {
      test.measured.bridge[device] = Object.fromEntries(kPrinted.map((name) => [name, way[name]]));
    }
  }
}
