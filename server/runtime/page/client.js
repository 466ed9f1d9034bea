/* The protocol core of the chat page: a state machine that holds no socket, clock or random source.
 * It keeps the rules of sim/client, so what the simulator found out about them holds here too.
 *
 *    app.js -- start, send, enter, tick --> +--------+ -- connect, transmit, disconnect --> socket
 *           <- shown, filled, failed, ...-- | Client | <- opened, frame, closed -----------
 *                                           +--------+
 *
 *    off -> connecting -> hello -> online -- lost --> waiting (back-off) -> connecting
 *    a close with 45xx or 4001 -> refused, which only start() leaves
 *
 *   I1  entries of a room are shown in the order of seq, each once, without a gap that no marker says (gaps.js);
 *   I2  at most one unacked command per room is on the wire; the others wait in the order written;
 *   I3  a command stays in the outbox until it is acked, or is failed after a permanent nack or one
 *       temporary nack more than `maxRetries`; a resend is the same frame, so it is committed at most
 *       once. A connection that was lost and silence are no answers: they count for nothing;
 *   I4  an event of another connection than the present one changes nothing.
 *
 * Every input ends with `now`, in milliseconds of a clock that only goes forward. `output` must not
 * call back into the client: it notes what to do next. Unlike the virtual client, this one can show
 * what came before its start (`history`), after a `reset` it starts at the head instead of reading
 * the whole log again, and it stops at 4001, too, because its caller can get another token. */

import { directRoom, isDirect } from './direct.js';
import { GAPS_MAX, NEWEST_FIRST, cursorOf, cutGap, isOpenBelow, openGap, takeAtGap } from './gaps.js';
import { placeOf } from './items.js';
import { People } from './people.js';
import { Typing } from './typing.js';

export const CONTENT_BYTES_MAX = 8192;
export const CUSTOM_BYTES_MAX = 128; // of the line beside a name
const ID = /^[A-Za-z0-9_-]{1,64}$/; // of a user, a room, a device, a message
const TOKEN_EXPIRED = 4001;
const REFRESH_MS = 60000; // so long before its end another token is asked for; when half is left, if that is later
const REFRESH_AGAIN_MS = 10000;
const TIMER_MS_MAX = 2 ** 31 - 1; // what ends later is no matter of a timer
const DRAIN_MS_MAX = 60000; // a server that asks for a longer absence is tried all the same
const OUTBOX_MAX = 1024; // written and not acked; one more fails at once
const HELD_MAX = 512; // entries of one room that wait for an earlier one; then: sync
const ROOMS_MAX = 256; // of a user, by the protocol
const PAGE_ROWS = 100;
const HISTORY_ROWS = 50;

const DEFAULTS = {
  backoffMinMs: 250,
  backoffMaxMs: 10000,
  stableMs: 10000, // a connection this old resets the back-off
  gapMs: 500, // a held entry older than this is asked for
  answerMs: 10000, // no answer to a hello, a send or a sync for this long: reconnect
  pingIntervalMs: 25000, // until the welcome says otherwise
  pingTimeoutMs: 10000,
  maxRetries: 3, // of a command that the server answered by a temporary nack; nothing else counts
};

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export const isId = (text) => ID.test(text);
export const contentBytes = (text) => encoder.encode(text).length;
/* The server refuses NUL and lone surrogates as bad JSON, without saying of which message. */
const clean = (text) => decoder.decode(encoder.encode(text.replaceAll('\0', '')));

class Room {
  constructor(id) {
    this.id = id;
    this.direct = isDirect(id);
    this.other = ''; // of a direct chat, once it is known; the room may not be there yet
    this.member = false;
    this.entries = []; // shown: ascending seq, from `low` to below `next`
    this.gaps = []; // what is missing in between
    this.low = 0;
    this.next = 0; // seq that is shown next; 0: not known yet
    this.head = 0; // the greatest seq heard of
    this.historyDone = false; // nothing before `low` can be had
    this.wantsHistory = false;
    this.outside = false; // after the own leaving: the own join starts the room wherever it stands
    this.wantsSync = false;
    this.wantsNewest = false; // its newest page comes before what lies below
    this.held = []; // ascending seq, none twice
    this.heldSince = 0;
    this.outbox = []; // oldest first; only the first may be on the wire
    this.settling = []; // acked, their entry not shown yet
    this.failed = [];
    this.crowd = 0; // how many are there, of a room of too many to tell of each
    this.sentAt = null; // when the first of the outbox went out on this connection
    this.retryAt = 0; // not before this, after a temporary nack
  }

  startAt(seq) {
    this.next = seq;
    this.low = seq;
    this.entries = [];
    this.gaps = [];
    this.historyDone = seq <= 1;
    this.wantsHistory = false;
  }
}

