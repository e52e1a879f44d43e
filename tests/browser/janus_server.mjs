// Debian's Janus Gateway in the place of Penstock, for comparison: its VideoRoom and WebSocket transport,
// with Penstock's page in front of it.
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { startJanusProcess } from './janus_process.mjs';

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

// address: the one that it gets media on. room: {room, publishers, videocodec}, the one that there is.
export async function startJanus(test, { address, room }) {
  await startJanusProcess(test, {
    nat: ['ice_lite = true', `ice_enforce_list = "${address}"`],
    transports: {
      websockets: {
        general: ['ws = true', `ws_port = ${kWebSocketPort}`, 'wss = false'],
        admin: ['admin_ws = false', 'admin_wss = false'],
      },
    },
    videoroom: {
      general: [],
      [`room-${room.room}`]: [
        `publishers = ${room.publishers}`,
        `videocodec = "${room.videocodec}"`,
        'record = false',
      ],
    },
    isUp: takesConnections,
  });
  await servePage(test);
  return { page: `http://127.0.0.1:${kPagePort}/` };
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
