/* Who types: what this page says of its person, and whom it shows.
 *
 *   silent --key: typing_start at once--> typing --key: again, 2 s after the last word at the soonest--> typing
 *     ^                                     |
 *     +-- 3 s without a key, an empty field, a message, another room: typing_stop at once --+
 *
 * Of others it shows whom it was told of last, until it is told otherwise, sees a message or a leave of theirs, or 5 s
 * have passed, whatever the server forgets to say. Nothing outlives a connection. No clock is read here. */

export const REFRESH_MS = 2000;
export const PAUSE_MS = 3000;
export const SHOWN_MS = 5000;

export class Typing {
  #room = ''; // whose field has the last key
  #said = false; // that they type there
  #owed = false; // a key came since
  #keyAt = 0;
  #saidAt = 0;
  #shown = new Map(); // room -> {users: Map(user -> until), others, until}

  /* `say(type, roomId)` gives whether there was a connection to say it on. */
  constructor({ say }) {
    this.say = say;
  }

  key(roomId, isEmpty, now) {
    if (roomId !== this.#room) {
      this.#stop();
      this.#room = roomId;
    }
    this.#keyAt = now;
    if (isEmpty) {
      this.#stop();
    } else if (!this.#said) {
      this.#start(now);
    } else {
      this.#owed = true;
      this.#look(now);
    }
  }

  sent(roomId) {
    if (roomId === this.#room) {
      this.#stop();
    }
  }

  #start(now) {
    this.#said = this.say('typing_start', this.#room);
    this.#owed = false;
    this.#saidAt = now;
  }

  #stop() {
    if (this.#said) {
      this.say('typing_stop', this.#room);
    }
    this.#said = this.#owed = false;
  }

  #look(now) {
    if (this.#said && now >= this.#keyAt + PAUSE_MS) {
      this.#stop();
    } else if (this.#said && this.#owed && now >= this.#saidAt + REFRESH_MS) {
      this.#start(now);
    }
  }

  // --- Of others -----------------------------------------------------------------------------------

  told({ type, roomId, userId, others }, now) {
    const room = this.#shown.get(roomId) ?? { users: new Map(), others: 0, until: 0 };
    this.#shown.set(roomId, room);
    if (type === 'typing_start') {
      room.users.set(userId, now + SHOWN_MS);
    } else if (type === 'typing_stop') {
      room.users.delete(userId);
    } else {
      Object.assign(room, { others, until: now + SHOWN_MS });
    }
  }

  /* An entry is shown. */
  entry(roomId, { type, event, senderId, userId }) {
    if (type === 'message' || event === 'leave') {
      this.#shown.get(roomId)?.users.delete(type === 'message' ? senderId : userId);
    }
  }

  /* {users, others}, as of the last tick. */
  of(roomId) {
    const room = this.#shown.get(roomId);
    return { users: [...room?.users.keys() ?? []], others: room?.others ?? 0 };
  }

  tick(now) {
    this.#look(now);
    for (const [roomId, room] of this.#shown) {
      for (const [user, until] of room.users) {
        if (now >= until) {
          room.users.delete(user);
        }
      }
      room.others = now >= room.until ? 0 : room.others;
      if (room.users.size === 0 && room.others === 0) {
        this.#shown.delete(roomId);
      }
    }
  }

  wakeAt() {
    const times = [Infinity];
    if (this.#said) {
      times.push(this.#keyAt + PAUSE_MS, this.#owed ? this.#saidAt + REFRESH_MS : Infinity);
    }
    for (const { users, others, until } of this.#shown.values()) {
      times.push(...users.values(), others > 0 ? until : Infinity);
    }
    return Math.min(...times);
  }

  offline() {
    this.#said = this.#owed = false;
    this.#shown.clear();
  }
}
