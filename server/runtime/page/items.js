/* From the entries of a room to what stands in its log, item by item. Pure. */

const GROUP_MS = 5 * 60000; // messages of one sender within it stand together

const GLANCE = 8; // entries beyond a cut that are looked at; more of an unknown kind are not in a row

/* Who made a direct chat and who did not is nobody's news: both are in it from its first message on. */
const isShown = ({ type, event }, direct) => type === 'message' ||
  (!direct && (event === 'join' || event === 'leave'));

/* Where the first entry of `seq` or above is. */
export function placeOf(entries, seq) {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle].seq < seq) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/* Where the first message of others is that is new, or what is behind a marker that stands for new ones; -1: there
 * is none. */
export function placeOfNew(entries, newFrom, user, gaps = []) {
  if (!newFrom) {
    return -1;
  }
  const gap = gaps.find(({ high }) => high >= newFrom);
  const marked = gap ? placeOf(entries, gap.low) : -1;
  for (let at = placeOf(entries, newFrom); at < entries.length; at++) {
    if (at === marked || (entries[at].type === 'message' && entries[at].senderId !== user)) {
      return at;
    }
  }
  return -1;
}

/* Whether a local day begins with an instant, behind the one asked about before. */
class Days {
  #from = Infinity;
  #to = -Infinity;

  begins(at) {
    if (at >= this.#from && at < this.#to) {
      return false;
    }
    const day = new Date(at);
    this.#from = day.setHours(0, 0, 0, 0);
    this.#to = day.setDate(day.getDate() + 1);
    return true;
  }
}

/* The items of a room in order: days, joins, messages, the line above what is new, and markers of what is missing. Each has a key
 * that stays while the thing it shows stays. Of the entries those of [from, to): what an item looks like
 * does not depend on where they are cut. */
export function itemsOf({ entries, pending, user, newFrom = 0, from = 0, to = entries.length, receiptOf, gaps = [], loads = false, direct = false }) {
  const items = [];
  let days = new Days();
  let previous = null;
  const put = (item) => {
    if (days.begins(item.at)) {
      items.push({ key: `day ${item.key}`, kind: 'day', at: item.at });
      previous = null;
    }
    item.first = !(previous?.kind === 'message' && item.kind === 'message' &&
      previous.sender === item.sender && item.at - previous.at < GROUP_MS);
    item.last = true;
    if (!item.first) {
      previous.last = false;
    }
    items.push(item);
    previous = item;
  };
  const putEntry = (entry) => {
    const { seq, timestamp: at } = entry;
    if (entry.type === 'room_event') {
      put({ key: `seq ${seq}`, kind: 'event', at, seq, sender: entry.userId, event: entry.event });
    } else {
      const mine = entry.senderId === user;
      const key = mine && entry.clientId ? `own ${entry.clientId}` : `seq ${seq}`;
      put({ key, kind: 'message', at, seq, sender: entry.senderId, mine, text: entry.content, state: 'acked',
        receipt: mine ? receiptOf?.(entry) : undefined });
    }
  };
  /* An entry beyond the cut, only for what it makes of its neighbour. */
  const glance = (entry) => {
    const count = items.length;
    if (entry) {
      putEntry(entry);
      items.length = count;
    }
  };
  const markers = new Map(gaps.map((gap) => [placeOf(entries, gap.low), gap])); // by what is behind them
  const isNear = (entry) => isShown(entry, direct);
  const begin = Math.max(0, from - GLANCE, ...[...markers.keys()].filter((at) => at <= from));
  glance(entries.slice(begin, from).findLast(isNear));
  const newAt = placeOfNew(entries, newFrom, user, gaps);
  const putMarker = (gap) => {
    days = new Days(); // of what is behind it, the day is said anew
    items.push({ key: `gap ${gap.low}`, kind: 'gap', low: gap.low, high: gap.high, loads });
    previous = null;
  };
  for (let at = from; at < to; at++) {
    const gap = markers.get(at);
    const newBelow = at === newAt && gap?.high >= newFrom; // what is missing is new, too
    if (gap && !newBelow) {
      putMarker(gap);
    }
    if (at === newAt) {
      items.push({ key: 'new', kind: 'new' });
      previous = null;
    }
    if (newBelow) {
      putMarker(gap);
    }
    if (isNear(entries[at])) { // else of a kind that this page does not know: it has its place
      putEntry(entries[at]);
    }
  }
  const end = Math.min(to + GLANCE, ...[...markers.keys()].filter((at) => at >= to));
  const behind = entries.slice(to, end).find(isNear);
  if (behind !== entries[newAt]) { // else the line is between
    glance(behind);
  }
  for (const { message, state } of pending) {
    const { clientId, content } = message.frame;
    put({ key: `own ${clientId}`, kind: 'message', at: message.at, sender: user, mine: true,
      text: content, state, code: message.code, clientId, other: message.frame.recipientId });
  }
  return items;
}
