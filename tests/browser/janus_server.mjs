// Debian's Janus Gateway in the place of Penstock, for comparison: its VideoRoom and WebSocket transport,
// with Penstock's page in front of it.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { until } from './waiting.mjs';

const kStartTimeoutMs = 10_000;
const kStopTimeoutMs = 20_000;
const kPagePort = 8088;
const kWebSocketPort = 8188;
const kWeb = fileURLToPath(new URL('../../web/', import.meta.url));
const kLibraries = {
  'janus.js': 'node_modules/janus-gateway/npm/dist/janus.es.js',
  'adapter.js': 'node_modules/webrtc-adapter/out/adapter.js',
};
const kTypes = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const kFolders = ['plugins', 'transports', 'events', 'loggers'];

// address: the one that it gets media on. room: {room, publishers, videocodec}, the one that there is.
export async function startJanus(test, { address, room }) {
  const folder = test.output('janus');
  fs.rmSync(folder, { recursive: true, force: true });
  writeConfig(folder, { address, room });
  const log = fs.openSync(test.output('janus.log'), 'w');
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
  await until(`Janus to answer; see ${test.output('janus.log')}`, kStartTimeoutMs, () => {
    if (ended !== undefined) throw new Error(`Janus ended with ${ended}; see ${test.output('janus.log')}`);
    return takesConnections();
  });
  await servePage(test);
  return { page: `http://127.0.0.1:${kPagePort}/` };
}

function writeConfig(folder, { address, room }) {
  const kinds = kFolders.map((kind) => [kind, path.join(folder, kind)]);
  for (const [, below] of kinds) fs.mkdirSync(below, { recursive: true });
  linkLibrary(folder, 'plugins', 'libjanus_videoroom.so');
  linkLibrary(folder, 'transports', 'libjanus_websockets.so');
  const folders = kinds.map(([kind, below]) => `${kind}_folder = "${below}"`);
  write(folder, 'janus.jcfg', {
    general: [`configs_folder = "${folder}"`, ...folders, 'debug_level = 3'],
    nat: ['ice_lite = true', `ice_enforce_list = "${address}"`],
    events: ['broadcast = false'],
  });
  write(folder, 'janus.transport.websockets.jcfg', {
    general: ['ws = true', `ws_port = ${kWebSocketPort}`, 'wss = false'],
    admin: ['admin_ws = false', 'admin_wss = false'],
  });
  write(folder, 'janus.plugin.videoroom.jcfg', {
    general: [],
    [`room-${room.room}`]: [
      `publishers = ${room.publishers}`,
      `videocodec = "${room.videocodec}"`,
      'record = false',
    ],
  });
}

function write(folder, file, sections) {
  const section = ([name, lines]) => `${name}: {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
  fs.writeFileSync(path.join(folder, file), Object.entries(sections).map(section).join(''));
}

// A folder with one library is how the others are not loaded.
function linkLibrary(folder, kind, name) {
  const architectures = fs.readdirSync('/usr/lib').filter((entry) => entry.endsWith('-linux-gnu'));
  for (const architecture of architectures) {
    fs.symlinkSync(`/usr/lib/${architecture}/janus/${kind}/${name}`, path.join(folder, kind, name));
  }
}

function takesConnections() {
  return new Promise((resolve) => {
    const socket = net.connect(kWebSocketPort, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

// What Penstock would serve.
async function servePage(test) {
  const server = http.createServer((request, response) => {
    const name = new URL(request.url, 'http://page').pathname.slice(1) || 'index.html';
    if (name === 'config.json') return response.end(JSON.stringify({ websocket_port: kWebSocketPort }));
    const type = kTypes[path.extname(name)];
    if (!type || name.includes('/')) return response.writeHead(404).end();
    response.setHeader('Content-Type', type);
    return response.end(fs.readFileSync(path.join(kWeb, kLibraries[name] ?? name)));
  });
  await new Promise((resolve) => server.listen(kPagePort, '0.0.0.0', resolve));
  test.cleanup(() => server.close());
}
