/* What arrived here and was read is said to the server, in batches, and what it tells of others is kept. Pure:
 * `say(frame)` and the clock are the caller's, as in client.js.
 *
 * Nothing above a marker has arrived, for the server, until it is filled: `limitOf(room)` is the last place below one.
 * What was read is said again on each connection until the server tells of it. What was missed is asked for
 * first, by the version that is had: the server may have it. */

const FLUSH_MS = 500; // one frame of each kind and room in this time
const IDS_MAX = 100; // of a frame, where the welcome does not say
const READERS_MANY = 5;

class Room {
  constructor() {
    this.shown = 0; // all up to here is on this device
    this.said = 0; // what was said of it on this connection
    this.version = undefined; // all up to this one was told; undefined: nothing
    this.asked = false; // what was missed is on its way
    this.arrived = new Map(); // user -> seq
    this.reads = new Map(); // id of a message -> {user: readAt}
    this.mine = new Map(); // id -> {seq, said}: read here, not known to be taken; said on this connection or not
  }
}

/* What stands below an own message, and how it is said. `readers`: how many read it. */
export function stateOf({ acked, arrived, readers }) {
  if (!acked) {
    return { marks: '', text: '' };
  }
  if (readers >= READERS_MANY) {
    return { marks: '✓✓', text: 'Read by many' };
  }
  if (readers > 0) {
    return { marks: '✓✓', text: `Read by ${readers}` };
  }
  return arrived ? { marks: '✓✓', text: 'Delivered' } : { marks: '✓', text: 'Sent' };
}

export class Receipts {
  constructor({ user, say, limitOf = () => Infinity }) {
    Object.assign(this, { user, say, limitOf, now: 0, online: false, flushAt: Infinity, changes: 0, idsMax: IDS_MAX });
    this.epoch = '';
    this.rooms = new Map();
  }

  #room(id) {
    if (!this.rooms.has(id)) {
      this.rooms.set(id, new Room());
    }
    return this.rooms.get(id);
  }

  #arm() {
    this.flushAt = Math.min(this.flushAt, this.now + FLUSH_MS);
  }

  /* A connection begins. */
  welcome({ epoch, rooms, limits }, now) {
    this.now = now;
    if (epoch !== this.epoch) {
      this.epoch = epoch;
      this.rooms.clear();
    }
    this.idsMax = limits?.receiptIds ?? IDS_MAX;
    this.online = true;
    for (const { roomId } of rooms) {
      const room = this.#room(roomId);
      Object.assign(room, { said: 0, asked: true });
      room.mine.forEach((message) => { message.said = false; });
      this.#ask(roomId, room);
    }
    this.#arm();
  }

  lost() {
    this.online = false;
    this.flushAt = Infinity;
  }

  #ask(roomId, { version }) {
    this.say({ type: 'receipts_request', roomId, ...(version === undefined ? {} : { after: version }) });
  }

  /* An entry is shown. */
  shown(roomId, seq, now) {
    this.now = now;
    const room = this.#room(roomId);
    if (seq > room.shown) {
      room.shown = seq;
      this.#arm();
    }
  }

  /* A marker went, or came down. */
  filled(now) {
    this.now = now;
    this.#arm();
  }

  /* The person read these entries. */
  read(roomId, entries, now) {
    this.now = now;
    const room = this.#room(roomId);
    for (const { type, id, seq, senderId } of entries) {
      if (type === 'message' && senderId !== this.user && !room.mine.has(id) && !room.reads.get(id)?.[this.user]) {
        room.mine.set(id, { seq, said: false });
        this.#arm();
      }
    }
  }

  wakeAt() {
    return this.online ? this.flushAt : Infinity;
  }

  tick(now) {
    this.now = now;
    if (!this.online || now < this.flushAt) {
      return;
    }
    this.flushAt = Infinity;
    for (const [roomId, room] of this.rooms) {
      const limit = this.limitOf(roomId);
      const upTo = Math.min(room.shown, limit);
      if (upTo > room.said) {
        room.said = upTo;
        this.say({ type: 'received', roomId, upTo });
      }
      const waiting = [...room.mine].filter(([, { seq, said }]) => !said && seq <= limit).map(([id]) => id);
      const messageIds = room.asked ? [] : waiting.slice(0, this.idsMax);
      if (messageIds.length > 0) {
        messageIds.forEach((id) => { room.mine.get(id).said = true; });
        this.say({ type: 'read_receipt', messageIds, chatId: roomId });
      }
      if (!room.asked && waiting.length > messageIds.length) {
        this.#arm(); // the others in another frame
      }
    }
  }

  hear(frame, now) {
    this.now = now;
    this.changes++;
    if (frame.type === 'received') {
      this.#arrived(this.#room(frame.roomId), frame.userId, frame.upTo);
      this.#versioned(this.#room(frame.roomId), frame.version);
    } else if (frame.type === 'read_receipt') {
      this.#read(this.#room(frame.chatId), frame);
    } else {
      this.#all(frame, this.#room(frame.roomId));
    }
  }

  #versioned(room, version) {
    if (!room.asked) {
      room.version = Math.max(room.version ?? 0, version);
    }
  }

  #arrived(room, user, upTo) {
    room.arrived.set(user, Math.max(room.arrived.get(user) ?? 0, upTo));
  }

  #read(room, { messageIds, readBy, readAt, upTo, version }) {
    for (const id of messageIds) {
      room.reads.set(id, { ...room.reads.get(id), [readBy]: readAt });
      if (readBy === this.user) {
        room.mine.delete(id);
      }
    }
    if (upTo) {
      this.#arrived(room, readBy, upTo);
    }
    this.#versioned(room, version);
  }

  /* All up to here was told. A change that came meanwhile may be told again: that is the same. */
  #all({ roomId, version, hasMore }, room) {
    room.version = Math.max(room.version ?? 0, version);
    if (hasMore) {
      this.#ask(roomId, room);
      return;
    }
    room.asked = false;
    this.#arm();
  }

  /* Of those messages that the person read anywhere: on another device, too. */
  wasRead(roomId, id) {
    return this.rooms.get(roomId)?.reads.get(id)?.[this.user] !== undefined;
  }

  /* Of an own message that has its place. */
  of(roomId, { id, seq }) {
    const room = this.#room(roomId);
    const names = Object.keys(room.reads.get(id) ?? {}).filter((name) => name !== this.user).sort();
    const arrived = [...room.arrived].some(([user, upTo]) => user !== this.user && upTo >= seq);
    return { ...stateOf({ acked: true, arrived, readers: names.length }), names };
  }
}
