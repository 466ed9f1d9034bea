/* Words for who is there, and for what was refused. Pure: `nowMs` is of the wall clock, which only people read. */

import { nameOf } from './names.js';

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

/* '' when nobody types. */
export function typing({ users, others }) {
  const who = others > 0 ? [...users.map(nameOf), others === 1 ? '1 other' : `${others} others`] : users.map(nameOf);
  if (who.length === 0) {
    return '';
  }
  return `${new Intl.ListFormat('en').format(who)} ${who.length === 1 && others < 2 ? 'is' : 'are'} typing…`;
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

// --- Why something was not done, by the code of its nack ---------------------------------------------

const FAILURES = {
  denied: 'you may not write in this room',
  too_large: 'it is too long',
  bad_field: 'the server does not take it as it is',
  conflict: 'another message has its name',
  clock_skew: 'the server’s clocks differ too much',
  clock_exhausted: 'this room takes no more messages',
  limit: 'there was too much at once',
  no_place: 'one of you is in too many rooms',
  try_again: 'the server was busy, each time that it was tried',
  no_memory: 'the server was full, each time that it was tried',
};

/* `other`: to whom, of a first message. */
const firstFailureOf = (code, other) => (code === 'no_place' ? `you or ${nameOf(other)} are in too many rooms for another one` : undefined);

export const failureOf = (code, other) => `Not sent: ${(other && firstFailureOf(code, other)) ??
  FAILURES[code] ?? `the server refused it (${code})`}.`;

export const joinFailureOf = (room, code) => (code === 'denied' ? `“${room}” is not open to you.`
  : code === 'no_place' ? 'You are in too many rooms.' : `“${room}” cannot be joined now (${code}).`);

// --- Direct chats, and what is not here yet -------------------------------------------------------------

export const titleOf = ({ id, direct, other }) => (direct ? (other ? nameOf(other) : 'Direct chat') : id);

/* How far the log of a room goes back. */
export function beginningOf(room) {
  if (room.direct && room.next === 0) {
    return `Nothing is written here yet: your first message begins the chat with ${titleOf(room)}.`;
  }
  return room.direct ? `This is where your chat with ${room.other ? nameOf(room.other) : 'them'} begins.`
    : `This is where ${room.id} begins for you.`;
}

export function missing({ low, high }, loads) {
  const count = high - low + 1;
  return `${count.toLocaleString('en')} ${count === 1 ? 'message' : 'messages'} not shown yet · ${
    loads ? 'loading…' : 'waiting for a connection'}`;
}
