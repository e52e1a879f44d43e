// Everything that applications do with janus.js, in one page of a browser, over a WebSocket and over
// HTTP: two publish, one of them in
// simulcast and with a data channel; a third handle receives them, and changes what it receives.
import { launchChromium } from '../chromium.mjs';
import { makeDefaultRoute } from '../devices.mjs';
import { launchFirefox } from '../firefox.mjs';
import { openJanusJs } from '../janus_js_page.mjs';
import { startServer } from '../penstock_server.mjs';

const kSecret = 'secret of the room';

// Runs in the page. Returns what was done; throws at what does not work.
async function useEverything(client, secret) {
  const done = [];
  const { room, change, hear, seesMore, send, until, video } = client;
  const ada = await client.publish('Ada', { isSimulcast: true, hasData: true });
  const bob = await client.publish('Bob');
  await hear(ada, 'Bob is announced', ({ publishers }) => publishers?.some(({ id }) => id === bob.id));
  done.push('publish');

  const viewer = await client.subscribe([ada.id]);
  const midOf = (event, feed, type) => event.streams.find((s) => s.feed_id === feed && s.type === type && s.active)?.mid;
  const video0 = midOf(viewer.told.find(({ videoroom }) => videoroom === 'attached'), ada.id, 'video');
  await seesMore(viewer, video0);
  done.push('subscribe');

  await until('data of Ada', () => {
    ada.plugin.data({ text: 'to all who receive Ada' });
    return viewer.texts.includes('to all who receive Ada');
  });
  done.push('data');

  for (const substream of [0, 1]) {
    const from = viewer.told.length;
    await send(viewer, { request: 'configure', mid: video0, substream });
    await hear(viewer, `substream ${substream}`, (event) => event.substream === substream && event.mid === video0, from);
    await seesMore(viewer, video0);
  }
  done.push('simulcast');

  const updated = await change(viewer, { request: 'update', subscribe: [{ feed: bob.id }] }, 'streams');
  const video1 = midOf(updated, bob.id, 'video');
  await seesMore(viewer, video1);
  done.push('update');

  await change(viewer, { request: 'switch', streams: [{ feed: bob.id, mid: '1', sub_mid: video0 }] }, 'switched');
  await seesMore(viewer, video0);
  done.push('switch');

  await change(viewer, { request: 'unsubscribe', streams: [{ sub_mid: video1 }] }, 'streams');
  const { framesDecoded } = await video(viewer, video1);
  await seesMore(viewer, video0);
  if ((await video(viewer, video1)).framesDecoded > framesDecoded + 1) throw new Error('what was left still comes');
  done.push('unsubscribe');

  await send(ada, { request: 'moderate', room, secret, id: bob.id, mid: '0', mute: true });
  for (const one of [ada, bob]) {
    await hear(one, 'the moderation', ({ moderation, id, mid }) => moderation === 'muted' && id === bob.id && mid === '0');
  }
  done.push('moderate');

  await send(ada, { request: 'kick', room, secret, id: bob.id });
  await hear(bob, 'to be kicked', ({ leaving, reason }) => leaving === 'ok' && reason === 'kicked');
  await hear(ada, 'that Bob is kicked', ({ kicked }) => kicked === bob.id);
  done.push('kick');
  return done;
}

export async function janusJs(test, { browser }) {
  const server = await startServer(test, { port: { ipv6: '', host_ipv6: '' }, '[rooms]': { room: 1234, secret: kSecret } });
  if (browser === 'firefox') makeDefaultRoute('198.18.0.2');
  const launched = await (browser === 'firefox' ? launchFirefox : launchChromium)(test);
  test.measured.done = {};
  for (const address of ['ws://127.0.0.1:8188', `${server.page}janus`]) {
    const page = await (await launched.newContext()).newPage();
    await page.goto(server.page);
    test.measured.done[address] = await page.evaluate(new Function(`return (async () => {
      const client = await (${openJanusJs})(${JSON.stringify({ server: address })});
      return (${useEverything})(client, ${JSON.stringify(kSecret)});
    })();`));
    await page.goto('about:blank');
  }
}
