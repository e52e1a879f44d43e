// A host of its own, in a network namespace of its own, at the far end of a bad line: what it sends to
// the server and gets from it goes over a bridge and through this host, which forwards it.
//
//   far0 198.19.0.2 (namespace "far") -- bad1 [bridge] bad0 -- home0 198.19.0.1 (this one) -- the server
import { Bridge } from './bridge.mjs';
import { makeCable, run } from './devices.mjs';

const kHere = '198.19.0.1';
const kThere = '198.19.0.2';

export async function makeFarHost(test) {
  const launcher = ['ip', 'netns', 'exec', 'far']; // of programs that are to run there
  run('mkdir', '-p', '/run/netns');
  run('mount', '-t', 'tmpfs', 'tmpfs', '/run/netns'); // the name is nobody else's: so are the mounts here
  run('ip', 'netns', 'add', 'far');
  // As in this namespace: in_namespace says why.
  const noDetection = ['all', 'default'].map((of) => `net.ipv6.conf.${of}.accept_dad=0`);
  run(...launcher, 'sysctl', '-qw', ...noDetection);
  makeCable('home0', 'bad0');
  makeCable('far0', 'bad1');
  run('ip', 'address', 'add', `${kHere}/24`, 'dev', 'home0');
  run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  run('ip', 'link', 'set', 'far0', 'netns', 'far');
  run(...launcher, 'ip', 'link', 'set', 'lo', 'up');
  run(...launcher, 'ip', 'link', 'set', 'far0', 'up');
  run(...launcher, 'ip', 'address', 'add', `${kThere}/24`, 'dev', 'far0');
  run(...launcher, 'ip', 'route', 'add', 'default', 'via', kHere);
  const bridge = await Bridge.start(test, ['bad0', 'bad1']);
  return {
    launcher,
    serverAddress: kHere, // for signalling, as seen from there
    // Rules for what it sends, what it gets, and both.
    uplink: (rule) => bridge.rule('bad0', rule),
    downlink: (rule) => bridge.rule('bad1', rule),
    bothWays: (rule) => bridge.rule('both', rule),
  };
}
