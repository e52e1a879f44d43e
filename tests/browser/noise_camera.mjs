// A camera that films noise: a picture no encoder can make small, so that what is sent is what the
// congestion controller allows and not what the picture needs.
import { closeSync, openSync, writeSync } from 'node:fs';

const kWidth = 640;
const kHeight = 480;
const kFrames = 15;

// Writes a short YUV4MPEG2 film, which Chromium repeats.
export function filmNoise(file) {
  const film = openSync(file, 'w');
  writeSync(film, `YUV4MPEG2 W${kWidth} H${kHeight} F15:1 Ip A1:1 C420jpeg\n`);
  const frame = Buffer.alloc((kWidth * kHeight * 3) / 2, 128); // grey; luma follows
  let state = 1;
  for (let number = 0; number < kFrames; number++) {
    for (let pixel = 0; pixel < kWidth * kHeight; pixel++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      frame[pixel] = 64 + (state >>> 25);
    }
    writeSync(film, 'FRAME\n');
    writeSync(film, frame);
  }
  closeSync(film);
}
