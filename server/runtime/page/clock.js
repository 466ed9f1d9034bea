/* A timer in a worker: browsers hold back the timers of hidden pages, up to a minute, and pings that
 * come so late look like a dead connection. One timer; a new delay in ms replaces the one before,
 * and Infinity stops it. */
const DELAY_MS_MAX = 2 ** 31 - 1; // above it setTimeout() fires at once
let timer = 0;

self.onmessage = ({ data: delayMs }) => {
  clearTimeout(timer);
  if (delayMs !== Infinity) {
    timer = setTimeout(() => self.postMessage(null), Math.min(delayMs, DELAY_MS_MAX));
  }
};
