/* In which order rooms are listed, and which of them a search finds. Pure. */

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/* As people count: tea-9 before tea-10. */
export const natural = (a, b) => collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);

const nameOf = ({ id, name = id }) => name; // a direct chat is called as the other one

/* Unread ones first, each part in natural order. While the list is `held`, because a hand or the keyboard
 * is in it, what stands there (`before`, ids) stays where it is, and what is new comes behind it. */
export function ordered(rooms, { before = [], held = false } = {}) {
  const place = new Map(held ? before.map((id, at) => [id, at]) : []);
  const placeOf = ({ id }) => place.get(id) ?? place.size;
  return [...rooms].sort((a, b) => placeOf(a) - placeOf(b) ||
    (held ? 0 : Number(b.unread > 0) - Number(a.unread > 0)) || natural(nameOf(a), nameOf(b)) || natural(a.id, b.id));
}

/* Those in whose name, or in that of the other one in it, each word of the query is. */
export function found(rooms, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return rooms.filter((room) => {
    const text = `${nameOf(room)} ${room.other?.name ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
