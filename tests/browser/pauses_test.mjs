import assert from 'node:assert/strict';
import test from 'node:test';

import { pausesIn } from './pauses.mjs';

// A frame each 40 ms in [from, until).
const steady = (from, until, count = 1) => {
  const notes = [];
  for (let at = from; at < until; at += 40) notes.push({ at, count: count++ });
  return notes;
};

test('a steady picture never stands still', () => {
  const seen = { frozen_percent: 0, pauses: 0, longest_pause_ms: 40, frames_shown: 50 };
  assert.deepEqual(pausesIn(steady(1_000, 3_000), 1_000, 3_000), seen);
});

test('a picture that never comes stands still all the time', () => {
  const seen = { frozen_percent: 100, pauses: 1, longest_pause_ms: 2_000, frames_shown: 0 };
  assert.deepEqual(pausesIn([], 0, 2_000), seen);
});

test('pauses count whole, in the middle and at both ends', () => {
  const notes = [...steady(500, 980, 1), ...steady(1_460, 1_700, 13)];
  // 500 ms until the first frame, 520 between 940 and 1460, 340 behind the last at 1660.
  const seen = { frozen_percent: 68, pauses: 3, longest_pause_ms: 520, frames_shown: 18 };
  assert.deepEqual(pausesIn(notes, 0, 2_000), seen);
});

test('frames that were shown while the page was busy are no pause', () => {
  const notes = [{ at: 0, count: 1 }, { at: 400, count: 11 }, { at: 440, count: 12 }];
  assert.equal(pausesIn(notes, 0, 480).frozen_percent, 0);
});

test('what was shown before and after does not matter', () => {
  assert.equal(pausesIn(steady(0, 10_000), 4_000, 5_000).frames_shown, 26);
});
