// One person in a call: the server's own page, driven as that person would.
import { observePeerConnections, readStats } from './observer.mjs';
import { until } from './waiting.mjs';

// Chromium's timestamps are of the system's monotonic clock, as are those of hrtime.
const kMonotonicToWallMs = Date.now() - Number(process.hrtime.bigint()) / 1e6;

export class Participant {
  // Opens the page and joins. server: 'ws' (default) or 'http', the transport of the Janus API.
  // inject: [function, argument] pairs that are called in the page before its own scripts.
  static async join(test, browser, { page: address, name, room = 1234, server = 'ws', inject = [] }) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const participant = new Participant(name, context, page);
    test.participants.push(participant);
    await participant.#watchWebSockets();
    for (const [script, argument] of inject) await page.addInitScript(script, argument);
    await page.addInitScript(observePeerConnections);
    const query = new URLSearchParams({ room, name, autojoin: 1, server });
    participant.openedAt = Date.now();
    await page.goto(`${address}?${query}`);
    return participant;
  }

  constructor(name, context, page) {
    this.name = name;
    this.context = context;
    this.page = page;
    this.messages = []; // of the Janus API: {at, sent, message}
    this.problems = []; // what the page wrote to its console as errors
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('console', (line) => line.type() === 'error' && this.problems.push(line.text()));
    page.on('request', (request) => this.#note(true, request.postData()));
    page.on('response', async (response) => {
      const at = Date.now();
      if (response.headers()['content-type']?.includes('json')) {
        this.#note(false, await response.text().catch(() => undefined), at);
      }
    });
  }

  // Through Chromium's own protocol, whose events say when they were: a busy machine may bring them here
  // much later. (Firefox has nothing like it, and its messages stay unseen.)
  async #watchWebSockets() {
    if (!this.context.newCDPSession) return;
    const session = await this.context.newCDPSession(this.page);
    const note = (sent) => ({ timestamp, response }) =>
      this.#note(sent, response.payloadData, timestamp * 1000 + kMonotonicToWallMs);
    session.on('Network.webSocketFrameSent', note(true));
    session.on('Network.webSocketFrameReceived', note(false));
    await session.send('Network.enable');
  }

  #note(sent, text, at = Date.now()) {
    if (!text) return;
    try {
      for (const message of [JSON.parse(text)].flat()) this.messages.push({ at, sent, message });
    } catch {
      this.problems.push(`not JSON: ${String(text).slice(0, 200)}`);
    }
  }

  // When this page asked to join the room.
  get joinSentAt() {
    return this.messages.find(({ sent, message }) => sent && message.body?.request?.startsWith('join'))?.at;
  }

  // This page's id in the room, from the answer to its join.
  get id() {
    const joined = ({ message }) => message.plugindata?.data?.videoroom === 'joined';
    return this.messages.find(joined)?.message.plugindata.data.id;
  }

  // When this page was told that someone left, or nothing.
  toldThatLeft(id) {
    const left = ({ message }) => {
      const data = message.plugindata?.data;
      return data?.unpublished === id || data?.leaving === id;
    };
    return this.messages.find(left)?.at;
  }

  // Waits until this page is told that another one left, and returns when.
  untilToldThatLeft(other, timeoutMs) {
    const { id } = other;
    if (id === undefined) throw new Error(`${other.name} has no id in the room`);
    return until(`${this.name} to be told that ${other.name} left`, timeoutMs, () => this.toldThatLeft(id));
  }

  stats() {
    return this.page.evaluate(readStats);
  }

  // The time of the first video frame decoded from anybody.
  firstFrame(timeoutMs) {
    return until(`${this.name} to see a first frame`, timeoutMs, () =>
      this.page.evaluate(() => window.observed.firstFrameAt),
    );
  }

  // Waits until this page sends video.
  publishes(timeoutMs) {
    return until(`${this.name} to publish`, timeoutMs, async () => {
      const { reports } = await this.stats();
      return reports.some((s) => s.type === 'outbound-rtp' && s.kind === 'video' && s.framesEncoded > 0);
    }, 200);
  }

  // Waits until this page decodes video of `count` others.
  seesOthers(count, timeoutMs = 30_000) {
    return until(`${this.name} to see ${count} others`, timeoutMs, async () => {
      const { reports } = await this.stats();
      const decoded = (s) => s.type === 'inbound-rtp' && s.kind === 'video' && s.framesDecoded > 0;
      return reports.filter(decoded).length >= count;
    }, 200);
  }

  // Presses the button, and returns when the page told the server.
  async leave() {
    await this.page.getByRole('button', { name: 'Leave' }).click();
    const goodbye = ({ sent, message }) =>
      sent && (message.janus === 'destroy' || message.body?.request === 'leave');
    return until(`${this.name} to say goodbye`, 5_000, () => this.messages.find(goodbye)?.at);
  }

  screenshot(test) {
    return this.page.screenshot({ path: test.output(`${this.name}.png`) });
  }

  // What is worth knowing when a test has failed.
  async explain(test) {
    const last = this.messages.slice(-12).map(({ at, sent, message }) => {
      const time = Math.round(at - this.openedAt);
      return `${time} ms ${sent ? '>' : '<'} ${JSON.stringify(message).slice(0, 300)}`;
    });
    await this.screenshot(test).catch(() => undefined);
    return [`--- ${this.name}`, ...this.problems, ...last].join('\n');
  }
}
