// The server under test: its configuration, its life, and what it leaves behind.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

import { until } from './waiting.mjs';

const kStartTimeoutMs = 10_000;
const kStopTimeoutMs = 1_000;

// Starts penstock with a configuration ({section: {key: value}}) and waits until it answers.
export async function startServer(test, config) {
  const configFile = test.output('penstock.toml');
  const logFile = test.output('penstock.log');
  writeFileSync(configFile, toToml(config));
  const log = openSync(logFile, 'w');
  const child = spawn(test.serverPath, ['--config', configFile], { stdio: ['ignore', log, log] });
  closeSync(log);
  let ended;
  const exit = new Promise((resolve) => {
    child.on('exit', (status, signal) => resolve((ended = status ?? signal)));
    child.on('error', (error) => resolve((ended = error.message)));
  });

  const server = {
    page: `${config.signalling?.tls_certificate ? 'https' : 'http'}://127.0.0.1:8088/`,
    // Lets it read its certificate again.
    reload: () => child.kill('SIGHUP'),
    // What Ctrl-C does: it has to end by itself within a second, and take its device with it.
    async stop() {
      if (ended !== undefined) throw new Error(`the server ended early with ${ended}; see ${logFile}`);
      const asked = Date.now();
      child.kill('SIGINT');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10 * kStopTimeoutMs);
      const status = await exit;
      clearTimeout(timer);
      test.measured.server_stop_ms = Date.now() - asked;
      if (status !== 0) throw new Error(`the server ended with ${status}; see ${logFile}`);
      if (!readFileSync(logFile, 'utf8').includes('lifetimes: every pool at its baseline, ')) {
        throw new Error(`the server leaves objects or packets behind; see ${logFile}`);
      }
      if (test.measured.server_stop_ms > kStopTimeoutMs) throw new Error('the server ended too late');
      const device = config.port?.interface ?? 'penstock0';
      if (config.port?.driver === undefined && existsSync(`/sys/class/net/${device}`)) {
        throw new Error(`the server left the device ${device} behind`);
      }
    },
  };
  test.cleanup(() => server.stop());
  await until(`the server to answer; see ${logFile}`, kStartTimeoutMs, async () => {
    if (ended !== undefined) {
      throw new Error(`the server ended with ${ended}:\n${readFileSync(logFile, 'utf8')}`);
    }
    return isAnswered(server.page);
  });
  return server;
}

// Whatever the certificate, which is self-signed.
function isAnswered(page) {
  const { get } = page.startsWith('https:') ? https : http;
  return new Promise((resolve) => {
    get(page, { rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => resolve(false));
  });
}

// JSON's strings, numbers, booleans and arrays of them are TOML's too. A section '[rooms]' is one entry of an array of tables.
function toToml(config) {
  const section = ([name, keys]) =>
    `[${name}]\n` + Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`).join('');
  return Object.entries(config).map(section).join('\n');
}
