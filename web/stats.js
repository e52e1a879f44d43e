// Once a second: what each participant's media amounts to, from getStats().

const kIntervalMs = 1000;

export class Stats {
  #room;
  #timer;
  #previous = new Map(); // report id -> {bytes, timestamp}
  latest = []; // [{id, self, width, height, framesPerSecond, bitsPerSecond, ...}]

  // Calls `onNumbers(list)` after each round.
  constructor(room, onNumbers) {
    this.#room = room;
    this.#timer = setInterval(async () => {
      this.latest = await this.#collect();
      onNumbers(this.latest);
    }, kIntervalMs);
  }

  stop() {
    clearInterval(this.#timer);
  }

  async #collect() {
    const byId = new Map();
    const entry = (id, self) => {
      if (!byId.has(id)) {
        byId.set(id, { id, self, bitsPerSecond: 0, audioLevel: 0, packetsLost: 0 });
      }
      return byId.get(id);
    };
    const { publisher, subscriber } = this.#room;
    for (const report of await reportsOf(publisher)) {
      if (report.type === "outbound-rtp") this.#add(entry(this.#room.id, true), report);
      if (report.type === "media-source" && report.kind === "audio") {
        entry(this.#room.id, true).audioLevel = report.audioLevel ?? 0;
      }
    }
    for (const report of await reportsOf(subscriber)) {
      if (report.type !== "inbound-rtp") continue;
      const id = this.#room.feedOf(report.mid);
      if (id !== undefined) this.#add(entry(id, false), report);
    }
    return [...byId.values()];
  }

  #add(numbers, report) {
    const bytes = report.bytesSent ?? report.bytesReceived ?? 0;
    const before = this.#previous.get(report.id);
    this.#previous.set(report.id, { bytes, timestamp: report.timestamp });
    if (before && report.timestamp > before.timestamp) {
      const elapsedMs = report.timestamp - before.timestamp;
      numbers.bitsPerSecond += (Math.max(0, bytes - before.bytes) * 8000) / elapsedMs;
    }
    numbers.packetsLost += report.packetsLost ?? 0;
    if (report.kind === "audio") {
      numbers.audioBytes = bytes;
      if (report.audioLevel !== undefined) numbers.audioLevel = report.audioLevel;
    } else if ((report.frameWidth ?? 0) >= (numbers.width ?? 0)) {
      // With simulcast there are several: the largest counts.
      numbers.width = report.frameWidth;
      numbers.height = report.frameHeight;
      numbers.framesPerSecond = report.framesPerSecond ?? 0;
      numbers.frames = report.framesDecoded ?? report.framesEncoded ?? 0;
    }
  }
}

async function reportsOf(handle) {
  const connection = handle?.webrtcStuff?.pc;
  if (!connection || connection.connectionState === "closed") return [];
  return [...(await connection.getStats()).values()];
}
