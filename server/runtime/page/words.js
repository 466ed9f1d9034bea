/* Words for who is there. Pure: `nowMs` is of the wall clock, which only people read. */

const MINUTE_MS = 60000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const STATUSES = { online: 'Online', busy: 'Busy', away: 'Away', offline: 'Offline' };
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' });

/* A server's clock may be ahead of ours: that is now. */
export function ago(thenMs, nowMs) {
  const ms = Math.max(0, nowMs - thenMs);
  if (ms < MINUTE_MS) {
    return 'just now';
  }
  const [size, unit] = ms < HOUR_MS ? [MINUTE_MS, 'minute'] : ms < DAY_MS ? [HOUR_MS, 'hour'] : [DAY_MS, 'day'];
  return relative.format(-Math.floor(ms / size), unit);
}

export const until = (atMs, nowMs) => (atMs - nowMs < DAY_MS ? clock : day).format(atMs);

/* {status, word, lines}: of one of whom nothing is known, offline. */
export function of(person, nowMs) {
  const status = person?.status ?? 'offline';
  const lines = [];
  if (person?.customStatus) {
    lines.push(person.customStatus);
  }
  if (person?.doNotDisturbUntil > nowMs) {
    lines.push(`Do not disturb until ${until(person.doNotDisturbUntil, nowMs)}`);
  }
  const seen = status === 'offline' && person?.lastSeen > 0 ? `, last seen ${ago(person.lastSeen, nowMs)}` : '';
  return { status, word: STATUSES[status] + seen, lines };
}

export function idleWarning(ms) {
  const minutes = Math.round(ms / MINUTE_MS);
  const time = ms < MINUTE_MS ? `${Math.ceil(ms / 1000)} s` : minutes === 1 ? '1 minute' : `${minutes} minutes`;
  return `You will be shown as away in ${time}.`;
}

/* The next eight in the morning. */
export function morning(date) {
  const at = new Date(date);
  at.setHours(8, 0, 0, 0);
  if (at <= date) {
    at.setDate(at.getDate() + 1);
  }
  return at.getTime();
}