export class Client {
  /* `output(kind, detail)` is called for each effect; `saved` is what snapshot() gave before. */
  constructor({ token, user, device, output, newId, random = Math.random, saved, ...settings }) {
    Object.assign(this, DEFAULTS, settings, { token, user, device, output, newId, random });
    this.now = 0;
    this.state = 'off';
    this.conn = 0;
    this.step = 0; // of the back-off
    this.closeCode = 0; // of the last connection
    this.connectionId = '';
    this.comeBackAt = 0; // what `draining` said; 0: nothing
    this.epoch = saved?.epoch ?? '';
    this.seen = saved?.seen ?? ''; // the greatest stamp shown or acked
    this.rooms = new Map();
    this.people = new People();
    this.typing = new Typing({ say: (type, roomId) => this.#sayTyping(type, roomId) });
    this.stale = false; // what is told of people may be old
    this.sensed = 'online'; // what this device sees of its person
    this.open = ''; // the room that is in sight
    this.choice = {}; // chosen, not said yet
    this.sync = null; // under way: {ref, at} with {rooms}, or of one room {newest}, {marked} or {history, upto}
    this.syncRef = 0;
    this.syncAfter = 0;
    this.reconnectAt = this.helloAt = this.pingAt = this.refreshAt = Infinity;
    this.probeAt = Infinity; // when a doubt about the connection was put to it
    this.onlineAt = this.lastFrameAt = 0;
    this.written = 0; // changes of what outboxes() gives
    for (const { id, next, ...rest } of saved?.rooms ?? []) {
      const room = this.room(id);
      if (next > 0) {
        room.startAt(next);
      }
      Object.assign(room, rest);
    }
  }

  /* Where a reload goes on. An old one is harmless: entries are asked for again. */
  snapshot() {
    const rooms = [...this.rooms.values()].filter(({ next, other }) => next > 0 || other)
      .map((room) => ({ id: room.id, next: cursorOf(room) + 1, member: room.member, outside: room.outside,
        other: room.other }));
    return { epoch: this.epoch, seen: this.seen, rooms };
  }

  /* What was written and not acked. An old one is harmless, too: a resend gets its first ack. */
  outboxes() {
    return [...this.rooms.values()].filter(({ outbox, failed }) => outbox.length + failed.length > 0)
      .map(({ id, outbox, failed }) => ({ id, outbox, failed }));
  }

  /* Takes what another client of the same person wrote, behind what this one has. */
  adopt(outboxes, now) {
    this.now = now;
    for (const { id, outbox, failed } of outboxes) {
      const room = this.room(id);
      const had = new Set([...room.outbox, ...room.failed].map(({ frame }) => frame.clientId));
      const others = (list) => list.filter(({ frame }) => !had.has(frame.clientId));
      room.outbox.push(...others(outbox));
      room.failed.push(...others(failed));
      [...outbox, ...failed].forEach(({ frame }) => this.#meet(room, frame.recipientId));
      this.written++;
      this.#flush(room);
    }
  }

  room(id) {
    if (!this.rooms.has(id)) {
      this.rooms.set(id, new Room(id));
    }
    return this.rooms.get(id);
  }

  unsent() {
    return [...this.rooms.values()].reduce((count, room) => count + room.outbox.length, 0);
  }

  /* The person's messages that stand behind the entries: [{message, state}], oldest first. One whose
   * entry came before its ack stands among the entries already, and is only resent. */
  pending(roomId) {
    const { next, settling, failed, outbox } = this.room(roomId);
    const say = (list, state) => list
      .filter(({ frame, seq }) => frame.type === 'send' && !(seq < next))
      .map((message) => ({ message, state }));
    return [...say(settling, 'acked'), ...say(failed, 'failed'), ...say(outbox, 'waiting')];
  }

  syncing() {
    return this.state === 'online' && (Boolean(this.sync?.rooms || this.sync?.newest) ||
      [...this.rooms.values()].some((room) => room.wantsSync || room.wantsNewest));
  }

  // --- What the person does ----------------------------------------------------------------------

  start(now, token = this.token) {
    this.now = now;
    this.token = token;
    if (this.state === 'off' || this.state === 'refused') {
      this.#connect();
    }
  }

  /* Another token of the same person, which `expiring` asks for: the connection goes on. */
  refresh(token, now) {
    this.now = now;
    this.token = token;
    if (this.state === 'online') {
      this.#transmit({ type: 'refresh', ref: 'token', token });
    }
  }

  stop(now) {
    this.now = now;
    if (['connecting', 'hello', 'online'].includes(this.state)) {
      this.output('disconnect', { conn: this.conn, code: 1000 });
    }
    this.#offline();
    this.state = 'off';
  }

  /* The person asks for it, or the network came back. */
  reconnect(now) {
    this.now = now;
    if (this.state === 'waiting') {
      this.#connect();
    }
  }

  /* The network is known to be gone: sooner than by silence. */
  lost(now) {
    this.now = now;
    if (['connecting', 'hello', 'online'].includes(this.state)) {
      this.#giveUp();
    }
  }

  /* The page was asleep, or the network is another one: whether the connection still stands is asked
   * at once, because its silence would be noticed late. */
  probe(now) {
    this.now = now;
    this.reconnect(now);
    if (this.state === 'online' && this.probeAt === Infinity) {
      this.probeAt = now;
      this.#ping();
    }
  }

  /* Gives the message, or null for one that cannot be sent. */
  send(roomId, text, now, at = 0) {
    this.now = now;
    const content = clean(text);
    const bytes = contentBytes(content);
    if (!isId(roomId) || bytes === 0 || bytes > CONTENT_BYTES_MAX || this.unsent() >= OUTBOX_MAX) {
      return null;
    }
    const room = this.room(roomId);
    const frame = { type: 'send', ...this.#target(room), clientId: this.newId(), content };
    if (this.seen) {
      frame.seen = this.seen;
    }
    this.typing.sent(roomId);
    return this.#queue(room, frame, { at });
  }

  /* The chat with one person, of which nothing may be there yet: its first message or key makes it. null: there is
   * none with oneself, nor with what is no name. */
  direct(other) {
    if (!isId(other) || other === this.user) {
      return null;
    }
    const room = this.room(directRoom(this.user, other));
    room.other = other;
    return room;
  }

  /* These people are there: perhaps one of them is who began a direct chat. */
  meet(users) {
    for (const room of this.rooms.values()) {
      if (room.direct && !room.other) {
        users.forEach((user) => this.#meet(room, user));
      }
    }
  }

  /* The name of the room proves who it is. */
  #meet(room, user) {
    if (room.direct && !room.other && isId(user) && user !== this.user && directRoom(this.user, user) === room.id) {
      room.other = user;
    }
  }

  /* To a room, or, as long as that is not there, to the person. */
  #target({ id, member, other }) {
    return other && !member ? { recipientId: other } : { roomId: id };
  }

  /* A key in the field of this room; `text`: what stands there now. */
  type(roomId, text, now) {
    this.now = now;
    const room = this.rooms.get(roomId);
    if (room?.member || room?.other) {
      this.typing.key(roomId, text.trim() === '', now);
    }
  }

  #sayTyping(type, roomId) {
    const online = this.state === 'online';
    if (online) {
      this.#transmit({ type, ...this.#target(this.room(roomId)) });
    }
    return online;
  }

  /* Joins a room; one that does not exist is made, open to anyone. */
  enter(roomId, now) {
    this.now = now;
    if (isId(roomId) && this.bound(roomId) !== 'in') {
      this.#queue(this.room(roomId), { type: 'room_join', roomId, clientId: this.newId() }, { orCreate: true });
    }
  }

  leave(roomId, now) {
    this.now = now;
    if (isId(roomId) && this.bound(roomId) !== 'out') {
      this.#queue(this.room(roomId), { type: 'room_leave', roomId, clientId: this.newId() });
    }
  }

  /* Where the last command in the outbox takes the person: 'in', 'out' or '' (no such command). */
  bound(roomId) {
    const last = this.rooms.get(roomId)?.outbox.findLast(({ frame }) => frame.type !== 'send');
    return last ? (last.frame.type === 'room_leave' ? 'out' : 'in') : '';
  }

  /* A message that failed, once more: under the same id, so it cannot be there twice. */
  retry(roomId, clientId, now) {
    this.now = now;
    const room = this.room(roomId);
    const message = room.failed.find(({ frame }) => frame.clientId === clientId);
    if (message) {
      this.discard(roomId, clientId);
      delete message.code;
      delete message.nacks;
      room.outbox.push(message);
      this.#flush(room);
    }
  }

  discard(roomId, clientId) {
    const room = this.room(roomId);
    room.failed = room.failed.filter(({ frame }) => frame.clientId !== clientId);
    this.written++;
  }

  /* What came before the entries of this room, a page at a time; behind a marker, which comes first. */
  history(roomId, now) {
    this.now = now;
    const room = this.room(roomId);
    const isBehind = room.wantsNewest || isOpenBelow(room);
    if (room.next > 0 && room.member && !room.historyDone && !room.wantsHistory && !isBehind) {
      room.wantsHistory = true;
      this.#syncBegin();
    }
  }

  /* Forgets all but the last entries; history() brings them again. What surrounds a marker stays with it. */
  trim(roomId, keep) {
    const room = this.room(roomId);
    if (room.entries.length > keep && !room.wantsHistory && room.gaps.length === 0) {
      room.entries.splice(0, room.entries.length - keep);
      room.low = room.entries[0].seq;
      room.historyDone = room.low <= 1;
    }
  }

  /* Says what is not the client's to remember. */
  tell(frame, now) {
    this.now = now;
    if (this.state === 'online') {
      this.#transmit(frame);
    }
  }

  // --- Who is there ------------------------------------------------------------------------------

  /* 'online' or 'away'. */
  sense(status, now) {
    this.now = now;
    if (status !== this.sensed) {
      this.sensed = status;
      this.#say({ status });
    }
  }

  /* The room in sight; '' is none. */
  look(roomId, now) {
    this.now = now;
    if (roomId !== this.open) {
      this.open = roomId;
      this.#say({ currentRoom: this.#openRoom() });
    }
  }

  /* What the person chooses for all devices: `status` (null: what the devices see), `customStatus` and
   * `doNotDisturbUntil` (null: none); what is not among them stays. */
  choose(choice, now) {
    this.now = now;
    this.choice = { ...this.choice, ...choice };
    this.#flushChoice();
  }

  #openRoom() {
    return this.rooms.get(this.open)?.member ? this.open : null;
  }

  #say(fields) {
    if (this.state === 'online') {
      this.#transmit({ type: 'presence', ...fields });
    }
  }

