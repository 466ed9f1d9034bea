/* A small honest client of PROTOCOL.md on the library `ws`, written apart from the server's own
 * clients so that they do not share a misunderstanding.
 *
 *   open --welcome--> online --close, error, silence--> waiting (back-off) --> open ...
 *
 * It shows what a person would see, also who is there (`people`), and takes note of all that the server
 * claimed. Checked at once,
 * as trouble of the test:
 *   - live frames of a connection go on at the welcome's head (recovered: at the position), by one;
 *   - a resend's ack equals the first; nothing is acked in another room than it was sent to;
 *   - entries shown: no id and no (sender, clientId) twice, stamps ascend with the places;
 *   - no unexpected error, permanent nack or close 45xx; one epoch for ever.
 * Checked at the end by verify(): what all clients show is what the log holds, and each ack is in
 * it. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { cleanup, same, secret, trouble, until } from './harness.mjs';

export const WebSocket = createRequire(import.meta.url)(process.env.NODE_PATH ? 'ws' : '/usr/share/nodejs/ws');

const WINDOW = 16; // unacked commands of one room on the wire; the server lets 64 wait
const BACKOFF_MS = [50, 1000];
const ANSWER_MS = 15000; // no frame for this long while one is due: the connection is dead

class Room {
  constructor() {
    this.next = 0; // seq that is shown next; 0: not known yet
    this.shown = [];
    this.held = new Map(); // seq -> entry, behind a gap
    this.outbox = []; // commands in the order written, until they are acked
    this.wantsSync = false;
  }

  get last() { return this.shown.at(-1)?.seq ?? 0; }
}

export class Chat {
  /* `nodes`: where it may connect, the first one first; it moves on when it is `roaming` or told to. */
  constructor(user, token, nodes, { roaming = false, inHandshake = false } = {}) {
    Object.assign(this, { user, token, nodes, roaming, inHandshake });
    this.node = nodes[0];
    this.rooms = new Map();
    this.acks = new Map(); // clientId -> ack
    this.closes = []; // codes, in the order of connections
    this.nacks = 0;
    this.welcomes = [];
    this.draining = null;
    this.people = new Map(); // user -> the newest that was told of them
    this.left = []; // {userId, at}: each time that somebody who was there was shown offline
    this.ids = new Set();
    this.clientIds = new Set();
    this.lastId = 0;
    this.backoff = BACKOFF_MS[0];
    this.conn = null; // {ws, online, live: Map room -> seq, syncing, due}
    this.ended = false;
    this.watch = setInterval(() => this.look(), 1000);
    cleanup(() => this.end());
    secret(token);
  }

  fail(text) {
    if (!this.ended) trouble(`${this.user}: ${text}`);
  }

  room(id) {
    if (!this.rooms.has(id)) this.rooms.set(id, new Room());
    return this.rooms.get(id);
  }

  /* --- The connection --- */

  connect() {
    const headers = this.inHandshake ? { Authorization: `Bearer ${this.token}` } : {};
    const ws = new WebSocket(this.node.ws, { headers, handshakeTimeout: ANSWER_MS, perMessageDeflate: false });
    const conn = this.conn = { ws, online: false, live: new Map(), syncing: false, heard: performance.now() };
    ws.on('open', () => {
      const positions = Object.fromEntries([...this.rooms].filter(([, room]) => room.next > 0)
        .map(([id, room]) => [id, room.next - 1]));
      this.transmit({
        type: 'hello', version: 1, device: 'd1', ...(!this.inHandshake && { token: this.token }),
        ...(this.epoch && { epoch: this.epoch, positions }),
      });
    });
    ws.on('message', (bytes) => {
      conn.heard = performance.now();
      if (this.conn === conn && !this.ended) this.frame(JSON.parse(bytes.toString()));
    });
    ws.on('error', () => {}); // 'close' follows
    ws.on('close', (code) => this.lost(conn, code));
    return this;
  }

  lost(conn, code) {
    if (this.conn !== conn || this.ended) return;
    this.conn = null;
    this.closes.push(code);
    if (code >= 4500) this.fail(`closed for good with ${code}`);
    if (conn.online) this.backoff = BACKOFF_MS[0];
    if (this.roaming) this.node = this.nodes[Math.floor(Math.random() * this.nodes.length)];
    this.again = setTimeout(() => this.connect(), this.backoff * (0.5 + Math.random()));
    this.backoff = Math.min(this.backoff * 2, BACKOFF_MS[1]);
  }

  /* Without a goodbye, as a network does; to another node if one is given. */
  cut(node = this.node) {
    this.node = node;
    this.conn?.ws.terminate();
  }

  look() {
    const { conn } = this;
    if (!conn) return;
    const due = !conn.online || conn.syncing || this.unacked() > 0;
    if (due && performance.now() - conn.heard > ANSWER_MS) conn.ws.terminate();
    else if (conn.online && performance.now() - conn.heard > 10000) this.transmit({ type: 'ping' });
  }

  transmit(frame) {
    if (this.conn?.ws.readyState === WebSocket.OPEN) this.conn.ws.send(JSON.stringify(frame));
  }

  get online() { return this.conn?.online ?? false; }

  end() {
    this.ended = true;
    clearInterval(this.watch);
    clearTimeout(this.again);
    this.conn?.ws.terminate();
  }

  /* --- Writing --- */

  command(roomId, frame) {
    const command = { frame: { ...frame, roomId, clientId: `${this.user}-${++this.lastId}` }, onWire: false };
    command.acked = new Promise((done) => { command.done = done; });
    this.room(roomId).outbox.push(command);
    this.pump(roomId);
    return command.acked;
  }

  say(roomId, content) {
    secret(content);
    return this.command(roomId, { type: 'send', content });
  }

  create(roomId, members) {
    return this.command(roomId, { type: 'room_create', open: true, ...(members && { members }) });
  }

  join(roomId) { return this.command(roomId, { type: 'room_join' }); }

  unacked() { return [...this.rooms.values()].reduce((sum, room) => sum + room.outbox.length, 0); }

  pump(roomId) {
    const room = this.room(roomId);
    if (!this.online || this.draining || performance.now() < (room.retryAt ?? 0)) return;
    for (const command of room.outbox.slice(0, WINDOW)) {
      if (!command.onWire) {
        command.onWire = true;
        this.transmit(command.frame);
      }
    }
  }

  find(clientId) {
    for (const [roomId, room] of this.rooms) {
      const command = room.outbox.find((one) => one.frame.clientId === clientId);
      if (command) return { roomId, room, command };
    }
    return {};
  }

  acked(ack) {
    const first = this.acks.get(ack.clientId);
    if (first) {
      if (first.id !== ack.id || first.seq !== ack.seq || first.roomId !== ack.roomId) {
        this.fail(`two acks of ${ack.clientId}: ${JSON.stringify(first)}, ${JSON.stringify(ack)}`);
      }
      return;
    }
    const { roomId, room, command } = this.find(ack.clientId);
    if (!command || roomId !== ack.roomId) {
      this.fail(`an ack of what was not sent: ${JSON.stringify(ack)}`);
      return;
    }
    this.acks.set(ack.clientId, ack);
    room.outbox.splice(room.outbox.indexOf(command), 1);
    command.done(ack);
    this.pump(roomId);
  }

  /* What was on the wire behind it is refused too; all of it goes again, in the order written. */
  nacked(nack) {
    const { roomId, room, command } = this.find(nack.clientId);
    this.nacks++;
    if (!nack.temporary || !command) {
      this.fail(`nack ${JSON.stringify(nack)}`);
      return;
    }
    command.onWire = false;
    room.retryAt = performance.now() + nack.retryAfterMs;
    setTimeout(() => { if (!this.ended) this.pump(roomId); }, nack.retryAfterMs + 1);
  }

  /* --- Reading --- */

  frame(frame) {
    const handlers = {
      welcome: () => this.welcome(frame),
      message: () => this.live(frame),
      room_event: () => this.live(frame),
      ack: () => this.acked(frame),
      nack: () => this.nacked(frame),
      sync_response: () => this.page(frame),
      error: () => this.error(frame),
      draining: () => { this.draining = frame; },
      pong: () => {},
      presence_update: () => this.presence(frame),
      presence_state: () => frame.users.forEach((person) => this.presence(person)),
      presence_room: () => {},
      typing_start: () => {}, // shown to nobody
      typing_stop: () => {},
    };
    const handler = handlers[frame.type];
    if (handler) handler();
    else this.fail(`a frame of unknown type: ${JSON.stringify(frame)}`);
  }

  welcome(frame) {
    this.welcomes.push(frame);
    this.draining = null;
    if (this.epoch && this.epoch !== frame.epoch) this.fail('another epoch');
    this.epoch = frame.epoch;
    this.conn.online = true;
    for (const { roomId, head, recovered } of frame.rooms) {
      const room = this.room(roomId);
      const known = room.next > 0;
      this.conn.live.set(roomId, known && recovered ? room.next - 1 : head);
      room.held.clear();
      room.wantsSync = head > 0 && !(known && recovered); // a first hello starts at the head
    }
    this.sync();
    for (const [roomId, room] of this.rooms) {
      for (const command of room.outbox) command.onWire = false;
      this.pump(roomId);
    }
  }

  live(entry) {
    const { live } = this.conn;
    const room = this.room(entry.roomId);
    const before = live.get(entry.roomId);
    if (before !== undefined && entry.seq !== before + 1) {
      this.fail(`live ${entry.roomId} ${entry.seq} behind ${before}`);
    }
    live.set(entry.roomId, entry.seq);
    if (room.next === 0 && entry.event === 'join' && entry.userId === this.user) {
      room.next = entry.seq; // what came before it is not for us
    }
    this.take(entry);
    if (room.held.size > 0 && !room.wantsSync) {
      room.wantsSync = true;
      this.sync();
    }
  }

  /* Shows it, or holds it behind a gap; what is known already comes by a page that overlaps. */
  take(entry) {
    const room = this.room(entry.roomId);
    if (room.next === 0 || entry.seq > room.next) {
      room.held.set(entry.seq, entry);
      return;
    }
    for (let next = entry; next && next.seq === room.next; next = room.held.get(room.next)) {
      room.held.delete(next.seq);
      this.show(room, next);
    }
  }

  show(room, entry) {
    const before = room.shown.at(-1);
    if (before && !(before.hlc < entry.hlc)) this.fail(`stamps ${before.hlc}, ${entry.hlc}`);
    const writer = `${entry.senderId ?? entry.userId} ${entry.clientId ?? entry.id}`;
    if (this.ids.has(entry.id) || this.clientIds.has(writer)) this.fail(`twice: ${JSON.stringify(entry)}`);
    this.ids.add(entry.id);
    this.clientIds.add(writer);
    room.shown.push(entry);
    room.next = entry.seq + 1;
  }

  /* What is not newer than what is known is passed over. */
  presence(person) {
    const before = this.people.get(person.userId);
    if (before && person.version <= before.version) return;
    this.people.set(person.userId, person);
    if (before && before.status !== 'offline' && person.status === 'offline') {
      this.left.push({ userId: person.userId, at: performance.now() });
    }
  }

  /* --- Pages --- */

  sync(cursor) {
    const { conn } = this;
    if (!conn?.online || (conn.syncing && !cursor)) return;
    const wanted = [...this.rooms].filter(([, room]) => room.wantsSync);
    if (!cursor && wanted.length === 0) return;
    conn.syncing = true;
    const positions = Object.fromEntries(wanted.map(([id, room]) => [id, Math.max(room.next - 1, 0)]));
    this.request = cursor ? { cursor } : { epoch: this.epoch, positions };
    this.transmit({ type: 'sync_request', ref: 'r1', limit: 100, ...this.request });
  }

  page({ entries, heads, cursor, hasMore }) {
    for (const entry of entries) {
      const room = this.room(entry.roomId);
      if (room.next === 0) room.next = entry.seq; // the first that we may see
      this.take(entry);
    }
    if (hasMore) {
      this.sync(cursor);
      return;
    }
    this.conn.syncing = false;
    for (const roomId of Object.keys(heads)) {
      const room = this.room(roomId);
      room.wantsSync = room.held.size > 0;
    }
    this.sync();
  }

  error(error) {
    const { conn } = this;
    if (error.temporary && error.ref) {
      const again = this.request.cursor;
      setTimeout(() => {
        if (this.conn !== conn || this.ended) return;
        conn.syncing = Boolean(again);
        this.sync(again);
      }, error.retryAfterMs ?? 100);
    } else if (!error.temporary) { // a node that is not ready says so and closes
      this.fail(`error ${JSON.stringify(error)}`);
    }
  }
}

