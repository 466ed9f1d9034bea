/* Which rows of the log somebody can see: at least the half of one, or, of one that is higher than the log
 * is, when it comes to the middle. Whether anybody looks at the page is not known here. */

export class Sight {
  #halves = new Set(); // rows
  #middle = new Set();
  #observers;

  /* `changed` is called after each change of what is in sight. */
  constructor(root, changed) {
    const observer = (set, isIn, options) => new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (isIn(entry)) {
          set.add(entry.target);
        } else {
          set.delete(entry.target);
        }
      }
      changed();
    }, { root, ...options });
    this.#observers = [
      observer(this.#halves, ({ intersectionRatio }) => intersectionRatio >= 0.5, { threshold: 0.5 }),
      observer(this.#middle, ({ isIntersecting, boundingClientRect }) =>
        isIntersecting && boundingClientRect.height >= root.clientHeight, { rootMargin: '-50% 0px' }),
    ];
  }

  add(row) {
    this.#observers.forEach((observer) => observer.observe(row));
  }

  remove(row) {
    this.#observers.forEach((observer) => observer.unobserve(row));
    this.#halves.delete(row);
    this.#middle.delete(row);
  }

  clear() {
    this.#observers.forEach((observer) => observer.disconnect());
    this.#halves.clear();
    this.#middle.clear();
  }

  /* The greatest place in the room's order that is in sight; 0: none. */
  seq() {
    let greatest = 0;
    for (const row of [...this.#halves, ...this.#middle]) {
      greatest = Math.max(greatest, Number(row.dataset.seq ?? 0));
    }
    return greatest;
  }
}
