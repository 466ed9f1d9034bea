/* A stand-in for hubbubd, to look at the page without one: serves the page's files, gives tokens by
 * name, and speaks enough of the protocol from memory. It is no reference: PROTOCOL.md is.
 *
 *   node mock.mjs [PORT]      (with Debian's node-ws, or NODE_PATH where another `ws` is)
 *
 * What is sent to it can ask for trouble: "!deny" is refused for good, "!busy" is refused twice for a
 * while and "!never" always, "!lose" is committed and the connection ends without the ack, at "!cut" it ends
 * before, four times. While `holds`, pages backwards but the newest wait for release(). With `lateMs` entries come that much behind their acks. And over HTTP, by POST:
 * /mock/close?code=1012[&user=ada] ends connections, /mock/login?on=0 switches names off,
 * /mock/epoch begins another log, /mock/say?room=R&user=U with a text says it. */

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { WebSocketServer } = createRequire(import.meta.url)(process.env.NODE_PATH ? 'ws' : '/usr/share/nodejs/ws');
const PAGE = new URL('../../page/', import.meta.url);
const TYPES = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };
const CSP = "default-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:";
const ID = /^[A-Za-z0-9_-]{1,64}$/;
const COMMANDS = new Set(['send', 'room_create', 'room_join', 'room_leave']);
const UNTOLD = new Set(['presence', 'received', 'read_receipt']);
const TEMPORARY = new Set(['try_again', 'limit', 'no_memory']);

export const directRoom = (...two) => `dm-${createHash('sha256').update(two.sort().join(':')).digest()
  .subarray(0, 30).toString('base64url')}`;
const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
export const tokenOf = (user, seconds) => [base64url({ alg: 'HS256', kid: 'dev', typ: 'JWT' }),
  base64url({ sub: user, exp: Math.floor(Date.now() / 1000) + seconds }), 'c2lnbmF0dXJl'].join('.');

/* Of a subject that is short; the page's tests have no longer ones. */
const idOf = (subject) => (ID.test(subject) && !subject.startsWith('_') ? subject : `_${Buffer.from(subject).toString('base64url')}`);

function userOf(token) {
  try {
    const { sub, exp } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    return sub && exp > Date.now() / 1000 ? idOf(sub) : null;
  } catch {
    return null;
  }
}

export class Mock {
  #stamp = 0;