/* --- Many ----------------------------------------------------------------------------------- */

/* Clients by name, connected; client i to node i, and so on round. */
export async function people(names, nodes, options) {
  const chats = [];
  for (const [i, name] of names.entries()) {
    const order = nodes.map((_, k) => nodes[(i + k) % nodes.length]);
    chats.push(new Chat(name, await order[0].login(name), order, options).connect());
  }
  await until('all are welcome', () => chats.every((chat) => chat.online));
  return chats;
}

/* The first one makes the rooms, the others join. */
export async function meet(chats, rooms) {
  await Promise.all(rooms.map((room) => chats[0].create(room)));
  await Promise.all(chats.slice(1).flatMap((chat) => rooms.map((room) => chat.join(room))));
}

/* Waits until all was acked and all clients show all of it. */
export async function settled(chats, ms = 30000) {
  const heads = () => {
    const heads = new Map();
    for (const chat of chats) {
      for (const ack of chat.acks.values()) heads.set(ack.roomId, Math.max(heads.get(ack.roomId) ?? 0, ack.seq));
      for (const [id, room] of chat.rooms) heads.set(id, Math.max(heads.get(id) ?? 0, room.last));
    }
    return heads;
  };
  const behind = () => {
    const all = [...heads()];
    return chats.filter((chat) => chat.unacked() > 0 || all.some(([id, head]) => chat.room(id).last < head));
  };
  await until(() => `settled: ${behind().map((chat) => `${chat.user} (${chat.online ? 'online' : 'away'}, ${chat.unacked()} `
    + `unacked, ${[...chat.rooms].map(([id, room]) => `${id} ${room.last}`)}; closes ${chat.closes})`).join('; ')} `
    + `behind ${JSON.stringify([...heads()])}`, () => behind().length === 0, ms);
}

