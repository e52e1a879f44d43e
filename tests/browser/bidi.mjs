// WebDriver BiDi (W3C) over its WebSocket: commands with answers, and events.
import WebSocket from 'ws';

export class BidiConnection {
  static async open(url) {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return new BidiConnection(socket);
  }

  constructor(socket) {
    this.socket = socket;
    this.waiting = new Map(); // command id -> {resolve, reject}
    this.listeners = new Map(); // event method -> function
    this.lastId = 0;
    socket.on('message', (text) => this.#receive(JSON.parse(text)));
  }

  #receive({ id, method, params, result, type, error, message }) {
    if (type === 'event') return this.listeners.get(method)?.(params);
    const { resolve, reject } = this.waiting.get(id) ?? {};
    this.waiting.delete(id);
    if (type === 'error') reject?.(new Error(`${error}: ${message}`));
    else resolve?.(result);
  }

  command(method, params = {}) {
    const id = ++this.lastId;
    this.socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  on(method, listener) {
    this.listeners.set(method, listener);
  }

  close() {
    this.socket.close();
  }
}
