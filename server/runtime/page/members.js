/* Who is in which room, and what is shown of people. Members are read over HTTP, because no frame says them:
 * one room at a time, the one in sight first; of the others, whether they have two members.
 *
 *   app.js -- read(rooms, current) --> GET /api/presence --> changed() --> other(), people(), me() */

import { nameOf } from './names.js';
import { natural } from './order.js';
import * as words from './words.js';

const MEMBERS_MAX = 256; // of a room, listed
const PAUSE_MS = 3000; // before members that could not be read are read again
const RANK = { online: 0, busy: 1, away: 2, offline: 3 };

export class Members {
  #rooms = new Map(); // by id: {ids, whole, more, crowd, old}
  #reading = false;
  #wanted = null; // {rooms, current}, as they were last

  /* `token()` is the one to ask with; `changed()` is called when there is more to show. */
  constructor(client, { token, changed }) {
    Object.assign(this, { client, token, changed });
  }

  /* Somebody came to this room or left it; without a room: it may be so of each. */
  old(roomId) {
    for (const [id, known] of this.#rooms) {
      known.old ||= roomId === undefined || roomId === id;
    }
  }

  async read(rooms, current) {
    this.#wanted = { rooms, current };
    if (this.#reading) {
      return;
    }
    this.#reading = true;
    for (let id = this.#next(); id !== undefined; id = this.#next()) {
      const known = await this.#ask(id, id === this.#wanted.current ? MEMBERS_MAX : 3);
      if (known) {
        this.#rooms.set(id, known);
      }
      this.changed();
      if (!known || known.old) {
        await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
      }
    }
    this.#reading = false;
  }

  #next() {
    const { rooms, current } = this.#wanted;
    const isDue = (id) => {
      const known = this.#rooms.get(id);
      return this.client.rooms.get(id)?.member && (!known || known.old || (id === current && !known.whole));
    };
    return this.client.state === 'online' ? [current, ...rooms.map((room) => room.id)].find(isDue) : undefined;
  }

  /* null: later. */
  async #ask(id, limit) {
    try {
      const answer = await fetch(`api/presence?room=${id}&since=0&limit=${limit}`,
        { headers: { Authorization: `Bearer ${this.token()}` } });
      if (answer.status === 404) { // presence is switched off, or the room was left
        await this.#meet(id);
        return { ids: [], whole: true, more: false, crowd: false, old: false };
      }
      if (!answer.ok) {
        return null;
      }
      const said = await answer.json();
      this.client.people.update(said.users);
      this.client.meet(said.users.map(({ userId }) => userId));
      return { ids: said.users.map(({ userId }) => userId), whole: !said.next || limit === MEMBERS_MAX,
        more: Boolean(said.next), crowd: said.crowd === true, old: said.stale === true };
    } catch {
      return null;
    }
  }

  /* Who is in a direct chat that somebody else began, where presence does not say it. */
  async #meet(id) {
    const room = this.client.rooms.get(id);
    if (room?.direct && !room.other) {
      const answer = await fetch(`api/rooms/${id}/members`, { headers: { Authorization: `Bearer ${this.token()}` } });
      this.client.meet(answer.ok ? (await answer.json()).members.map(({ userId }) => userId) : []);
    }
  }

  /* What is shown of somebody. Of what was told on a connection that is gone, only the name counts. */
  person(id) {
    const person = this.client.people.get(id);
    const unsure = this.client.state !== 'online' || this.client.stale || !person;
    return { id, name: nameOf(id), unsure, you: id === this.client.user, ...words.of(person, Date.now()) };
  }

  /* The other one of a room of two; null: it is none, or nothing is known of them. */
  other(roomId) {
    const { direct, other } = this.client.rooms.get(roomId) ?? {};
    if (direct) {
      return other && this.client.people.get(other) ? this.person(other) : null;
    }
    const known = this.#rooms.get(roomId);
    const ids = known?.ids ?? [];
    const { user } = this.client;
    return ids.length === 2 && !known.more && !known.crowd && ids.includes(user)
      ? this.person(ids.find((id) => id !== user)) : null;
  }

  /* null: it is not known who is in this room. */
  people(room) {
    const known = this.#rooms.get(room.id);
    if (!known) {
      return null;
    }
    const list = known.ids.map((id) => this.person(id))
      .sort((a, b) => RANK[a.status] - RANK[b.status] || natural(a.name, b.name) || natural(a.id, b.id));
    const here = known.crowd ? room.crowd : list.filter(({ status }) => status !== 'offline').length;
    const note = known.crowd ? 'There are too many members to list them.'
      : this.client.stale ? 'Who is here may be out of date.' : '';
    return { here, list, note, more: known.more };
  }

  me() {
    const { status, word, lines } = this.person(this.client.user);
    return { status, line: [status === 'offline' ? 'Shown as offline' : word, ...lines].join(' · ') };
  }
}