const essence = ({ id, seq, senderId, userId, clientId, content, event, hlc }) => (
  { id, seq, senderId, userId, clientId, content, event, hlc });

/* The log is dense; each client shows all of it from where it joined, in that order; each ack is in
 * it; what was written is there once and as it was written. Gives the count of messages. */
export function verify(chats, log) {
  let messages = 0;
  const written = new Set();
  for (const [roomId, entries] of log) {
    entries.forEach((entry, i) => assert.equal(entry.seq, i + 1, `${roomId} is dense`));
    for (const entry of entries) {
      if (entry.type !== 'message') continue;
      messages++;
      assert(!written.has(`${entry.senderId} ${entry.clientId}`), `once: ${entry.clientId}`);
      written.add(`${entry.senderId} ${entry.clientId}`);
    }
  }
  for (const chat of chats) {
    for (const [roomId, room] of chat.rooms) {
      const entries = log.get(roomId);
      const own = entries.findIndex((entry) => entry.event === 'join' && entry.userId === chat.user);
      same(room.shown.map(essence), entries.slice(own).map(essence), `${chat.user} in ${roomId}`);
      assert.equal(room.outbox.length, 0);
    }
    for (const [clientId, ack] of chat.acks) {
      const entry = log.get(ack.roomId)[ack.seq - 1];
      assert.deepEqual([entry?.id, entry?.clientId, entry?.hlc], [ack.id, clientId, ack.hlc], 'an ack is in the log');
    }
  }
  return messages;
}

