// The grid of participants: one tile each, with picture or initials, name and numbers.
import { hueOf } from "./media.js";

const kAspect = 16 / 9;
const kCaptionPx = 28;
const kGapPx = 12;
const kTileWidthMin = 160;
const kSpeakingLevel = 0.01; // of 1; a quiet voice is well above it
const kSpeakingHoldMs = 600;

export class Tiles {
  #stage; // what the tiles have to fit into
  #element;
  #template;
  #tiles = new Map(); // id -> {element, video, stream, speakingUntil}
  onSoundBlocked = () => {};

  constructor(element, template) {
    this.#stage = element.parentElement;
    this.#element = element;
    this.#template = template;
    new ResizeObserver(() => this.#layOut()).observe(this.#stage);
  }

  // Adds a tile, or renames it.
  add(id, name, { self = false, mirrored = false } = {}) {
    let tile = this.#tiles.get(id);
    if (!tile) {
      const element = this.#template.content.firstElementChild.cloneNode(true);
      const video = element.querySelector("video");
      tile = { element, video, stream: new MediaStream(), speakingUntil: 0, self };
      video.muted = self;
      video.srcObject = tile.stream;
      // A new track or another picture size may bring the first picture.
      video.addEventListener("resize", () => this.#showPicture(tile));
      element.dataset.id = id;
      if (self) this.#element.prepend(element);
      else this.#element.append(element);
      this.#tiles.set(id, tile);
    }
    tile.element.classList.toggle("mirrored", mirrored);
    tile.element.querySelector(".who").textContent = self ? `${name} (you)` : name;
    const avatar = tile.element.querySelector(".avatar");
    avatar.textContent = initialsOf(name);
    avatar.style.setProperty("--hue", hueOf(name));
    this.#layOut();
  }

  remove(id) {
    const tile = this.#tiles.get(id);
    if (!tile) return;
    tile.video.srcObject = null;
    tile.element.remove();
    this.#tiles.delete(id);
    this.#layOut();
  }

  clear() {
    for (const id of [...this.#tiles.keys()]) this.remove(id);
  }

  setTrack(id, track, on) {
    const tile = this.#tiles.get(id);
    if (!tile) return;
    if (on && !tile.stream.getTracks().includes(track)) tile.stream.addTrack(track);
    if (!on) tile.stream.removeTrack(track);
    this.#showPicture(tile);
    if (on) this.#play(tile);
  }

  // Shows initials instead of the picture, and the mark of a muted microphone.
  setMuted(id, { audio, video }) {
    const tile = this.#tiles.get(id);
    if (!tile) return;
    tile.videoMuted = video;
    tile.element.classList.toggle("muted", audio);
    this.#showPicture(tile);
  }

  // One second's numbers: {width, height, framesPerSecond, bitsPerSecond, audioLevel}.
  setNumbers(id, numbers) {
    const tile = this.#tiles.get(id);
    if (!tile) return;
    tile.element.querySelector(".numbers").textContent = describe(numbers);
    const now = performance.now();
    if (numbers.audioLevel > kSpeakingLevel) tile.speakingUntil = now + kSpeakingHoldMs;
    tile.element.classList.toggle("speaking", now < tile.speakingUntil);
  }

  // After a gesture of the user, sound is allowed.
  unmute() {
    for (const tile of this.#tiles.values()) {
      if (tile.self) continue;
      tile.video.muted = false;
      this.#play(tile);
    }
  }

  async #play(tile) {
    try {
      await tile.video.play();
    } catch (error) {
      if (error.name !== "NotAllowedError" || tile.video.muted) return;
      tile.video.muted = true;
      tile.video.play().catch(() => {});
      this.onSoundBlocked();
    }
  }

  #showPicture(tile) {
    const hasPicture =
      !tile.videoMuted && tile.stream.getVideoTracks().length > 0 && tile.video.videoWidth > 0;
    tile.element.classList.toggle("has-video", hasPicture);
  }

  // The number of columns that makes tiles as large as the stage allows.
  #layOut() {
    const count = this.#tiles.size;
    if (count === 0) return;
    const style = getComputedStyle(this.#stage);
    const width =
      this.#stage.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const height =
      this.#stage.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
    let best = { columns: 1, tileWidth: 0 };
    for (let columns = 1; columns <= count; ++columns) {
      const rows = Math.ceil(count / columns);
      const byWidth = (width - kGapPx * (columns - 1)) / columns;
      const byHeight = ((height - kGapPx * (rows - 1)) / rows - kCaptionPx) * kAspect;
      const tileWidth = Math.floor(Math.min(byWidth, byHeight));
      if (tileWidth > best.tileWidth) best = { columns, tileWidth };
    }
    if (best.tileWidth < kTileWidthMin) {
      // Nobody would recognize anybody: scroll instead.
      const columns = Math.max(1, Math.floor((width + kGapPx) / (kTileWidthMin + kGapPx)));
      best = { columns, tileWidth: Math.min(kTileWidthMin, width) };
    }
    const total = best.columns * (best.tileWidth + kGapPx) - kGapPx;
    this.#element.style.setProperty("--width", `${total}px`);
    this.#element.style.setProperty("--tile-width", `${best.tileWidth}px`);
  }
}

function initialsOf(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0] ?? "?").join("").toUpperCase();
}

function describe({ width, height, framesPerSecond, bitsPerSecond }) {
  const parts = [];
  if (width) parts.push(`${width}×${height}`);
  if (framesPerSecond !== undefined) parts.push(`${Math.round(framesPerSecond)} fps`);
  if (bitsPerSecond >= 1e6) parts.push(`${(bitsPerSecond / 1e6).toFixed(1)} Mb/s`);
  else if (bitsPerSecond !== undefined) parts.push(`${Math.round(bitsPerSecond / 1e3)} kb/s`);
  return parts.join(" · ");
}
