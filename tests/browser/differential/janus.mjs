// Janus on ports beside Penstock's, over WebSocket and HTTP.
import { startJanusProcess } from '../janus_process.mjs';

export const kJanusPorts = { http: 18088, websocket: 18188 };

// `room`: {room, description, secret, publishers, audiocodec, videocodec}, the one that there is.
export function startJanus(test, room) {
  const { http, websocket } = kJanusPorts;
  return startJanusProcess(test, {
    nat: ['ice_lite = true'],
    transports: {
      websockets: { general: ['ws = true', `ws_port = ${websocket}`, 'wss = false'] },
      http: { general: ['http = true', `port = ${http}`, 'https = false', 'base_path = "/janus"'] },
    },
    videoroom: {
      general: [],
      [`room-${room.room}`]: [
        `description = "${room.description}"`,
        `secret = "${room.secret}"`,
        `publishers = ${room.publishers}`,
        `audiocodec = "${room.audiocodec.join()}"`,
        `videocodec = "${room.videocodec.join()}"`,
        'record = false',
      ],
    },
    isUp: () => fetch(`http://127.0.0.1:${http}/janus/info`).then(({ ok }) => ok, () => false),
  });
}