/* Texts that a careless byte, UTF-16 unit or JSON escape breaks. */
export const TEXTS = [
  'hello', '👋🏽 👨‍👩‍👧‍👦 🏳️‍🌈', 'שלום, עולם', 'مرحبا ‏123‏ بالعالم', 'e\u0301 n\u0303 Z\u0351\u036b\u0343\u036a\u0302', 'नमस्ते दुनिया',
  '漢字かな交じり文', '"quoted" \\back\\ /slash/ \b\f\n\r\t', '\u2028\u2029\u200b\u202e', '\u{10ffff}\ufffd\ufeff', ' ', '</script>&lt;',
];

/* Each writes on and on, in turn to each room, `paceMs` apart and never with more than a few
 * unacked. Gives what ends it. */
export function load(chats, rooms, paceMs = 25) {
  let turn = 0;
  const timer = setInterval(() => {
    turn++;
    for (const [c, chat] of chats.entries()) {
      if (chat.unacked() < 8) chat.say(rooms[(turn + c) % rooms.length], `${turn} ${TEXTS[turn % TEXTS.length]}`);
    }
  }, paceMs);
  const end = () => clearInterval(timer);
  cleanup(end);
  return end;
}

export const acksOf = (chats) => chats.reduce((sum, chat) => sum + chat.acks.size, 0);