  #flushChoice() {
    const { status, customStatus, doNotDisturbUntil } = this.choice;
    if (this.state !== 'online' || Object.keys(this.choice).length === 0) {
      return;
    }
    const metadata = {};
    if (customStatus !== undefined) {
      metadata.customStatus = customStatus === null ? null : clean(customStatus);
    }
    if (doNotDisturbUntil !== undefined) {
      metadata.doNotDisturbUntil = doNotDisturbUntil;
    }
    const said = status === undefined ? {} : status === null ? { status } : { status, manual: true };
    this.#say(Object.keys(metadata).length > 0 ? { ...said, metadata } : said);
    this.choice = {};
  }

  /* A connection begins as online, in no room. */
  #presenceBegin() {
    this.stale = false;
    if (this.sensed !== 'online') {
      this.#say({ status: this.sensed });
    }
    if (this.#openRoom()) {
      this.#say({ currentRoom: this.open });
    }
    this.#flushChoice();
  }

  // --- The connection ----------------------------------------------------------------------------

  opened(conn, now) {
    this.now = now;
    if (conn !== this.conn || this.state !== 'connecting') {
      return;
    }
    const hello = { type: 'hello', version: 1, token: this.token, device: this.device };
    if (this.epoch) {
      const all = [...this.rooms.values()].filter((room) => room.next > 0);
      // Those left come last: they are not many more than the limit's rest.
      const known = [...all.filter((room) => !room.outside), ...all.filter((room) => room.outside)]
        .slice(0, ROOMS_MAX);
      hello.epoch = this.epoch;
      hello.positions = Object.fromEntries(known.map((room) => [room.id, cursorOf(room)]));
    }
    if (this.seen) {
      hello.seen = this.seen;
    }
    Object.assign(hello, this.#focus());
    this.state = 'hello';
    this.helloAt = now;
    this.#transmit(hello);
  }

  closed(conn, code, now) {
    this.now = now;
    if (conn !== this.conn || !['connecting', 'hello', 'online'].includes(this.state)) {
      return;
    }
    this.closeCode = code;
    this.#offline();
    if (code === TOKEN_EXPIRED || (code >= 4500 && code < 4600)) {
      this.state = 'refused'; // reconnecting would only be refused again
      this.output('refused', { code });
    } else {
      this.#wait();
    }
  }

  frame(conn, text, now) {
    this.now = now;
    if (conn !== this.conn || (this.state !== 'hello' && this.state !== 'online')) {
      return;
    }
    this.lastFrameAt = now;
    this.probeAt = Infinity;
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (this.state === 'hello') { // a session begins with its welcome
      if (frame?.type === 'welcome') {
        this.#welcome(frame);
      }
      return;
    }
    switch (frame?.type) {
      case 'message':
      case 'room_event':
        this.#live(frame);
        break;
      case 'ack':
        this.#ack(frame);
        break;
      case 'nack':
        this.#nack(frame);
        break;
      case 'sync_response':
        this.#page(frame);
        break;
      case 'error':
        this.#syncError(frame);
        break;
      case 'presence_update':
        this.people.update([frame]);
        this.meet([frame.userId]);
        break;
      case 'presence_state':
        this.people.update(frame.users);
        this.meet(frame.users.map(({ userId }) => userId));
        this.stale = frame.stale === true;
        break;
      case 'presence_room':
        this.room(frame.roomId).crowd = frame.online;
        break;
      case 'typing_start':
      case 'typing_stop':
      case 'typing_room':
        this.typing.told(frame, now);
        this.meet([frame.userId]);
        break;
      case 'received':
      case 'read_receipt':
      case 'receipts':
        this.output('receipt', frame);
        break;
      case 'refreshed':
        this.#expires(frame.expiresInMs);
        break;
      case 'draining': // the close follows
        this.comeBackAt = now + Math.min(frame.reconnectInMs, DRAIN_MS_MAX);
        break;
    }
  }

  tick(now) {
    this.now = now;
    if (this.state === 'waiting' && now >= this.reconnectAt) {
      this.#connect();
      return;
    }
    if (now - this.helloAt >= this.answerMs) {
      this.#giveUp();
      return;
    }
    if (this.state !== 'online') {
      return;
    }
    this.typing.tick(now);
    const overdue = (at) => at !== null && now - at >= this.answerMs;
    if (now >= this.#deathAt() || overdue(this.sync?.at ?? null) ||
      [...this.rooms.values()].some((room) => overdue(room.sentAt))) {
      this.#giveUp();
      return;
    }
    if (now >= this.pingAt) {
      this.#ping();
    }
    if (now >= this.refreshAt) {
      this.refreshAt = now + REFRESH_AGAIN_MS;
      this.output('expiring', {});
    }
    this.#syncTick();
    this.rooms.forEach((room) => this.#flush(room));
  }

  /* When tick() is due; Infinity: not. */
  wakeAt() {
    if (this.state !== 'online') {
      return Math.min(this.reconnectAt, this.helloAt + this.answerMs);
    }
    const times = [this.#deathAt(), this.pingAt, this.refreshAt, this.typing.wakeAt()];
    let syncAt = this.sync ? this.sync.at + this.answerMs : Infinity;
    for (const room of this.rooms.values()) {
      if (room.outbox.length > 0) {
        times.push(room.sentAt === null ? room.retryAt : room.sentAt + this.answerMs);
      }
      if (!this.sync && (room.wantsSync || room.wantsHistory || room.wantsNewest || this.#isMarked(room))) {
        syncAt = Math.min(syncAt, this.syncAfter);
      } else if (!this.sync && room.held.length > 0) {
        syncAt = Math.min(syncAt, Math.max(room.heldSince + this.gapMs, this.syncAfter));
      }
    }
    return Math.max(this.now, Math.min(...times, syncAt));
  }

  #deathAt() {
    const silence = this.lastFrameAt + this.pingIntervalMs + this.pingTimeoutMs;
    return Math.min(silence, this.probeAt + this.pingTimeoutMs);
  }

  #expires(ms) {
    this.refreshAt = ms < TIMER_MS_MAX ? this.now + Math.max(ms - REFRESH_MS, ms / 2) : Infinity;
  }

  #ping() {
    this.#transmit({ type: 'ping' });
    this.pingAt = this.now + this.pingIntervalMs;
  }

  #transmit(frame) {
    this.output('transmit', { conn: this.conn, text: JSON.stringify(frame) });
  }

  #connect() {
    this.state = 'connecting';
    this.comeBackAt = 0;
    this.reconnectAt = Infinity;
    this.helloAt = this.now; // the answer time-out counts from here
    this.lastFrameAt = this.now;
    this.conn++;
    this.output('connect', { conn: this.conn });
  }

  /* Full jitter: min + uniform in [0, min(max, min * 2^step)], at most max. After `draining` it
   * comes on top of the time that the server named, and is no failure. */
  #wait() {
    if (this.comeBackAt > 0) {
      this.state = 'waiting';
      this.reconnectAt = Math.max(this.comeBackAt, this.now) + this.random() * this.backoffMinMs;
      this.comeBackAt = 0;
      return;
    }
    const span = Math.min(this.backoffMaxMs, this.backoffMinMs * 2 ** this.step);
    const pause = this.backoffMinMs + this.random() * span;
    this.state = 'waiting';
    this.reconnectAt = this.now + Math.min(pause, this.backoffMaxMs);
    this.step = Math.min(this.step + 1, 31);
  }

  #giveUp() {
    this.output('disconnect', { conn: this.conn, code: 1000 });
    this.#offline();
    this.#wait();
  }

  #offline() {
    if (this.state === 'online' && this.now - this.onlineAt >= this.stableMs) {
      this.step = 0;
    }
    this.reconnectAt = this.helloAt = this.pingAt = this.probeAt = this.refreshAt = Infinity;
    this.typing.offline();
    this.sync = null;
    this.syncAfter = 0;
    for (const room of this.rooms.values()) {
      // What was held, the resume brings again.
      Object.assign(room, { held: [], wantsSync: false, wantsNewest: false, sentAt: null, retryAt: 0 });
    }
  }

  #welcome(frame) {
    this.state = 'online';
    this.helloAt = Infinity;
    this.onlineAt = this.now;
    this.#expires(frame.expiresInMs);
    this.user = frame.userId;
    this.connectionId = frame.connectionId;
    this.pingIntervalMs = frame.limits?.pingIntervalMs ?? this.pingIntervalMs;
    this.pingTimeoutMs = frame.limits?.pingTimeoutMs ?? this.pingTimeoutMs;
    // In the second half of an interval: after a storm of reconnects pings do not come together.
    this.pingAt = this.now + this.pingIntervalMs * (0.5 + this.random() / 2);
    if (frame.epoch !== this.epoch) {
      this.rooms.forEach((room) => this.#reset(room)); // another log: no position means anything
      this.epoch = frame.epoch;
      this.people.clear();
    }
    this.rooms.forEach((room) => { room.member = false; });
    for (const { roomId, head, recovered } of frame.rooms) {
      const room = this.room(roomId);
      room.member = true;
      room.head = head;
      if (room.next === 0) {
        room.startAt(head + 1);
      } else if (!recovered && head !== room.next - 1) {
        room.wantsNewest = head >= room.next && head - room.next >= NEWEST_FIRST && room.gaps.length < GAPS_MAX;
        room.wantsSync = !room.wantsNewest; // a head below what was shown is answered by `reset`
      }
    }
    this.rooms.forEach((room) => { room.wantsHistory &&= room.member; });
    this.output('welcome', frame);
    this.#presenceBegin();
    this.#syncBegin();
    this.rooms.forEach((room) => this.#flush(room));
  }

  // --- Entries in order --------------------------------------------------------------------------

  #live(entry) {
    const room = this.room(entry.roomId);
    if (room.next === 0) {
      room.startAt(entry.seq); // no welcome named it: joined since, it starts here
    }
    if (entry.seq < room.next) { // a page was ahead of the stream: it ends what was told meanwhile
      this.typing.entry(room.id, entry);
    }
    this.#entry(room, entry);
  }

  #entry(room, entry) {
    room.head = Math.max(room.head, entry.seq);
    if (entry.seq < room.next) {
      if (takeAtGap(room, entry.seq)) { // else it was had before
        this.#filled(room, [entry]);
      }
      return;
    }
    if (entry.seq > room.next && !this.#startsAnew(room, entry)) {
      this.#hold(room, entry);
      return;
    }
    this.#show(room, entry);
    while (room.held.length > 0) {
      const first = room.held[0];
      if (first.seq > room.next && !this.#startsAnew(room, first)) {
        break;
      }
      room.held.shift();
      if (first.seq >= room.next) {
        this.#show(room, first);
      }
    }
  }

  #own(entry, event) {
    return entry.type === 'room_event' && entry.event === event && entry.userId === this.user;
  }

  /* Our own join, beyond a time when the room was not ours. */
  #startsAnew(room, entry) {
    return room.outside && entry.seq > room.next && this.#own(entry, 'join');
  }

  #show(room, entry) {
    if (entry.seq !== room.next) {
      room.startAt(entry.seq);
    }
    room.entries.push(entry);
    room.next++;
    if (this.#own(entry, 'join') || this.#own(entry, 'leave')) {
      room.outside = entry.event === 'leave';
      room.historyDone ||= !room.outside && room.entries.length === 1;
    }
    this.#isIn(room, !room.outside);
    room.settling = room.settling.filter(({ seq }) => seq >= room.next);
    this.#had(room, entry);
    this.typing.entry(room.id, entry);
    this.output('shown', { room, entry });
  }

  /* An entry has its place, whichever way it came. */
  #had(room, entry) {
    this.#committed(room, entry);
    this.#see(entry.hlc);
    this.#meet(room, entry.senderId ?? entry.userId);
  }

  /* These entries, ascending, stood behind a marker; none: what it stood for is not the person's to see. */
  #filled(room, entries) {
    if (entries.length > 0) {
      room.entries.splice(placeOf(room.entries, entries[0].seq), 0, ...entries);
    }
    entries.forEach((entry) => this.#had(room, entry));
    this.output('filled', { room, entries });
  }

  #isIn(room, member) {
    const comes = member && !room.member;
    room.member = member;
    if (comes && room.id === this.open) {
      this.#say({ currentRoom: room.id });
    }
  }

  /* An own message that is shown before its ack: it has its place now, the ack will only confirm it. */
  #committed(room, entry) {
    if (entry.senderId === this.user && room.outbox.length + room.failed.length > 0) {
      const message = room.outbox.find(({ frame }) => frame.clientId === entry.clientId);
      if (message) {
        message.seq = entry.seq;
        this.written++;
      } else {
        this.discard(room.id, entry.clientId); // failed here, and sent by another tab
      }
    }
  }

  #hold(room, entry) {
    let at = room.held.length;
    while (at > 0 && room.held[at - 1].seq > entry.seq) {
      at--;
    }
    if (room.held[at - 1]?.seq === entry.seq) {
      return;
    }
    if (room.held.length === HELD_MAX) {
      room.wantsSync ||= !room.wantsNewest; // either brings it, too
      this.#syncBegin();
      return;
    }
    if (room.held.length === 0) {
      room.heldSince = this.now;
    }
    room.held.splice(at, 0, entry);
  }

  #see(stamp) {
    if (stamp > this.seen) { // the order of the bytes is the order of the stamps
      this.seen = stamp;
    }
  }

  #reset(room) {
    room.startAt(0);
    Object.assign(room, { head: 0, outside: false, wantsSync: false, wantsNewest: false, historyDone: false });
    Object.assign(room, { held: [], settling: [] });
    room.outbox.forEach((message) => { delete message.seq; }); // a place of the log that is gone
    for (const message of room.other ? [...room.outbox, ...room.failed] : []) {
      const { roomId, ...frame } = message.frame; // the room of the two is gone, too: they are to make it again
      message.frame = { ...frame, recipientId: room.other };
    }
    this.output('reset', { room });
  }

  /* The room in sight is served first. */
  #focus() {
    return isId(this.open) ? { focus: [this.open] } : {};
  }

  // --- What is missing, page by page: one session at a time --------------------------------------

  #ask(session, request) {
    this.sync = { ...session, ref: `s${++this.syncRef}`, at: this.now };
    const focus = session.rooms ? this.#focus() : {};
    this.#transmit({ type: 'sync_request', ref: this.sync.ref, limit: PAGE_ROWS, ...focus, ...request });
  }

  #syncBegin() {
    if (this.sync || this.state !== 'online' || this.now < this.syncAfter) {
      return;
    }
    const rooms = [...this.rooms.values()];
    const inSightFirst = (list) => list.find(({ id }) => id === this.open) ?? list[0];
    const newest = inSightFirst(rooms.filter((room) => room.wantsNewest));
    const behind = rooms.filter((room) => room.wantsSync).slice(0, ROOMS_MAX);
    const marked = inSightFirst(rooms.filter(this.#isMarked));
    const history = rooms.find((room) => room.wantsHistory);
    if (newest) {
      this.#ask({ newest }, { roomId: newest.id });
    } else if (behind.length > 0) {
      behind.forEach((room) => { room.wantsSync = false; });
      const positions = Object.fromEntries(behind.map((room) => [room.id, room.next - 1]));
      this.#ask({ rooms: new Set(behind) }, { epoch: this.epoch, positions });
    } else if (marked && (marked.id === this.open || !history)) {
      this.#ask({ marked }, { roomId: marked.id, before: marked.gaps.at(-1).high + 1 });
    } else if (history) {
      this.#ask({ history, upto: history.low }, { roomId: history.id, before: history.low, limit: HISTORY_ROWS });
    }
  }

  #page(frame) {
    const session = this.sync;
    if (!session || frame.ref !== session.ref) {
      return; // of a session that is over
    }
    if (frame.epoch !== this.epoch) {
      this.#giveUp(); // its places are of another log: a new welcome sorts it out
      return;
    }
    if (!session.rooms) {
      this.sync = null;
      this.#pageBack(session, frame);
      this.#syncTick();
      return;
    }
    for (const entry of frame.entries) {
      const room = this.rooms.get(entry.roomId);
      if (session.rooms.has(room)) {
        this.#entry(room, entry);
      }
    }
    if (frame.hasMore) {
      this.#ask(session, { cursor: frame.cursor });
      return;
    }
    this.sync = null;
    for (const room of session.rooms) {
      room.heldSince = this.now; // if a gap is left, the log had no more: ask again after a pause
    }
    this.#syncTick();
  }

  /* Those of which a page is worth asking for: who left is refused. */
  #isMarked({ member, gaps }) {
    return member && gaps.length > 0;
  }

  #pageBack(session, frame) {
    if (session.newest) {
      this.#newestPage(session.newest, frame);
    } else if (session.marked) {
      this.#markedPage(session, frame);
    } else {
      this.#olderPage(session, frame);
    }
  }

  /* The room goes on with its newest page, behind a marker, if there is something between that may be seen. */
  #newestPage(room, { entries: page, hasMore }) {
    room.wantsNewest = false;
    room.wantsSync ||= page.length === 0;
    if (page.length > 0 && page[0].seq > room.next && !this.#startsAnew(room, page[0])) {
      if (hasMore) {
        openGap(room, page[0].seq);
      }
      room.next = page[0].seq;
      room.outside = false; // a page is of those who are in
    }
    page.forEach((entry) => this.#entry(room, entry));
  }

  /* From the upper edge of the last marker down. What lies between the edge and the page is of a time when the
   * person was not in the room. */
  #markedPage({ marked: room }, { entries: page, hasMore }) {
    const gap = room.gaps.at(-1);
    if (!gap) {
      return; // live frames filled it meanwhile, or the room started anew
    }
    const { low } = gap;
    const entries = [];
    cutGap(room, page.length > 0 ? page.at(-1).seq + 1 : 0);
    for (let at = page.length - 1; at >= 0 && takeAtGap(room, page[at].seq); at--) {
      entries.unshift(page[at]);
    }
    if (!hasMore && room.gaps.at(-1)?.low === low) {
      cutGap(room, 0);
    }
    this.#filled(room, entries);
  }

  /* A page is of one stay in the room and ends where it was asked for, or it is of an earlier one, with a hole
   * between: that is not shown (I1). */
  #olderPage({ history: room, upto }, { entries: page, hasMore }) {
    const entries = page.at(-1)?.seq === upto - 1 ? page : [];
    room.wantsHistory = false;
    if (room.low === upto) { // else the room started anew meanwhile
      room.entries.unshift(...entries);
      room.historyDone = !hasMore || entries.length === 0 || this.#own(entries[0], 'join');
      room.low = entries[0]?.seq ?? upto;
      entries.forEach((entry) => this.#had(room, entry));
      this.output('older', { room, entries });
    }
  }

  #syncError(error) {
    const session = this.sync;
    if (!error.ref || error.ref !== session?.ref) {
      return;
    }
    if (session.history && !error.temporary) {
      // Older messages are not worth a connection: it would end in the same answer again.
      Object.assign(session.history, { wantsHistory: false, historyDone: true });
      this.sync = null;
      this.output('older', { room: session.history, entries: [] });
      this.#syncTick();
      return;
    }
    if ((session.newest || session.marked) && error.code === 'denied') {
      const room = session.newest ?? session.marked; // it is not the person's any more
      Object.assign(room, { wantsNewest: false, gaps: [] });
      this.sync = null;
      this.#filled(room, []);
      this.#syncTick();
      return;
    }
    if (error.code === 'reset') {
      session.rooms?.forEach((room) => this.#reset(room)); // the next welcome starts them at their heads
    }
    if (!error.temporary && error.code !== 'bad_cursor') {
      this.#giveUp(); // asking again would not help; a welcome may
      return;
    }
    this.sync = null;
    this.syncAfter = this.now + Math.max(error.retryAfterMs ?? 0, this.gapMs);
    session.rooms?.forEach((room) => { room.wantsSync = true; });
  }

  #syncTick() {
    for (const room of this.rooms.values()) {
      if (!this.sync && !room.wantsNewest && room.held.length > 0 && this.now >= room.heldSince + this.gapMs) {
        room.wantsSync = true;
      }
    }
    this.#syncBegin();
  }

  // --- The outbox --------------------------------------------------------------------------------

  #queue(room, frame, extra = {}) {
    const message = { frame, ...extra };
    room.outbox.push(message);
    this.written++;
    this.#flush(room);
    return message;
  }

  #flush(room) {
    const first = room.outbox[0];
    if (this.state === 'online' && first && room.sentAt === null && this.now >= room.retryAt) {
      room.sentAt = this.now;
      this.#transmit(first.frame);
    }
  }

  #waitingFor(clientId) {
    return [...this.rooms.values()].find(({ outbox: [first] }) => first && first.frame.clientId === clientId);
  }

  #pop(room) {
    Object.assign(room, { sentAt: null, retryAt: 0 });
    this.written++;
    return room.outbox.shift();
  }

  #ack(ack) {
    const room = this.#waitingFor(ack.clientId);
    if (!room) {
      return; // acked before
    }
    const message = this.#pop(room);
    this.#see(ack.hlc);
    if (message.frame.type === 'send') {
      message.seq = ack.seq;
      message.at = ack.timestamp;
      if (ack.seq >= room.next) {
        room.settling.push(message);
      }
    } else if (message.frame.type !== 'room_leave') {
      this.#entered(room, ack.seq);
    }
    this.output('acked', { room, message, ack });
    this.#flush(room);
  }

  #entered(room, seq) {
    this.#isIn(room, true);
    if (room.next === 0 && seq > 0) {
      room.startAt(seq);
      room.historyDone = true; // it begins with our join
    }
    this.output('entered', { room });
  }

  #nack(nack) {
    const room = this.#waitingFor(nack.clientId);
    if (!room || room.sentAt === null) {
      return; // of an attempt that is over
    }
    const [first] = room.outbox;
    first.nacks = (first.nacks ?? 0) + (nack.temporary ? 1 : 0);
    if (nack.temporary && first.nacks <= this.maxRetries) {
      room.sentAt = null;
      room.retryAt = this.now + (nack.retryAfterMs || this.backoffMinMs);
      this.written++;
      return;
    }
    const message = this.#pop(room);
    // There is a limit that a later try may be within, and one of the rooms that somebody is in.
    this.#refused(room, message, nack.code === 'limit' && !nack.temporary ? 'no_place' : nack.code);
    this.#flush(room);
  }

  /* A join that is denied becomes a creation; one that finds the name taken, a last join. */
  #refused(room, message, code) {
    const { type, roomId } = message.frame;
    const clientId = this.newId();
    if (type === 'room_join' && code === 'already') {
      this.#entered(room, 0);
    } else if (type === 'room_join' && code === 'denied' && message.orCreate) {
      room.outbox.unshift({ frame: { type: 'room_create', roomId, clientId, open: true } });
    } else if (type === 'room_create' && code === 'conflict') {
      room.outbox.unshift({ frame: { type: 'room_join', roomId, clientId } });
    } else {
      message.code = code;
      if (type === 'send') {
        room.failed.push(message);
      } else if (type === 'room_leave' && code === 'denied') {
        room.member = false; // left before, elsewhere
      }
      this.output('failed', { room, message, code });
    }
  }
}
