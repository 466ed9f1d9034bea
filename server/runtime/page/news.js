/* What a reading voice is told of the room in sight: what comes, not what is moved or loaded. Many at
 * once would never end, so they are counted. */

const PAUSE_MS = 1000; // from the first that waits to its telling
const LETTERS_MAX = 200;

export class News {
  #waiting = [];

  /* `output(text)`, for a live region. */
  constructor(output, later = (run) => setTimeout(run, PAUSE_MS)) {
    Object.assign(this, { output, later });
  }

  tell(sender, text) {
    this.#waiting.push(`${sender}: ${text.length > LETTERS_MAX ? `${text.slice(0, LETTERS_MAX)}…` : text}`);
    if (this.#waiting.length === 1) {
      this.later(() => {
        const told = this.#waiting.splice(0);
        if (told.length > 0) {
          this.output(told.length > 1 ? `${told.length} new messages. The last one, ${told.at(-1)}` : told[0]);
        }
      });
    }
  }

  /* Another room is in sight. */
  clear() {
    this.#waiting.length = 0;
  }
}
