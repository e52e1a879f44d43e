// What the network around the server needs, where the server does not make it itself.
import { execFileSync } from 'node:child_process';

export const run = (program, ...parameters) => execFileSync(program, parameters, { stdio: 'pipe' });

// A virtual cable. Its end `host` is for a kernel; the end `other` for a program that reads past the
// kernel, which takes no address of its own there.
export function makeCable(host, other) {
  // One queue each, so that everything arrives on the one that the server reads.
  const queues = ['numrxqueues', '1', 'numtxqueues', '1'];
  run('ip', 'link', 'add', host, ...queues, 'type', 'veth', 'peer', 'name', other, ...queues);
  run('ip', 'link', 'set', other, 'addrgenmode', 'none');
  run('ip', 'link', 'set', host, 'up');
  run('ip', 'link', 'set', other, 'up');
  // A veth device leaves checksums to hardware that is not there; the server checks them.
  run('ethtool', '--offload', host, 'tx', 'off');
}

// A cable from the server's data port, for drivers that want an existing device, to the host that the
// browsers are on.
export function makeVethPair({ server, host, hostAddress }) {
  makeCable(host, server);
  run('ip', 'address', 'add', hostAddress, 'dev', host);
}

// Firefox offers only the address of the default route to a page that captures no real device. This
// one leads nowhere but to the server.
export function makeDefaultRoute(gateway) {
  run('ip', 'route', 'add', 'default', 'via', gateway);
}
