// Answers and events without what may differ between any two servers: identifiers become the order in
// which they come up, descriptions the kinds and directions of their m-lines.
const kIdMin = 100_000; // chosen identifiers are smaller
// Lists in no order: Janus walks hash tables.
const kUnordered = new Set(['participants', 'allowed', 'list', 'attendees', 'publishers', 'forwarders']);

export class NormalForm {
  #ids = new Map();

  of(value, key) {
    if (key === 'transaction') return undefined;
    if (key === 'sdp') return summary(value);
    if (Array.isArray(value)) {
      const items = value.map((item) => this.of(item));
      return kUnordered.has(key) ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
    }
    if (value !== null && typeof value === 'object') {
      const entries = Object.keys(value).sort().map((name) => [name, this.of(value[name], name)]);
      return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
    }
    if (typeof value === 'number' && value >= kIdMin) return this.#name(value);
    if (typeof value === 'string') return value.replace(/\d{6,}/g, (digits) => this.#name(Number(digits)));
    return value;
  }

  #name(id) {
    if (!this.#ids.has(id)) this.#ids.set(id, `#${this.#ids.size + 1}`);
    return this.#ids.get(id);
  }
}

// One word for each m-line: its kind, whether it is used, and its direction.
function summary(sdp) {
  return sdp
    .split(/^m=/m)
    .slice(1)
    .map((media) => {
      const [kind, port] = media.split(' ');
      const direction = /^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(media)?.[1] ?? 'sendrecv';
      return port === '0' ? `${kind} rejected` : `${kind} ${direction}`;
    });
}
