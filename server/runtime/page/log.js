/* The log of the room in sight. Of its entries only a window stands in the document:
 *
 *   entries  [ . . . . . . | from  in the document  to | . . . . . ]  pending
 *                             [ in sight ]
 *
 *   I1  it holds at most ROWS_MAX entries, and is moved on when its edge comes near to what is in sight;
 *   I2  what is in sight stays where it is, whatever comes or goes above and below: history, the moved
 *       window, live messages. But at the end the log is `sticky`: there it follows what comes.
 *
 * Its edges are places in the room's order, so that they hold while entries come at both ends. The rows
 * are kept by key, so a message on its way from "waiting" to its place stays the same element. */

import { $, setRows, setText } from './dom.js';
import { itemsOf, placeOf, placeOfNew } from './items.js';
import { newRow, updateRow } from './rows.js';
import { Sight } from './sight.js';

const END_PX = 48; // this close to the end is at the end
const EDGE_PX = 600; // this close to an edge, more is put there
const ROWS_MAX = 200; // at 26 px, the least that a row has: more than a high screen and two edges
const OPEN_ROWS = 80; // of a room that is opened
const STEP_ROWS = 60; // to which the window is moved on at once; also what is above the line "New"
const OWN_SCROLL_MS = 250; // the event comes with the next frame

const scroller = $('scroller');
const log = $('log');
let room = null; // whose log it is: an id
let first = 0; // seq of the window's first entry; 0: of the room's
let last = Infinity; // seq of its last one; Infinity: of the room's
let sticky = true;
let ownScrollAt = -Infinity;
let sight = null;
let shown = ''; // what stands there, in short

const scrollTo = (top) => {
  ownScrollAt = performance.now();
  scroller.scrollTop = top;
};
const toEnd = () => scrollTo(scroller.scrollHeight);
const belowSight = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;

export function measureSticky() {
  sticky = last === Infinity && belowSight() < END_PX;
}

export const atEnd = () => sticky;

export function scrollToEnd() {
  [sticky, last] = [true, Infinity];
  toEnd();
}

/* Whether a scrolling of this moment is the page's: a message that comes moves the log, and nobody did it. */
export const scrollsItself = () => performance.now() - ownScrollAt < OWN_SCROLL_MS;

/* Whether the beginning of what is there is near, so that older entries should be. */
export const wantsOlder = () => first === 0 && scroller.scrollTop < EDGE_PX;

/* The greatest seq of a room that somebody who looks at the page can see; 0: none. */
export const seqInSight = (id) => (id === room ? sight.seq() : 0);

/* Nobody is signed in, or another: the next room that is shown is opened anew. */
export function closeLog() {
  room = null;
  shown = '';
  sight.clear();
  log.replaceChildren();
}

// --- The window --------------------------------------------------------------------------------------

function openAt({ entries, gaps, newFrom, user }) {
  const newAt = placeOfNew(entries, newFrom, user, gaps);
  const from = Math.max(0, newAt < 0 ? entries.length - OPEN_ROWS : newAt - STEP_ROWS);
  const to = newAt < 0 ? entries.length : Math.min(entries.length, newAt + OPEN_ROWS);
  sticky = newAt < 0;
  return { from, to };
}

function moved({ entries }) {
  let from = placeOf(entries, first);
  let to = last === Infinity ? entries.length : placeOf(entries, last + 1);
  if (sticky) {
    from = to - from > ROWS_MAX ? to - OPEN_ROWS : from;
  } else if (to < entries.length && belowSight() < EDGE_PX) {
    to = Math.min(entries.length, to + STEP_ROWS);
    from = Math.max(from, to - ROWS_MAX);
  } else {
    from = scroller.scrollTop < EDGE_PX ? Math.max(0, from - STEP_ROWS) : from;
    if (to - from > ROWS_MAX) { // also by what came into the middle: what is in sight stays within
      from = Math.max(from, placeOf(entries, Number(rowInSight()?.dataset.seq ?? 0)) - ROWS_MAX / 2);
    }
    to = Math.min(to, from + ROWS_MAX);
  }
  return { from, to };
}

/* The first row in sight that has a place; below a marker, if that is in the upper half: what fills it goes the
 * other way. */
function rowInSight() {
  const { top, height } = scroller.getBoundingClientRect();
  let found;
  for (const row of log.querySelectorAll('[data-seq], [data-kind=gap]')) {
    const box = row.getBoundingClientRect();
    if (found && box.top > top + height / 2) {
      break;
    }
    if (row.dataset.kind === 'gap') {
      found = undefined;
    } else if (box.bottom > top) {
      found ??= row;
    }
  }
  return found;
}

function patch(items) {
  const old = new Map([...log.children].map((row) => [row.dataset.key, row]));
  const rows = items.map((item) => {
    const known = old.get(item.key);
    const row = known ?? newRow(item);
    updateRow(row, item);
    if (known) {
      old.delete(item.key);
    } else {
      sight.add(row);
    }
    return row;
  });
  old.forEach((row) => sight.remove(row));
  setRows(log, rows);
}

/* Whatever of a model can be seen in the log: when it is the same, nothing is touched. */
const inShort = ({ entries, pending, newFrom, older, receipts, gaps, loads }, from, to) => [loads, ...gaps.flatMap(Object.values), from, to, entries[from]?.seq, entries[to]?.seq,
  newFrom, older, receipts, ...pending.map(({ message, state }) => message.frame.clientId + state)].join(' ');

/* The first row in sight that stays itself, and where it stands: it shall stand there afterwards. */
function anchor() {
  const row = rowInSight();
  const node = row?.querySelector('.text') ?? row;
  return node && { node, y: node.getBoundingClientRect().top };
}

/* `model`: {id, entries, gaps, loads, pending, user, direct, newFrom, older}. */
export function renderLog(model) {
  const opens = room !== model.id;
  if (opens) {
    closeLog();
    room = model.id;
  }
  const { entries } = model;
  const { from, to } = opens ? openAt(model) : moved(model);
  first = from > 0 ? entries[from].seq : 0;
  last = to < entries.length ? entries[to - 1].seq : Infinity;
  const next = inShort(model, from, to);
  if (next === shown && !opens) {
    return;
  }
  shown = next;
  const held = sticky || opens ? null : anchor();
  patch(itemsOf({ ...model, from, to, pending: last === Infinity ? model.pending : [] }));
  setText($('older'), first === 0 ? model.older : '');
  if (opens && !sticky) {
    const line = log.querySelector('[data-kind=new]');
    scrollTo(line.offsetTop - scroller.clientHeight / 4);
    measureSticky();
  }
  if (sticky) {
    toEnd();
  } else if (held?.node.isConnected) {
    scrollTo(scroller.scrollTop + held.node.getBoundingClientRect().top - held.y);
  }
}

/* Whether there is something to do about where the log was scrolled to. */
function isNearEdge() {
  return wantsOlder() || (first > 0 && scroller.scrollTop < EDGE_PX) || (last < Infinity && belowSight() < EDGE_PX);
}

/* `scrolled` and `seen` are called when what is in sight changed so that it matters: by a person or the page,
 * and as the browser found it afterwards. */
export function bindLog({ scrolled, seen }) {
  sight = new Sight(scroller, seen);
  scroller.addEventListener('scroll', () => {
    const before = sticky;
    measureSticky();
    if (sticky !== before || isNearEdge()) {
      scrolled();
    }
  });
  new ResizeObserver(() => sticky && toEnd()).observe(scroller);
}
