// WHIP and WHEP with plain fetch, as pages without any library have them: one page publishes its
// camera, another plays it and chooses a layer, both restart ICE, and DELETE ends both.
import { launchChromium } from '../chromium.mjs';
import { startServer } from '../penstock_server.mjs';
import { require, until } from '../waiting.mjs';

const kFirstFrameMs = 20_000; // where browsers share two CPUs

// Runs in the page. What is sent by a PATCH comes from the offer: the m-line that has the transport.
async function whipClient({ endpoint, isPlayer }) {
  const connection = new RTCPeerConnection();
  const session = { connection, framesAt: () => session.stats('inbound-rtp', 'framesDecoded') };
  const request = async (method, url, headers = {}, body = undefined) => {
    const response = await fetch(url, { method, headers, body });
    return { response, text: await response.text() };
  };
  session.stats = async (type, member) => {
    for (const report of (await connection.getStats()).values()) {
      if (report.type === type && report.kind === 'video') return report[member] ?? 0;
    }
    return 0;
  };
  if (isPlayer) {
    for (const kind of ['audio', 'video']) connection.addTransceiver(kind, { direction: 'recvonly' });
    const stream = new MediaStream();
    connection.ontrack = ({ track }) => stream.addTrack(track);
    session.video = document.createElement('video');
    Object.assign(session.video, { srcObject: stream, muted: true, autoplay: true });
    document.body.append(session.video);
  } else {
    const camera = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    for (const track of camera.getTracks()) {
      connection.addTransceiver(track, { direction: 'sendonly', streams: [camera] });
    }
  }
  await connection.setLocalDescription();
  const { response, text } = await request('POST', endpoint, { 'Content-Type': 'application/sdp' },
    connection.localDescription.sdp);
  session.status = response.status;
  if (response.status !== 201) return Object.assign(session, { problem: text });
  session.url = new URL(response.headers.get('Location'), endpoint).href;
  session.etag = response.headers.get('ETag');
  await connection.setRemoteDescription({ type: 'answer', sdp: text });

  const lineOf = (sdp, prefix) => sdp.split('\r\n').find((line) => line.startsWith(prefix));
  session.restart = async () => {
    await connection.setLocalDescription(await connection.createOffer({ iceRestart: true }));
    const { sdp } = connection.localDescription;
    const fragment = [lineOf(sdp, 'a=ice-ufrag:'), lineOf(sdp, 'a=ice-pwd:'), lineOf(sdp, 'm='),
      lineOf(sdp, 'a=mid:'), ''].join('\r\n');
    const type = 'application/trickle-ice-sdpfrag';
    const { response: answer, text: theirs } = await request('PATCH', session.url,
      { 'Content-Type': type, 'If-Match': '*' }, fragment);
    if (answer.status !== 200) return answer.status;
    // The answer of before with the credentials of now.
    const next = connection.remoteDescription.sdp
      .replaceAll(/a=ice-ufrag:.*/g, lineOf(theirs, 'a=ice-ufrag:'))
      .replaceAll(/a=ice-pwd:.*/g, lineOf(theirs, 'a=ice-pwd:'));
    await connection.setRemoteDescription({ type: 'answer', sdp: next });
    return answer.status;
  };
  session.end = async () => (await request('DELETE', session.url)).response.status;
  session.listen = () => {
    session.heard = [];
    const events = new EventSource(`${session.url}/events`);
    for (const name of ['active', 'inactive', 'layers', 'reconnect']) {
      events.addEventListener(name, () => session.heard.push(name));
    }
  };
  return session;
}

// A page of the server's own, whose origin may use the API.
async function openPage(browser, server, options) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server.page);
  const state = await page.evaluate(`(async () => {
    window.session = await (${whipClient})(${JSON.stringify(options)});
    return { status: session.status, problem: session.problem, url: session.url };
  })()`);
  return { page, state, ask: (expression) => page.evaluate(`(async () => ${expression})()`) };
}

export async function whip(test) {
  const server = await startServer(test, {});
  const browser = await launchChromium(test);
  const base = server.page.replace(/\/$/, '');
  const empty = await fetch(`${base}/whep/1234`, { method: 'POST', headers: { 'Content-Type': 'application/sdp' } });
  require(empty.status === 409 && empty.headers.get('Retry-After'), 'without a publisher there is a 409');

  const publisher = await openPage(browser, server, { endpoint: `${base}/whip/1234`, isPlayer: false });
  require(publisher.state.status === 201, `WHIP: ${publisher.state.status} ${publisher.state.problem}`);
  const postedAt = Date.now();
  const player = await openPage(browser, server, { endpoint: `${base}/whep/1234`, isPlayer: true });
  require(player.state.status === 201, `WHEP: ${player.state.status} ${player.state.problem}`);
  await player.ask('session.listen()');
  const frames = () => player.ask('session.framesAt()');
  await until('the player to decode frames', kFirstFrameMs, async () => (await frames()) > 10, 100);
  test.measured.whep_ten_frames_ms = Date.now() - postedAt;
  await until('the player to hear that it is active', 10_000,
    async () => (await player.ask('session.heard')).includes('active'), 200);

  for (const [name, one] of Object.entries({ publisher, player })) {
    const status = await one.ask('session.restart()');
    require(status === 200, `the ${name}'s ICE restart is answered ${status}`);
    const before = await frames();
    await until(`frames after the ${name}'s ICE restart`, 10_000, async () => (await frames()) > before + 30, 200);
  }
  const lost = await player.ask("session.stats('inbound-rtp', 'packetsLost')");
  test.measured.lost_over_restarts = lost;
  require(lost === 0, `${lost} packets were lost over two ICE restarts`);

  require((await publisher.ask('session.end()')) === 200, 'DELETE ends the publisher');
  await until('the player to hear that nothing comes', 10_000,
    async () => (await player.ask('session.heard')).includes('inactive'), 200);
  require((await player.ask('session.end()')) === 200, 'DELETE ends the player');
  require((await fetch(player.state.url)).status === 404, 'what has ended is not found');
}
