// Debian's Janus Gateway with its VideoRoom and the transports that are asked for, with a
// configuration and a log of its own.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { until } from './waiting.mjs';

const kStartTimeoutMs = 20_000;
const kStopTimeoutMs = 20_000;
const kFolders = ['plugins', 'transports', 'events', 'loggers'];

// transports: {websockets: {general: [line...], ...}}, likewise nat, videoroom: sections of a file.
// isUp: whether it answers. It ends with the test.
export async function startJanusProcess(test, { nat, transports, videoroom, isUp }) {
  const folder = test.output('janus');
  const logFile = test.output('janus.log');
  fs.rmSync(folder, { recursive: true, force: true });
  writeConfig(folder, { nat, transports, videoroom });
  const log = fs.openSync(logFile, 'w');
  const command = ['-F', folder, '-C', path.join(folder, 'janus.jcfg')];
  const child = spawn('janus', command, { stdio: ['ignore', log, log] });
  fs.closeSync(log);
  let ended;
  child.on('exit', (status, signal) => (ended = status ?? signal));
  child.on('error', (error) => (ended = `${error.message}; remedy: apt-get install janus`));
  test.cleanup(async () => {
    child.kill('SIGTERM');
    await until('Janus to end', kStopTimeoutMs, () => ended !== undefined);
  });
  await until(`Janus to answer; see ${logFile}`, kStartTimeoutMs, () => {
    if (ended !== undefined) throw new Error(`Janus ended with ${ended}; see ${logFile}`);
    return isUp();
  });
}

function writeConfig(folder, { nat, transports, videoroom }) {
  const kinds = kFolders.map((kind) => [kind, path.join(folder, kind)]);
  for (const [, below] of kinds) fs.mkdirSync(below, { recursive: true });
  linkLibrary(folder, 'plugins', 'libjanus_videoroom.so');
  const folders = kinds.map(([kind, below]) => `${kind}_folder = "${below}"`);
  write(folder, 'janus.jcfg', {
    general: [`configs_folder = "${folder}"`, ...folders, 'debug_level = 3'],
    nat,
    events: ['broadcast = false'],
  });
  for (const [name, sections] of Object.entries(transports)) {
    linkLibrary(folder, 'transports', `libjanus_${name}.so`);
    write(folder, `janus.transport.${name}.jcfg`, sections);
  }
  write(folder, 'janus.plugin.videoroom.jcfg', videoroom);
}

function write(folder, file, sections) {
  const section = ([name, lines]) => `${name}: {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
  fs.writeFileSync(path.join(folder, file), Object.entries(sections).map(section).join(''));
}

// A folder with the libraries that are wanted is how the others are not loaded.
function linkLibrary(folder, kind, name) {
  const architectures = fs.readdirSync('/usr/lib').filter((entry) => entry.endsWith('-linux-gnu'));
  for (const architecture of architectures) {
    fs.symlinkSync(`/usr/lib/${architecture}/janus/${kind}/${name}`, path.join(folder, kind, name));
  }
}
