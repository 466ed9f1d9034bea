/* Markers: a room that lacks much shows its newest page first, and a marker for what lies between. Pure, and the same
 * as in the virtual client (client_gap.h).
 *
 *   entries | gap low .. high | entries ... next
 *           ^ cursor: what is here without a hole. It is what the server is told, and what a reload begins with
 *
 * A marker shrinks from either edge: from below by the live frames of a connection, which goes on from the cursor,
 * from above by pages backwards. `gaps` of a room: [{low, high}], ascending. */

export const NEWEST_FIRST = 200; // a room that lacks as many entries above what it shows gets its newest page first
export const GAPS_MAX = 8; // of a room: with more, what is missing above them is asked for from there on

export const cursorOf = ({ gaps, next }) => (gaps[0]?.low ?? next) - 1;

/* Whether nothing is shown below the first marker. */
export const isOpenBelow = ({ gaps, low }) => gaps[0]?.low === low;

/* The room goes on at `seq`, above its `next`. */
export function openGap(room, seq) {
  room.gaps.push({ low: room.next, high: seq - 1 });
  room.next = seq;
}

const close = (room) => {
  room.gaps = room.gaps.filter(({ low, high }) => low <= high);
};

/* Whether this entry is at an edge of a marker, which shrinks by it. */
export function takeAtGap(room, seq) {
  const gap = room.gaps.find(({ low, high }) => seq === low || seq === high);
  if (gap) {
    seq === gap.low ? gap.low++ : gap.high--;
    close(room);
  }
  return gap !== undefined;
}

/* The last marker ends below `seq`: what it has from there on is not the person's to see. */
export function cutGap(room, seq) {
  const gap = room.gaps.at(-1);
  gap.high = Math.min(gap.high, seq - 1);
  close(room);
}
