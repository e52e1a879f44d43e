// Debian's Janus Gateway with its VideoRoom, over WebSocket and HTTP, on ports beside Penstock's.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { until } from '../waiting.mjs';

const kStartTimeoutMs = 20_000;
export const kJanusPorts = { http: 18088, websocket: 18188 };

// Returns how to stop it. `rooms`: lines of the VideoRoom's configuration.
export async function startJanus(folder, rooms) {
  fs.rmSync(folder, { recursive: true, force: true });
  for (const below of ['plugins', 'transports', 'events', 'loggers']) fs.mkdirSync(path.join(folder, below), { recursive: true });
  for (const library of ['plugins/libjanus_videoroom.so', 'transports/libjanus_websockets.so', 'transports/libjanus_http.so']) link(folder, library);
  write(folder, 'janus.jcfg', `general: {
  configs_folder = "${folder}"
  plugins_folder = "${folder}/plugins"
  transports_folder = "${folder}/transports"
  events_folder = "${folder}/events"
  loggers_folder = "${folder}/loggers"
  debug_level = 3
}
nat: { ice_lite = true }
`);
  write(folder, 'janus.transport.websockets.jcfg', `general: { ws = true, ws_port = ${kJanusPorts.websocket}, wss = false }\n`);
  write(folder, 'janus.transport.http.jcfg', `general: { http = true, port = ${kJanusPorts.http}, https = false, base_path = "/janus" }\n`);
  write(folder, 'janus.plugin.videoroom.jcfg', rooms);
  const log = fs.openSync(path.join(folder, 'log'), 'w');
  const child = spawn('janus', ['-F', folder, '-C', `${folder}/janus.jcfg`], { stdio: ['ignore', log, log] });
  let ended;
  child.on('exit', (status, signal) => (ended = status ?? signal));
  child.on('error', (error) => (ended = `${error.message}; remedy: apt-get install janus`));
  await until(`Janus to answer; see ${folder}/log`, kStartTimeoutMs, async () => {
    if (ended !== undefined) throw new Error(`Janus ended with ${ended}; see ${folder}/log`);
    return fetch(`http://127.0.0.1:${kJanusPorts.http}/janus/info`).then((answer) => answer.ok, () => false);
  });
  return () => child.kill('SIGKILL'); // at its end it waits for its threads, and nothing of it is looked at
}

function write(folder, file, text) {
  fs.writeFileSync(path.join(folder, file), text);
}

// A folder with the libraries that are wanted is how the others are not loaded.
function link(folder, library) {
  const architecture = fs.readdirSync('/usr/lib').find((entry) => fs.existsSync(`/usr/lib/${entry}/janus/${library}`));
  if (!architecture) throw new Error(`there is no ${library}; remedy: apt-get install janus`);
  fs.symlinkSync(`/usr/lib/${architecture}/janus/${library}`, path.join(folder, library));
}
