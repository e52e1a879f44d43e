// What the network around the server needs, where the server does not make it itself.
import { execFileSync } from 'node:child_process';

const run = (program, ...parameters) => execFileSync(program, parameters, { stdio: 'pipe' });

// The two ends of a virtual cable, for drivers that want an existing device: one is the server's data
// port, the other is the host that the browsers are on.
export function makeVethPair({ server, host, hostAddress }) {
  // One queue each, so that everything arrives on the one that the server reads.
  const queues = ['numrxqueues', '1', 'numtxqueues', '1'];
  run('ip', 'link', 'add', host, ...queues, 'type', 'veth', 'peer', 'name', server, ...queues);
  run('ip', 'address', 'add', hostAddress, 'dev', host);
  run('ip', 'link', 'set', host, 'up');
  run('ip', 'link', 'set', server, 'up');
  // A veth device leaves checksums to hardware that is not there; the server checks them.
  run('ethtool', '--offload', host, 'tx', 'off');
}

// Firefox offers only the address of the default route to a page that captures no real device. This
// one leads nowhere but to the server.
export function makeDefaultRoute(gateway) {
  run('ip', 'route', 'add', 'default', 'via', gateway);
}
