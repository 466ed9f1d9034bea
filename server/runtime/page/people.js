/* Who is there: what the server told of people, and what this device sees of its own.
 *
 *   presence_update, presence_state, GET /api/presence --> People --> app.js
 *   mousedown, keydown, touchstart, scroll, return of visibility --> Idle --> `presence` away, online
 *
 * No clock is read here: `now` is of one that only goes forward, so that a wall clock that jumps, or a night's
 * sleep, is not activity. */

export class People {
  #known = new Map();

  /* A telling counts if it is newer than what is known: tellings may overtake each other. Gives whether
   * anything changed. */
  update(people) {
    let changed = false;
    for (const { userId, status, version, lastSeen = 0, device, currentRoom, metadata = {} } of people) {
      const known = this.#known.get(userId);
      if (!known || version > known.version) {
        this.#known.set(userId, { status, version, device, currentRoom,
          lastSeen: Math.max(lastSeen, known?.lastSeen ?? 0),
          customStatus: metadata.customStatus ?? '', doNotDisturbUntil: metadata.doNotDisturbUntil ?? 0 });
        changed = true;
      }
    }
    return changed;
  }

  /* null: nothing was told. */
  get(user) {
    return this.#known.get(user) ?? null;
  }

  clear() {
    this.#known.clear();
  }
}

export const IDLE_MS = 5 * 60000;
export const IDLE_WARN_MS = 60000; // before it
export const IDLE_CHECK_MS = 10000;

export class Idle {
  #last;
  #warned = false;
  idle = false;

  /* `output(kind)`: 'warning' once before, 'withdrawn' if that was in vain, 'idle', 'active'. */
  constructor({ now, output, idleMs = IDLE_MS, warnMs = IDLE_WARN_MS }) {
    Object.assign(this, { output, idleMs, warnMs });
    this.#last = now;
  }

  activity(now) {
    this.#last = now;
    if (this.idle) {
      this.idle = false;
      this.output('active');
    } else if (this.#warned) {
      this.output('withdrawn');
    }
    this.#warned = false;
  }

  check(now) {
    const still = now - this.#last;
    if (this.idle) {
      return;
    }
    if (still >= this.idleMs) {
      this.idle = true;
      this.#warned = false;
      this.output('idle');
    } else if (still >= this.idleMs - this.warnMs && !this.#warned) {
      this.#warned = true;
      this.output('warning');
    }
  }
}
