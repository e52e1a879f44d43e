// A session of the Janus API over a WebSocket, with one handle of the VideoRoom plugin.
import { randomUUID } from 'node:crypto';
import WebSocket from 'ws';

const kUrl = 'ws://127.0.0.1:8188';

export class JanusSession {
  static async open() {
    const session = new JanusSession(new WebSocket(kUrl, 'janus-protocol'));
    await new Promise((resolve, reject) => session.#socket.once('open', resolve).once('error', reject));
    session.#id = (await session.#ask({ janus: 'create' })).data.id;
    session.#handle = (await session.#ask({ janus: 'attach', plugin: 'janus.plugin.videoroom' })).data.id;
    return session;
  }

  #socket;
  #id;
  #handle;
  #waiting = new Map(); // who waits for an answer, by transaction
  hangups = []; // reasons

  constructor(socket) {
    this.#socket = socket;
    socket.on('message', (text) => this.#take(JSON.parse(text)));
  }

  // Sends a message to the plugin; returns its event: {data, jsep}.
  async request(body, jsep) {
    const event = await this.#ask({ janus: 'message', handle_id: this.#handle, body, ...(jsep && { jsep }) });
    const data = event.plugindata.data;
    if (data.error) throw new Error(data.error);
    return { data, jsep: event.jsep };
  }

  close() {
    this.#socket.close();
  }

  #ask(message) {
    const transaction = randomUUID();
    this.#socket.send(JSON.stringify({ ...message, transaction, ...(this.#id && { session_id: this.#id }) }));
    return new Promise((resolve, reject) => this.#waiting.set(transaction, { resolve, reject }));
  }

  #take(message) {
    if (message.janus === 'hangup') this.hangups.push(message.reason);
    const waiting = this.#waiting.get(message.transaction);
    if (!waiting || message.janus === 'ack') return;
    this.#waiting.delete(message.transaction);
    if (message.janus === 'error') waiting.reject(new Error(message.error.reason));
    else waiting.resolve(message);
  }
}
