/* Where what a person wrote waits for its ack, so that it outlives the tab.
 *
 *   Box.open() -- write() at every change --> localStorage, a key for each tab of a person
 *     a reload: the key is moved to the new page's own
 *     a tab that ended: its key is taken by another one, now or when it opens: adopt()
 *
 * Whether a tab still lives, its lock says, where the browser has locks (not without TLS, but for this
 * machine); else what live tabs wrote is taken as well. That is harmless, as is every old state here: a
 * message keeps its id, and is committed once. */

import { forget, keys, load, local, store } from './store.js';

const RELOAD_MS = 1500; // from the end of a tab's page to when it has moved its box and has its lock

const prefixOf = (user) => `hubbub.outbox.${user}.`;

export class Box {
  #release = () => {};
  #known = new Set();

  /* `before`: the id that this tab's last page had, if any. */
  static open(user, id, before) {
    const box = new Box(user, id);
    box.written = before ? load(local, prefixOf(user) + before) ?? [] : [];
    if (box.written.length > 0 && box.write(box.written)) {
      forget(local, prefixOf(user) + before);
    }
    return box;
  }

  constructor(user, id) {
    this.user = user;
    this.key = prefixOf(user) + id;
    navigator.locks?.request(this.key, () => new Promise((resolve) => { this.#release = resolve; })).catch(() => {});
  }

  /* Gives whether it is kept. */
  write(outboxes) {
    if (outboxes.length > 0) {
      return store(local, this.key, outboxes);
    }
    forget(local, this.key);
    return true;
  }

  /* Gives `taken` what tabs that are gone left, and forgets it when that says that it is kept. */
  adopt(taken) {
    this.taken = taken;
    keys(local, prefixOf(this.user)).forEach((key) => this.#watch(key, () => this.#take(key)));
  }

  /* A key of the storage that was changed by another tab, so by one that lives. */
  notice(key) {
    this.#watch(key, () => {});
  }

  /* A tab that loads again moves what is its own, and has its lock soon after: that is waited for, before
   * its lock and behind it. */
  #watch(key, withoutLocks) {
    if (!key?.startsWith(prefixOf(this.user)) || key === this.key || this.#known.has(key)) {
      return;
    }
    this.#known.add(key);
    const pause = () => new Promise((resolve) => { setTimeout(resolve, RELOAD_MS); });
    const take = async () => {
      await pause();
      this.#take(key);
    };
    pause().then(() => (navigator.locks ? navigator.locks.request(key, take) : withoutLocks())).catch(() => {});
  }

  #take(key) {
    const outboxes = load(local, key);
    if (outboxes && this.taken(outboxes)) {
      forget(local, key);
    }
  }

  /* The tab is not this person any more; what is in the box stays for the next. */
  close() {
    this.taken = () => false;
    this.#release();
  }

  /* How many messages wait in all tabs of a person. */
  static waiting(user) {
    return keys(local, prefixOf(user)).flatMap((key) => load(local, key) ?? [])
      .flatMap(({ outbox, failed }) => [...outbox, ...failed]).filter(({ frame }) => frame.type === 'send').length;
  }

  static clear(user) {
    keys(local, prefixOf(user)).forEach((key) => forget(local, key));
  }
}