  constructor({ pingIntervalMs = 25000, tokenSeconds = 3600, lateMs = 0, presence = true } = {}) {
    Object.assign(this, { pingIntervalMs, tokenSeconds, lateMs, presence, byName: true, refusing: false, epoch: 'e1' });
    this.logIns = 0;
    this.cuts = 4;
    this.refusals = []; // {content, at}: of nacks
    this.rooms = new Map(); // id -> {open, log, members: Map of user -> seq of the last join, done}
    this.sessions = new Set();
    this.typed = []; // what was said of typing
    this.hellos = [];
    this.untold = []; // it tells nobody of that
    this.sends = [];
    this.holds = false;
    this.held = []; // pages that wait
    this.http = createServer((request, response) => this.#serve(request, response));
    new WebSocketServer({ server: this.http, verifyClient: () => !this.refusing })
      .on('connection', (ws) => this.#connected(ws));
  }

  listen(port = 0) {
    return new Promise((resolve) => this.http.listen(port, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${this.http.address().port}`)));
  }

  close() {
    this.cut(1001);
    this.http.close();
    this.http.closeAllConnections();
  }

  cut(code, user) {
    for (const session of this.sessions) {
      if (!user || session.user === user) {
        session.ws.close(code);
      }
    }
  }

  drain(reconnectInMs) {
    this.sessions.forEach((session) => this.#say(session, { type: 'draining', reconnectInMs }));
    this.cut(1012);
  }

  /* Another log: all rooms are gone. */
  begin(epoch) {
    this.epoch = epoch;
    this.rooms.clear();
    this.cut(4004);
  }

  say(roomId, user, content) {
    const room = this.#room(roomId);
    if (!room.members.has(user)) {
      this.#event(room, 'join', user);
    }
    this.#append(room, { type: 'message', senderId: user, content });
  }

  /* The next page that waits, once it was asked for. */
  async release() {
    while (this.held.length === 0) {
      await new Promise((resolve) => { setTimeout(resolve, 10); });
    }
    this.held.shift()();
  }

  /* To one person by name; the first one makes the room of the two. */
  write(user, other, content, clientId) {
    return this.#append(this.#direct(user, other), { type: 'message', senderId: user, clientId, content });
  }

  #direct(user, other) {
    const room = this.#room(directRoom(user, other));
    if (room.log.length === 0) {
      room.open = false;
      this.#event(room, 'join', user);
      this.#event(room, 'join', other);
    }
    return room;
  }

  texts(roomId) {
    return this.#room(roomId).log.filter(({ type }) => type === 'message').map(({ content }) => content);
  }

  async #serve(request, response) {
    const { pathname, searchParams } = new URL(request.url, 'http://mock');
    let body = '';
    for await (const part of request) {
      body += part;
    }
    if (request.method === 'POST' && pathname === '/api/login') {
      this.#logIn(body, response);
    } else if (pathname === '/api/presence' && this.presence) {
      this.#members(request, searchParams.get('room'), response);
    } else if (/^\/api\/rooms\/[^/]+\/members$/.test(pathname)) {
      const members = [...this.rooms.get(pathname.split('/')[3])?.members.keys() ?? []].map((userId) => ({ userId }));
      response.end(JSON.stringify({ members }));
    } else if (request.method === 'POST' && pathname.startsWith('/mock/')) {
      this.#control(pathname.slice(6), searchParams, body);
      response.end('ok');
    } else {
      await this.#file(pathname === '/' ? '/index.html' : pathname, response);
    }
  }

  #logIn(body, response) {
    const { user: name } = JSON.parse(body);
    const good = name !== '' && name.length <= 255;
    this.logIns++;
    response.writeHead(this.byName ? (good ? 200 : 400) : 404, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(good ? { user: idOf(name), token: tokenOf(name, this.tokenSeconds) } : { code: 'bad_field' }));
  }

  /* Everybody of the room, online while connected. */
  #members(request, roomId, response) {
    const user = userOf(/^Bearer (.+)$/.exec(request.headers.authorization)?.[1] ?? '');
    const room = this.rooms.get(roomId);
    const users = [...room?.members.keys() ?? []].map((userId) => ({ userId, version: ++this.#stamp,
      status: [...this.sessions].some((session) => session.user === userId) ? 'online' : 'offline' }));
    response.writeHead(user && room?.members.has(user) ? 200 : user ? 404 : 401,
      { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ users }));
  }

  #control(verb, query, body) {
    if (verb === 'close') {
      this.cut(Number(query.get('code')), query.get('user'));
    } else if (verb === 'login') {
      this.byName = query.get('on') !== '0';
    } else if (verb === 'epoch') {
      this.begin(`e${Date.now()}`);
    } else if (verb === 'say') {
      this.say(query.get('room'), query.get('user'), body);
    }
  }

  async #file(path, response) {
    try {
      const name = /^\/[a-z]+\.([a-z]+)$/.exec(path);
      const bytes = await readFile(fileURLToPath(new URL(path.slice(1), PAGE)));
      response.writeHead(200, { 'Content-Type': `${TYPES[name[1]]}; charset=utf-8`,
        'Content-Security-Policy': CSP, 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-cache' });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  }

  // --- The protocol ------------------------------------------------------------------------------

  #connected(ws) {
    const session = { ws, user: null, busy: 2 };
    this.sessions.add(session);
    ws.on('close', () => this.sessions.delete(session));
    ws.on('message', (data) => this.#frame(session, JSON.parse(data)));
  }

  tell(frame) {
    this.sessions.forEach((session) => session.user && this.#say(session, frame));
  }

  #say(session, frame) {
    session.ws.send(JSON.stringify(frame));
  }

  #frame(session, frame) {
    if (frame.type === 'hello') {
      this.#hello(session, frame);
    } else if (!session.user) {
      session.ws.close(1008);
    } else if (frame.type === 'ping') {
      this.#say(session, { type: 'pong' });
    } else if (UNTOLD.has(frame.type)) {
      this.untold.push(frame);
    } else if (frame.type.startsWith('typing_')) {
      this.typed.push(frame);
      if (frame.recipientId && frame.type === 'typing_start') {
        this.#direct(session.user, frame.recipientId);
      }
    } else if (frame.type === 'sync_request') {
      const answer = () => (frame.roomId ? this.#before(session, frame) : this.#sync(session, frame));
      this.holds && frame.before ? this.held.push(answer) : answer();
    } else if (COMMANDS.has(frame.type)) {
      this.#command(session, frame);
    } else {
      this.#say(session, { type: 'error', code: 'bad_type', temporary: false, message: `no ${frame.type} here` });
    }
  }

  #hello(session, frame) {
    const { token, epoch, positions = {} } = frame;
    this.hellos.push(frame);
    session.user = userOf(token);
    if (!session.user) {
      session.ws.close(4500);
      return;
    }
    const mine = [...this.rooms.values()].filter((room) => room.members.has(session.user));
    const missing = [];
    const rooms = mine.map((room) => {
      const head = room.log.length;
      const position = positions[room.id];
      const recovered = position === undefined || position === head || (epoch === this.epoch &&
        position < head && head - position <= 20 && position + 1 >= room.members.get(session.user));
      missing.push(...(recovered && position !== undefined ? room.log.slice(position) : []));
      return { roomId: room.id, head, recovered };
    });
    this.#say(session, { type: 'welcome', version: 1, userId: session.user, connectionId: 'c1',
      epoch: this.epoch, rooms, limits: { pingIntervalMs: this.pingIntervalMs, pingTimeoutMs: 10000 },
      capabilities: ['resume', 'sync'] });
    missing.forEach((entry) => this.#say(session, entry));
  }

  /* The newest entries of the last stay that began below `before`. */
  #before(session, { ref, roomId, before = Infinity, limit = 100 }) {
    const room = this.rooms.get(roomId);
    if (!room?.members.has(session.user)) {
      this.#say(session, { type: 'error', ref, code: 'denied', field: 'roomId', temporary: false, message: 'denied' });
      return;
    }
    const stays = [];
    for (const { type, event, userId, seq } of room.log) {
      if (type === 'room_event' && userId === session.user) {
        event === 'join' ? stays.push({ from: seq, to: Infinity }) : Object.assign(stays.at(-1), { to: seq });
      }
    }
    const { from, to } = stays.findLast((stay) => stay.from < before) ?? { from: 1, to: 0 };
    const entries = room.log.slice(from - 1, Math.min(to, before - 1)).slice(-Math.min(limit, 100));
    this.#say(session, { type: 'sync_response', ref, epoch: this.epoch, entries, heads: { [roomId]: room.log.length },
      hasMore: entries[0]?.seq > stays[0].from });
  }

  /* Positions are the whole state of a cursor, so here they are the cursor. */
  #sync(session, { ref, epoch, positions, cursor, limit = 100 }) {
    const at = cursor ? JSON.parse(Buffer.from(cursor, 'base64url')) : positions;
    const mine = Object.keys(at).filter((id) => this.rooms.get(id)?.members.has(session.user));
    const fail = (code) => this.#say(session, { type: 'error', ref, code, temporary: false, message: code });
    if (!cursor && mine.length < Object.keys(at).length) {
      fail('denied');
      return;
    }
    if ((!cursor && epoch !== this.epoch) || mine.some((id) => at[id] > this.rooms.get(id).log.length)) {
      fail('reset');
      return;
    }
    const behind = mine.find((id) => at[id] < this.rooms.get(id).log.length);
    const rows = behind ? this.rooms.get(behind).log.slice(at[behind], at[behind] + Math.min(limit, 100)) : [];
    const visible = rows.filter(({ seq }) => this.#visible(this.rooms.get(behind), session.user, seq));
    const heads = Object.fromEntries(mine.map((id) => [id, this.rooms.get(id).log.length]));
    const next = Object.fromEntries(mine.map((id) => [id, id === behind ? rows.at(-1).seq : at[id]]));
    this.#say(session, { type: 'sync_response', ref, epoch: this.epoch, entries: visible, heads,
      cursor: base64url(next), hasMore: mine.some((id) => next[id] < heads[id]) });
  }

  #visible(room, user, seq) {
    let inside = false;
    for (const entry of room.log.slice(0, seq)) {
      const own = entry.type === 'room_event' && entry.userId === user;
      inside = own && entry.event === 'join' ? true : inside;
      if (entry.seq === seq) {
        return inside;
      }
      inside = own && entry.event === 'leave' ? false : inside;
    }
    return false;
  }

  #room(id) {
    if (!this.rooms.has(id)) {
      this.rooms.set(id, { id, open: true, log: [], members: new Map(), done: new Map() });
    }
    return this.rooms.get(id);
  }

  /* Appends, and tells whoever is in: one who leaves sees the leaving, one who joins the joining. */
  #append(room, fields) {
    const seq = room.log.length + 1;
    const hlc = `${(++this.#stamp).toString(16).padStart(12, '0')}-0000-n1`;
    const entry = { ...fields, id: `${room.id}-${seq}`, roomId: room.id, seq, timestamp: Date.now(), hlc };
    room.log.push(entry);
    const told = [...this.sessions].filter((session) => room.members.has(session.user));
    const tell = () => told.forEach((session) => this.#say(session, entry));
    if (this.lateMs > 0) {
      setTimeout(tell, this.lateMs);
    } else {
      tell();
    }
    return entry;
  }

  #event(room, event, userId, clientId) {
    if (event === 'join') {
      room.members.set(userId, room.log.length + 1);
    }
    const entry = this.#append(room, { type: 'room_event', event, userId, clientId });
    if (event === 'leave') {
      room.members.delete(userId);
    }
    return entry;
  }

  #command(session, frame) {
    const { clientId } = frame;
    const roomId = frame.roomId ?? directRoom(session.user, frame.recipientId);
    const nack = (code) => this.#say(session, { type: 'nack', clientId, code: code === 'full' ? 'limit' : code, // of rooms: for good
      temporary: TEMPORARY.has(code), retryAfterMs: 300 });
    const first = this.rooms.get(roomId)?.done.get(`${session.user} ${clientId}`);
    if (frame.content === '!cut' && this.cuts-- > 0) {
      session.ws.close(4007);
      return;
    }
    this.sends.push(frame);
    const outcome = first ?? this.#outcome(session, frame);
    if (typeof outcome === 'string') {
      this.refusals.push({ content: frame.content, at: Date.now() });
      nack(outcome);
      return;
    }
    this.rooms.get(roomId).done.set(`${session.user} ${clientId}`, outcome);
    if (frame.content === '!lose' && !first) {
      session.ws.terminate();
      return;
    }
    const { id, seq, timestamp, hlc } = outcome;
    this.#say(session, { type: 'ack', clientId, roomId, id, seq, timestamp, hlc });
  }

  /* The entry, or the code of a refusal. */
  #outcome(session, { type, roomId, recipientId, clientId, content, open = false }) {
    const { user } = session;
    if (recipientId && (user === recipientId || content === '!deny')) {
      return user === recipientId ? 'bad_field' : 'full';
    }
    const room = recipientId ? this.#direct(user, recipientId) : this.rooms.get(roomId);
    if (type === 'room_create') {
      if (room) {
        return 'conflict';
      }
      this.#room(roomId).open = open;
      return this.#event(this.#room(roomId), 'join', user, clientId);
    }
    if (type === 'room_join') {
      return room?.members.has(user) ? 'already'
        : room?.open ? this.#event(room, 'join', user, clientId) : 'denied';
    }
    if (!room?.members.has(user) || content === '!deny') {
      return 'denied';
    }
    if (content === '!never' || (content === '!busy' && session.busy-- > 0)) {
      return 'try_again';
    }
    return type === 'room_leave' ? this.#event(room, 'leave', user, clientId)
      : this.#append(room, { type: 'message', senderId: user, clientId, content });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await new Mock().listen(Number(process.argv[2] ?? 0)));
}
