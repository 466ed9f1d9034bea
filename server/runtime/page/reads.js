/* How far a person read each room, and what is unread. Pure: who saves it, and who is told, is the
 * caller's. A position only grows, so the tabs of one person agree on the greatest. */

export class Reads {
  constructor(saved) {
    this.epoch = saved?.epoch ?? '';
    this.rooms = { ...saved?.rooms };
  }

  /* The log of the server: positions of another one mean nothing. */
  begin(epoch) {
    if (this.epoch !== epoch) {
      this.epoch = epoch;
      this.rooms = {};
    }
  }

  /* What another tab knows. */
  merge(saved) {
    if (saved?.epoch === this.epoch) {
      Object.entries(saved.rooms).forEach(([id, seq]) => this.see(id, seq));
    }
  }

  /* What was there when a room was first heard of is not news. Gives whether that was now. */
  meet(room) {
    return room.next > 0 && this.rooms[room.id] === undefined && this.see(room.id, room.low - 1);
  }

  /* Read up to `seq`. Gives whether that is further than before. */
  see(id, seq) {
    const further = seq > (this.rooms[id] ?? -1);
    if (further) {
      this.rooms[id] = seq;
    }
    return further;
  }

  /* How many messages of others are behind the position. Of what is not loaded, everything counts: who
   * wrote it is not known. */
  unread({ id, entries, gaps = [], next, low, historyDone }, user) {
    const read = this.rooms[id];
    if (next === 0 || read === undefined) {
      return 0;
    }
    let count = historyDone ? 0 : Math.max(0, low - 1 - read);
    for (const gap of gaps) {
      count += Math.max(0, gap.high - Math.max(gap.low - 1, read));
    }
    for (let at = entries.length - 1; at >= 0 && entries[at].seq > read; at--) {
      const { senderId } = entries[at];
      count += senderId !== undefined && senderId !== user ? 1 : 0;
    }
    return count;
  }
}
