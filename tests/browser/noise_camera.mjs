// A camera that films noise: a picture no encoder can make small, so that what is sent is what the
// congestion controller allows and not what the picture needs.
import { closeSync, openSync, writeSync } from 'node:fs';

const kFrames = 15;

// Writes a short YUV4MPEG2 film, which Chromium repeats. `levels`: of brightness, a power of two; with
// few of them the noise is faint, and can be coded in less.
export function filmNoise(file, { width = 640, height = 480, framesPerSecond = 15, levels = 128 } = {}) {
  const film = openSync(file, 'w');
  writeSync(film, `YUV4MPEG2 W${width} H${height} F${framesPerSecond}:1 Ip A1:1 C420jpeg\n`);
  const frame = Buffer.alloc((width * height * 3) / 2, 128); // grey; luma follows
  let state = 1;
  for (let number = 0; number < kFrames; number++) {
    for (let pixel = 0; pixel < width * height; pixel++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      frame[pixel] = 64 + Math.floor((state >>> 25) * (levels / 128));
    }
    writeSync(film, 'FRAME\n');
    writeSync(film, frame);
  }
  closeSync(film);
}
