// Data channels of a browser to a browser: text, binary, empty and large messages, a channel that is
// neither ordered nor reliable, and one that closes. Beside them silence, so that the connections are
// like those of a call.
import { launchChromium } from '../chromium.mjs';
import { makeDefaultRoute } from '../devices.mjs';
import { launchFirefox } from '../firefox.mjs';
import { JanusSession } from '../janus_session.mjs';
import { startServer } from '../penstock_server.mjs';
import { require, until } from '../waiting.mjs';

const kRoom = 1234;
const kPatienceMs = 30_000;
const kLargeBytes = 262_144;

export async function data(test, { config, receiver }) {
  const server = await startServer(test, config);
  if (receiver === 'firefox') makeDefaultRoute('198.18.0.2');
  const sending = await openPage(await launchChromium(test), server);
  const receiving =
    receiver === 'firefox' ? await openPage(await launchFirefox(test), server)
    : await openPage(await launchChromium(test), server);
  const sessions = await Promise.all([JanusSession.open(), JanusSession.open()]);
  const feed = await publish(sending, sessions[0]);
  await subscribe(receiving, sessions[1], feed);

  const label = `${feed}`;
  const fast = `${feed}/fast`;
  const channels = await until('the channels', kPatienceMs, async () => {
    const found = await run(receiving, listChannels);
    return found[label]?.open && found[fast]?.open && found;
  });
  test.measured.channels = channels;
  require(channels[label].ordered && channels[label].maxRetransmits === null, 'the first is reliable');
  require(!channels[fast].ordered && channels[fast].maxRetransmits === 0, 'the other is as it was made');
  require(channels[fast].protocol === 'p', 'its protocol is passed on');

  // By itself: behind a large message it would be too old when its turn comes, and be dropped.
  await run(sending, sendFast);
  await until('the unreliable message', kPatienceMs, async () => (await run(receiving, listMessages)).length === 1);
  await run(sending, sendMessages, kLargeBytes);
  const received = await until('the messages', kPatienceMs, async () => {
    const messages = (test.measured.messages = await run(receiving, listMessages));
    return messages.length >= 7 && messages;
  });
  const of = (name) => received.filter((message) => message.label === name).map((message) => message.text);
  const expected = ['text hello', 'text ', 'binary 1,2,255', 'binary ', `binary ${kLargeBytes} bytes`, 'text after'];
  require(of(label).join('|') === expected.join('|'), 'everything arrives in order');
  require(of(fast).join('|') === 'text fast', 'the unreliable one as well');

  await run(sending, closeFast);
  await until('the channel to close', kPatienceMs, async () => {
    const found = await run(receiving, listChannels);
    return found[fast].closed && found[label].open;
  });
  require(sessions.every((session) => session.hangups.length === 0), 'nobody is hung up on');
  for (const session of sessions) session.close();
}

async function openPage(browser, server) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server.page);
  return page;
}

// Both drivers take a function without arguments, and its text.
const run = (page, action, argument) =>
  page.evaluate(new Function(`return (${action})(${JSON.stringify(argument)});`));

async function publish(page, session) {
  const joined = await session.request({ request: 'join', ptype: 'publisher', room: kRoom });
  const offer = await run(page, makeOffer);
  const { data, jsep } = await session.request({ request: 'publish' }, offer);
  const stream = data.streams.find(({ type }) => type === 'data');
  require(stream && !stream.disabled, 'data is among the streams');
  await run(page, (answer) => window.peer.setRemoteDescription(answer), jsep);
  return joined.data.id;
}

async function subscribe(page, session, feed) {
  const { data, jsep } = await session.request({
    request: 'join',
    ptype: 'subscriber',
    room: kRoom,
    streams: [{ feed }],
  });
  const stream = data.streams.find(({ type }) => type === 'data');
  require(stream?.sources === 1 && stream.source_ids[0] === feed, 'the m-line names its source');
  await session.request({ request: 'start' }, await run(page, makeAnswer, jsep));
}

// --- In the page --------------------------------------------------------------------------------

async function makeOffer() {
  const peer = (window.peer = new RTCPeerConnection());
  peer.addTransceiver('audio', { direction: 'sendonly' });
  window.channel = peer.createDataChannel('JanusDataChannel');
  window.fast = peer.createDataChannel('fast', { ordered: false, maxRetransmits: 0, protocol: 'p' });
  await peer.setLocalDescription(await peer.createOffer());
  return { type: 'offer', sdp: peer.localDescription.sdp };
}

async function makeAnswer(offer) {
  const peer = (window.peer = new RTCPeerConnection());
  window.channels = {};
  window.messages = [];
  peer.ondatachannel = ({ channel }) => {
    const { label } = channel;
    window.channels[label] = channel;
    channel.binaryType = 'arraybuffer';
    channel.onmessage = ({ data }) => {
      if (typeof data === 'string') return window.messages.push({ label, text: `text ${data}` });
      const bytes = new Uint8Array(data);
      const wrong = bytes.findIndex((byte, i) => byte !== (i * 7) % 251);
      const large = wrong < 0 ? `${bytes.length} bytes` : `${bytes.length} bytes, wrong from ${wrong}`;
      window.messages.push({ label, text: `binary ${bytes.length > 10 ? large : [...bytes]}` });
    };
  };
  await peer.setRemoteDescription(offer);
  await peer.setLocalDescription(await peer.createAnswer());
  return { type: 'answer', sdp: peer.localDescription.sdp };
}

function listChannels() {
  const describe = (channel) => ({
    open: channel.readyState === 'open',
    closed: channel.readyState === 'closed',
    ordered: channel.ordered,
    maxRetransmits: channel.maxRetransmits,
    protocol: channel.protocol,
  });
  const entries = Object.entries(window.channels ?? {});
  return Object.fromEntries(entries.map(([label, channel]) => [label, describe(channel)]));
}

function listMessages() {
  return window.messages;
}

function sendMessages(largeBytes) {
  const { channel } = window;
  channel.send('hello');
  channel.send('');
  channel.send(new Uint8Array([1, 2, 255]));
  channel.send(new Uint8Array([]));
  channel.send(Uint8Array.from({ length: largeBytes }, (_, i) => (i * 7) % 251));
  channel.send('after');
}

function sendFast() {
  window.fast.send('fast');
}

function closeFast() {
  window.fast.close();
}
