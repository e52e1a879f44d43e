// A host of its own, in a network namespace of its own, at the far end of a bad line: what it sends to
// the server and gets from it goes over a bridge and through this host, which forwards it.
//
//   far0 198.19.0.2 (namespace "far") -- bad1 [bridge] bad0 -- near0 198.19.0.1 (this one) -- the server
//
// There can be several, each with a name, a network and a bridge of its own.
import { Bridge } from './bridge.mjs';
import { makeCable, run } from './devices.mjs';

let made = 0;

// Of the same names there is but one in a test.
export async function makeFarHost(test, name = 'far') {
  const number = made++;
  const here = `198.19.${number}.1`;
  const there = `198.19.${number}.2`;
  const [near0, far0] = [`near${number}`, `far${number}`];
  const [bad0, bad1] = [`bad${2 * number}`, `bad${2 * number + 1}`];
  const launcher = ['ip', 'netns', 'exec', name]; // of programs that are to run there
  if (number === 0) {
    run('mkdir', '-p', '/run/netns');
    run('mount', '-t', 'tmpfs', 'tmpfs', '/run/netns'); // the names are nobody else's: so are the mounts here
  }
  run('ip', 'netns', 'add', name);
  // As in this namespace: in_namespace says why.
  const noDetection = ['all', 'default'].map((of) => `net.ipv6.conf.${of}.accept_dad=0`);
  run(...launcher, 'sysctl', '-qw', ...noDetection);
  makeCable(near0, bad0);
  makeCable(far0, bad1);
  run('ip', 'address', 'add', `${here}/24`, 'dev', near0);
  run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  run('ip', 'link', 'set', far0, 'netns', name);
  run(...launcher, 'ip', 'link', 'set', 'lo', 'up');
  run(...launcher, 'ip', 'link', 'set', far0, 'up');
  run(...launcher, 'ip', 'address', 'add', `${there}/24`, 'dev', far0);
  run(...launcher, 'ip', 'route', 'add', 'default', 'via', here);
  const bridge = await Bridge.start(test, [bad0, bad1]);
  return {
    launcher,
    serverAddress: here, // for signalling, as seen from there
    // Rules for what it sends, what it gets, and both.
    uplink: (rule) => bridge.rule(bad0, rule),
    downlink: (rule) => bridge.rule(bad1, rule),
    bothWays: (rule) => bridge.rule('both', rule),
  };
}
