// Waiting for something to be so, with a deadline and a message that says what did not happen.
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Polls `condition` until it returns something truthy, and returns that.
export async function until(what, timeoutMs, condition, intervalMs = 20) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await sleep(intervalMs);
  }
}

// A requirement of a scenario.
export function require(condition, what) {
  if (!condition) throw new Error(`failed: ${what}`);
}
