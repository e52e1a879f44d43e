// A client of the Janus API that takes down all that it is told: over a WebSocket or over HTTP with a
// long poll, with the same functions, so that one list of requests runs over both.
import http from 'node:http';
import WebSocket from 'ws';

const kPatienceMs = 3_000;
const kPollAgainMs = 5;

// Opens a connection; `record` has add(what, reply) and event(message).
export async function connect(transport, ports, record) {
  const client = transport === 'http' ? new HttpClient(ports.http, record) : new SocketClient(ports.websocket, record);
  await client.open();
  return client;
}

class Client {
  #waiting = new Map(); // resolves, by transaction
  #told = new Set(); // of events, what they are
  #transactions = 0;

  constructor(record) {
    this.record = record;
  }

  // A request of the core, in all its members but the transaction. Its answer is recorded.
  async ask(message, what = describe(message)) {
    const transaction = `t${++this.#transactions}`;
    const answered = new Promise((resolve) => this.#waiting.set(transaction, resolve));
    this.send({ ...message, transaction });
    const answer = await Promise.race([answered, after(kPatienceMs, { janus: 'no answer' })]);
    this.#waiting.delete(transaction);
    this.record.add(what, answer);
    return answer;
  }

  // What comes: an answer that somebody waits for, or an event. Acknowledgements are neither.
  take(message) {
    if (message.janus === 'ack' || message.janus === 'keepalive') return;
    const resolve = this.#waiting.get(message.transaction);
    if (resolve) resolve(message);
    else {
      this.#told.add(message.janus);
      this.record.event(message);
    }
  }

  // Until an event of this kind has come, or would have: Janus does not tell a session that has ended
  // what it had not told it before.
  async told(janus) {
    for (let waited = 0; !this.#told.has(janus) && waited < kPatienceMs; waited += kPollAgainMs) {
      await after(kPollAgainMs);
    }
  }

  async session() {
    const answer = await this.ask({ janus: 'create' });
    return this.follow(new Session(this, answer.data?.id));
  }
  follow(session) {
    return session;
  }
}

class SocketClient extends Client {
  #socket;
  #raw; // resolves with the next message, whatever it is

  constructor(port, record) {
    super(record);
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}`, 'janus-protocol');
  }
  open() {
    this.#socket.on('message', (text) => {
      const message = JSON.parse(text);
      if (!this.#raw) return this.take(message);
      this.#raw(message);
      this.#raw = undefined;
    });
    return new Promise((resolve, reject) => this.#socket.once('open', resolve).once('error', reject));
  }
  send(message) {
    this.#socket.send(JSON.stringify(message));
  }
  // Any text. What comes next is recorded as its answer.
  async raw(text) {
    const answered = new Promise((resolve) => (this.#raw = resolve));
    this.#socket.send(text);
    this.record.add(text, await Promise.race([answered, after(kPatienceMs, { janus: 'no answer' })]));
  }
  close() {
    this.#socket.close();
  }
}

class HttpClient extends Client {
  #port;
  #polled = true;

  constructor(port, record) {
    super(record);
    this.#port = port;
  }
  async open() {}
  async send(message) {
    const { session_id: session, handle_id: handle, ...body } = message;
    const path = ['/janus', session, handle].filter((part) => part !== undefined).join('/');
    const answer = await this.#exchange('POST', path, JSON.stringify(body));
    if (answer) this.take({ transaction: message.transaction, ...answer });
  }
  async raw(text) {
    this.record.add(text, await this.#exchange('POST', '/janus', text));
  }
  follow(session) {
    if (session.id) this.#poll(session.id);
    return session;
  }
  async #poll(session) {
    while (this.#polled) {
      const told = await this.#exchange('GET', `/janus/${session}?maxev=10`);
      if (!Array.isArray(told) && told?.janus === 'error') return;
      for (const message of [told ?? []].flat()) this.take(message);
      await after(kPollAgainMs);
    }
  }
  // The JSON that is answered; undefined: none.
  #exchange(method, path, body) {
    return new Promise((resolve) => {
      const request = http.request({ host: '127.0.0.1', port: this.#port, method, path }, (response) => {
        let text = '';
        response.on('data', (part) => (text += part));
        response.on('end', () => resolve(parsed(text)));
      });
      request.on('error', () => resolve(undefined));
      if (method === 'GET') this.polls = [...(this.polls ?? []), request];
      request.end(body);
    });
  }
  close() {
    this.#polled = false;
    for (const request of this.polls ?? []) request.destroy();
  }
}

class Session {
  constructor(client, id) {
    this.client = client;
    this.id = id;
  }
  ask(message, what) {
    return this.client.ask({ session_id: this.id, ...message }, what);
  }
  async attach() {
    const answer = await this.ask({ janus: 'attach', plugin: 'janus.plugin.videoroom' });
    return new Handle(this, answer.data?.id);
  }
}

class Handle {
  constructor(session, id) {
    this.session = session;
    this.id = id;
  }
  ask(message, what) {
    return this.session.ask({ handle_id: this.id, ...message }, what);
  }
  // To the plugin. Returns what it says.
  async message(body, jsep) {
    const answer = await this.ask({ janus: 'message', body, ...(jsep && { jsep }) }, JSON.stringify(body) + (jsep ? ` and ${jsep.type}` : ''));
    return { ...answer.plugindata?.data, jsep: answer.jsep };
  }
}

const describe = ({ session_id: _s, handle_id: _h, ...message }) => JSON.stringify(message);
const after = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value).unref());

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text ? { text } : undefined;
  }
}
