// Somebody whose page sends its picture in two sizes and lists the small one first (simulcast, RFC
// 8853). Whoever receives it sees the large one.
import { launchChromium } from '../chromium.mjs';
import { sendInEncodings } from '../encodings.mjs';
import { Participant } from '../participant.mjs';
import { startServer } from '../penstock_server.mjs';
import { require, until } from '../waiting.mjs';

const kUpwards = [
  { rid: 'l', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: 'h', scaleResolutionDownBy: 1, maxBitrate: 1_500_000 },
];

const widths = async (participant, type) => {
  const { reports } = await participant.stats();
  return reports.filter((s) => s.type === type && s.kind === 'video' && s.frameWidth).map((s) => s.frameWidth);
};

export async function simulcast(test) {
  const server = await startServer(test, {});
  const browser = await launchChromium(test);
  const inject = [[sendInEncodings, kUpwards]];
  const ada = await Participant.join(test, browser, { page: server.page, name: 'Ada', inject });
  const bob = await Participant.join(test, browser, { page: server.page, name: 'Bob' });
  await Promise.all([ada, bob].map((one) => one.seesOthers(1)));

  const sent = await until('Ada to send both sizes', 20_000, async () => {
    const sizes = await widths(ada, 'outbound-rtp');
    return sizes.length === kUpwards.length && Math.max(...sizes) > Math.min(...sizes) && sizes;
  }, 200);
  const seen = await until(`Bob to see ${Math.max(...sent)} of ${sent}`, 20_000, async () => {
    const [width] = await widths(bob, 'inbound-rtp');
    return width === Math.max(...sent) && width;
  }, 200);
  test.measured.simulcast = { sent, seen };
  await bob.screenshot(test);
  for (const one of [ada, bob]) require(one.problems.length === 0, `${one.name}: ${one.problems}`);
}
