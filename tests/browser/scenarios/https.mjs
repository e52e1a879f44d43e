// Someone joins from another machine, as with tools/run --lan: media goes over the kernel's sockets, on
// the server's own addresses. Chromium lets the page use its camera only because it comes over
// https, and its WebSocket, wss, lives on when the server gets another certificate.
import { launchChromium } from '../chromium.mjs';
import { makeFarHost } from '../far_host.mjs';
import { Participant } from '../participant.mjs';
import { startServer } from '../penstock_server.mjs';
import { makeTlsFiles } from '../tls_files.mjs';
import { require } from '../waiting.mjs';

export async function https(test) {
  const far = await makeFarHost(test);
  const { certificate, key } = makeTlsFiles(test);
  const server = await startServer(test, {
    port: { driver: 'sockets' },
    signalling: { address: '0.0.0.0', tls_certificate: certificate, tls_key: key },
  });
  const there = await launchChromium(test, { launcher: far.launcher, takesAnyCertificate: true });
  const here = await launchChromium(test, { takesAnyCertificate: true });
  const page = `https://${far.serverAddress}:8088/`;
  const ada = await Participant.join(test, there, { page, name: 'Ada' });
  await ada.publishes(20_000);
  require(await ada.page.evaluate(() => window.isSecureContext), 'the page has a secure context');
  const bob = await Participant.join(test, here, { page: server.page, name: 'Bob' });
  await Promise.all([ada, bob].map((one) => one.seesOthers(1)));

  makeTlsFiles(test);
  server.reload();
  const cleo = await Participant.join(test, here, { page: server.page, name: 'Cleo', server: 'http' });
  await Promise.all([ada, bob, cleo].map((one) => one.seesOthers(2)));
  for (const one of [ada, bob, cleo]) require(one.problems.length === 0, `${one.name}: ${one.problems}`);
  await ada.screenshot(test);
}
