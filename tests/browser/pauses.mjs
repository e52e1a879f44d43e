// How steadily a page shows somebody's video: when the compositor got each new frame.

const kPauseMs = 200; // from this on, people see the picture stand still

// Run in the page: begins to watch the video of the publisher with this id. Returns when it began, in ms
// of the page's clock.
export function watchFrames(id) {
  const video = document.querySelector(`[data-id="${id}"] video`);
  const shown = [];
  window.shownFrames = shown;
  const note = (_, { presentationTime, presentedFrames }) => {
    shown.push({ at: presentationTime, count: presentedFrames });
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
  return performance.now();
}

// Run in the page: the notes so far, and until when they are.
export function readFrames() {
  return { shown: window.shownFrames, until: performance.now() };
}

// The share of the time from `from` until `until` in which the picture stood still, and how often it did.
// A page that is busy does not note each frame, but how many there were since the last note.
export function pausesIn(shown, from, until) {
  const notes = shown.filter(({ at }) => at >= from && at <= until);
  const first = notes[0]?.count ?? 0;
  const last = notes.at(-1)?.count ?? first - 1;
  const edges = [{ at: from, count: first - 1 }, ...notes, { at: until, count: last + 1 }];
  let frozenMs = 0;
  let longestMs = 0;
  let pauses = 0;
  for (let i = 1; i < edges.length; i++) {
    const frames = Math.max(1, edges[i].count - edges[i - 1].count);
    const pauseMs = (edges[i].at - edges[i - 1].at) / frames;
    longestMs = Math.max(longestMs, pauseMs);
    if (pauseMs <= kPauseMs) continue;
    frozenMs += pauseMs * frames;
    pauses += frames;
  }
  return {
    frozen_percent: Math.round((1_000 * frozenMs) / (until - from)) / 10,
    pauses,
    longest_pause_ms: Math.round(longestMs),
    frames_shown: last - first + 1,
  };
}
