// What the network around the server needs, where the server does not make it itself.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

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

// One in twenty of the large packets that arrive on the device is lost from now on.
export function loseSomeVideo(device, program) {
  const source = fileURLToPath(new URL('lossy_link.c', import.meta.url));
  run('clang-19', '-O2', '-g', '-target', 'bpf', '-c', source, '-o', program);
  run('mount', '-t', 'bpf', 'bpf', '/sys/fs/bpf'); // ours: so is /sys
  run('ip', 'link', 'set', 'dev', device, 'xdpgeneric', 'obj', program, 'sec', 'xdp');
}

// Firefox offers only the address of the default route to a page that captures no real device. This
// one leads nowhere but to the server.
export function makeDefaultRoute(gateway) {
  run('ip', 'route', 'add', 'default', 'via', gateway);
}
