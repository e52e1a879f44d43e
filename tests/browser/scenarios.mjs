// Every scenario, by the name that ctest knows it by: what the server runs on, and what happens.
import { bitrate } from './scenarios/bitrate.mjs';
import { call } from './scenarios/call.mjs';
import { frozen } from './scenarios/frozen.mjs';
import { makeVethPair } from './devices.mjs';
import { shortCall } from './scenarios/short_call.mjs';

export const scenarios = {
  call,
  frozen,

  // A room that does not fit a worker. Of three people who all receive each other, on two workers,
  // somebody receives from the other worker, however they are placed.
  two_workers: (test) =>
    shortCall(test, {
      config: { workers: { count: 2, room_peers_max: 1 } },
      names: ['Ada', 'Bob', 'Cleo'],
      ports: 2,
    }),

  aes_cm_hmac_sha1: (test) => {
    const srtp = 'AES128_CM_HMAC_SHA1_80';
    return shortCall(test, { config: { srtp: { profiles: [srtp] } }, srtp });
  },

  ipv6: (test) =>
    shortCall(test, { config: { port: { ipv4: '', host_ipv4: '' } }, address: 'fd00:198:18::2' }),

  af_xdp: (test) => {
    makeVethPair({ server: 'data0', host: 'host0', hostAddress: '198.18.0.1/24' });
    const port = { driver: 'net_af_xdp', interface: 'data0', ipv4: '198.18.0.2/24' };
    return shortCall(test, { config: { port } });
  },

  long_poll: (test) => shortCall(test, { signalling: 'http' }),

  bitrate,
};
