// Every scenario, by the name that ctest knows it by: what the server runs on, and what happens.
import { bitrate } from './scenarios/bitrate.mjs';
import { bitrateLimit } from './scenarios/bitrate_limit.mjs';
import { call } from './scenarios/call.mjs';
import { data } from './scenarios/data.mjs';
import { firefox } from './scenarios/firefox.mjs';
import { frozen } from './scenarios/frozen.mjs';
import { https } from './scenarios/https.mjs';
import { janode } from './scenarios/janode.mjs';
import { janusJs } from './scenarios/janus_js.mjs';
import { layers, scalable720p, simulcastOf720p } from './scenarios/layers.mjs';
import { libdatachannel } from './scenarios/libdatachannel.mjs';
import { librariesOverEveryApi } from './scenarios/libraries.mjs';
import { lossIn } from './scenarios/loss_in.mjs';
import { lossy } from './scenarios/lossy.mjs';
import { makeVethPair } from './devices.mjs';
import { red } from './scenarios/red.mjs';
import { shortCall } from './scenarios/short_call.mjs';
import { simulcast } from './scenarios/simulcast.mjs';
import { whip } from './scenarios/whip.mjs';

// By default the server has an IPv4 and an IPv6 address, and Chromium takes the latter. So the others
// have one address only, and both families are tried.
const kIpv4 = { ipv6: '', host_ipv6: '' };
const kIpv6 = { ipv4: '', host_ipv4: '' };

// A room with one video codec: what it is, the server passes on.
const roomWith = (videocodec) => ({ room: 1234, videocodec: [videocodec] });

export const scenarios = {
  call,
  frozen,

  // A room that does not fit a worker. Of three people who all receive each other, on two workers,
  // somebody receives from the other worker, however they are placed.
  two_workers: (test) =>
    shortCall(test, {
      config: { port: kIpv4, workers: { count: 2, room_peers_max: 1 } },
      names: ['Ada', 'Bob', 'Cleo'],
      ports: 2,
    }),

  // Each codec, on a server that differs in something else as well, which the codec does not touch.
  vp9_in_aes_cm: (test) => {
    const srtp = 'AES128_CM_HMAC_SHA1_80';
    const config = { port: kIpv4, srtp: { profiles: [srtp] }, '[rooms]': roomWith('vp9') };
    return shortCall(test, { config, srtp, codec: 'video/VP9' });
  },
  h264_over_ipv6: (test) => {
    const config = { port: kIpv6, '[rooms]': roomWith('h264') };
    return shortCall(test, { config, addresses: ['fd00:198:18::2'], codec: 'video/H264' });
  },
  av1_by_long_poll: (test) => {
    const config = { port: kIpv4, '[rooms]': roomWith('av1') };
    return shortCall(test, { config, signalling: 'http', codec: 'video/AV1' });
  },

  af_xdp: (test) => {
    makeVethPair({ server: 'data0', host: 'host0', hostAddress: '198.18.0.1/24' });
    const port = { driver: 'net_af_xdp', interface: 'data0', ipv4: '198.18.0.2/24' };
    return shortCall(test, { config: { port } });
  },

  lossy,
  loss_in: lossIn,
  simulcast,
  whip,
  layers_vp8: (test) => layers(test, { codec: 'vp8', encodings: simulcastOf720p }),
  layers_h264: (test) => layers(test, { codec: 'h264', encodings: simulcastOf720p }),
  layers_vp9: (test) => layers(test, { codec: 'vp9', encodings: scalable720p('L3T3_KEY') }),
  layers_av1: (test) => layers(test, { codec: 'av1', encodings: scalable720p('L3T3') }),
  layers_firefox: (test) => layers(test, { codec: 'vp8', encodings: simulcastOf720p, publisher: 'firefox' }),
  layers_lossy: (test) => layers(test, { codec: 'vp8', encodings: simulcastOf720p, isLossy: true }),

  red: (test) => red(test, { config: { port: kIpv4 } }),

  data: (test) => data(test, { config: { port: kIpv4 } }),
  data_to_firefox: (test) => data(test, { config: { port: kIpv4 }, receiver: 'firefox' }),

  firefox: (test) => firefox(test, { config: { port: kIpv4 } }),

  libdatachannel: (test) =>
    libdatachannel(test, { config: { port: kIpv4, '[rooms]': roomWith('h264') } }),

  janus_js: (test) => janusJs(test, { browser: 'chromium' }),
  janus_js_in_firefox: (test) => janusJs(test, { browser: 'firefox' }),

  libraries: (test) => librariesOverEveryApi(test, { config: { port: kIpv4 } }),

  janode: (test) => janode(test, { config: { port: kIpv4 } }),

  https,

  bitrate,
  bitrate_limit: bitrateLimit,
};
