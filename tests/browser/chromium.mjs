// Chromium, headless, with a fake camera and microphone, as an operating-system process that can be
// killed. Several participants can share one, each in a browsing context of its own.
import { chromium } from 'playwright-core';

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

// camera: a .y4m file to show instead of the built-in pattern (20 frames a second).
export async function launchChromium(test, { camera } = {}) {
  const args = [...kFlags, '--use-fake-device-for-media-stream'];
  if (camera) args.push(`--use-file-for-fake-video-capture=${camera}`);
  const launched = await chromium.launchServer({
    executablePath: '/usr/bin/chromium',
    headless: true,
    args,
    handleSIGINT: false,
    handleSIGTERM: false,
  });
  let killed = false;
  const browser = await chromium.connect(launched.wsEndpoint());
  test.cleanup(() => killed || launched.close());
  return {
    newContext: () => browser.newContext({ viewport: { width: 1280, height: 800 } }),
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
