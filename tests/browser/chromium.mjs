// Chromium, headless, with a fake camera and microphone, as an operating-system process that can be
// killed. Several participants can share one, each in a browsing context of its own.
import { writeFileSync } from 'node:fs';

import { chromium } from 'playwright-core';

const kChromium = '/usr/bin/chromium';
const kFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--use-fake-ui-for-media-stream',
  '--allow-loopback-in-peer-connection',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  // Nothing of its own on the network.
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

// camera: a .y4m file to show instead of the built-in pattern, which has `framesPerSecond`.
// launcher: a command that starts the one behind it, elsewhere. trusted: the address of a page that may
// have a camera without TLS. takesAnyCertificate: of servers with TLS.
export async function launchChromium(test, options = {}) {
  const { camera, framesPerSecond = 20, launcher, trusted, takesAnyCertificate = false } = options;
  const args = [...kFlags, `--use-fake-device-for-media-stream=fps=${framesPerSecond}`];
  if (camera) args.push(`--use-file-for-fake-video-capture=${camera}`);
  if (trusted) args.push(`--unsafely-treat-insecure-origin-as-secure=${new URL(trusted).origin}`);
  const launched = await chromium.launchServer({
    executablePath: launcher ? writeLauncher(test, launcher) : kChromium,
    headless: true,
    args,
    handleSIGINT: false,
    handleSIGTERM: false,
  });
  let killed = false;
  const browser = await chromium.connect(launched.wsEndpoint());
  test.cleanup(() => killed || launched.close());
  return {
    newContext: () => browser.newContext({
      viewport: { width: 1280, height: 800 },
      ignoreHTTPSErrors: takesAnyCertificate,
    }),
    // Ends every process of the browser at once: it says no goodbye, but the kernel closes its sockets.
    kill() {
      killed = true;
      process.kill(-launched.process().pid, 'SIGKILL');
    },
    // Stops every process of the browser: as if its machine lost its network.
    freeze() {
      process.kill(-launched.process().pid, 'SIGSTOP');
      test.cleanup(() => this.kill());
    },
  };
}

function writeLauncher(test, launcher) {
  const file = test.output(`chromium-${launcher.at(-1)}`);
  writeFileSync(file, `#!/bin/sh\nexec ${launcher.join(' ')} ${kChromium} "$@"\n`, { mode: 0o755 });
  return file;
}
