// The second judge's view of sync sessions: SYN-05 to SYN-09.
//
// A session of a device begins with its `sync_begin`s and ends with a page that says that there is no
// more; another session or the end of its connection ends it early, and then it is judged for what it gave.

import {backsAreWhole, backsGoOn} from './brute_back.mjs';
import {display} from './brute_marks.mjs';

// A page ends where a frame does, too: 65536 bytes, of which a row takes at most 8192 and 1024 more. One
// of so many rows may be short of the limit.
const ROWS_FIT = Math.floor(65536 / (8192 + 1024));

const ENDS = ['conn_close'];

// The sessions of a history: each with its observations, in order.
export function sessions(h) {
    const all = [];
    const open = new Map();
    for (const o of h.of('sync_begin', 'sync_row', 'sync_head', 'sync_cursor', 'sync_page', ...ENDS)) {
        const session = open.get(o.device);
        if (o.kind === 'conn_close') {
            if (session !== undefined && o.value === h.connection(o.device, o.n)) {
                session.end = o.n;
                open.delete(o.device);
            }
        } else if (o.kind === 'sync_begin' && (session === undefined || session.number !== o.value)) {
            if (session !== undefined) {
                session.end = o.n;
            }
            open.set(o.device, {number: o.value, device: o.device, begin: o, all: [o]});
            all.push(open.get(o.device));
        } else if (session !== undefined && session.number === o.value) {
            session.all.push(o);
            if (o.kind === 'sync_page' && !o.flags.includes('more')) {
                session.end = o.n;
                open.delete(o.device);
            }
        }
    }
    return all;
}

// What was asked for, room by room, before observation n: the place asked from. A row of a room that was
// not asked for (its member is new) counts from that row.
//
// One that was asked for by time counts from its first row, or from where the first cursor stands.
export function asked(session, n) {
    const from = new Map();
    for (const o of session.all.filter((other) => other.n < n)) {
        if (o.kind === 'sync_begin' && !from.has(o.room)) {
            from.set(o.room, placed(session, o, n)?.place ?? o.seq);
        } else if (o.kind === 'sync_row' && !from.has(o.room) && o.seq > 0) {
            from.set(o.room, o.seq - 1);
        }
    }
    return from;
}

function placed(session, begin, n) {
    const first = begin.timestamp === 0 ? undefined : session.all.find((o) => o.n > begin.n && o.n <= n &&
        o.room === begin.room && (o.kind === 'sync_cursor' || (o.kind === 'sync_row' && o.seq > 0)));
    return first && {place: first.kind === 'sync_row' ? first.seq - 1 : first.seq, n: first.n};
}

const rowsOf = (session, room, n) =>
    session.all.filter((o) => o.n < n && o.kind === 'sync_row' && o.room === room);
export const given = (session, room, n) =>
    Math.max(asked(session, n).get(room), ...rowsOf(session, room, n).map((o) => o.seq));
export const firstHead = (session, room, n) => {
    const since = session.all.findIndex((o) => ['sync_begin', 'sync_row'].includes(o.kind) && o.room === room);
    return session.all.find((o, i) => i > since && o.n < n && o.kind === 'sync_head' && o.room === room)?.seq;
};
// Those before its join are not for this member.
export const notYetJoined = (h, device, room, seq, n) => {
    const from = h.memberFrom(device, room, n);
    return from !== null && seq <= from;
};
export const pagesOf = (session) => session.all.filter((o) => o.kind === 'sync_page');

export const invariants = {
    // Every row after the position, in order and without a hole, to the head that was said first.
    'SYN-05': {needs: ['sync_begin', 'sync_head', 'sync_page'], find(h, found) {
        for (const session of sessions(h)) {
            for (const o of session.all.filter((other) => other.kind === 'sync_row' && other.seq > 0)) {
                const had = asked(session, o.n).has(o.room) ? given(session, o.room, o.n) : o.seq - 1;
                found.test(o.seq === had + 1 ||
                    (o.seq > had && notYetJoined(h, o.device, o.room, o.seq, o.n)), o.n);
            }
            const end = pagesOf(session).find((o) => !o.flags.includes('more'));
            for (const [room] of end !== undefined ? asked(session, end.n) : []) {
                const head = firstHead(session, room, end.n);
                if (head !== undefined) {
                    found.test(given(session, room, end.n) >= head ||
                        notYetJoined(h, session.device, room, head + 1, end.n), end.n);
                }
            }
        }
        backsAreWhole(h, found);
    }},

    // No more pages than the rows up to the first head need: one more a room, and one; and those that
    // were ended by their bytes.
    'SYN-06': {needs: ['sync_begin', 'sync_page'], find(h, found) {
        const limit = h.bounds.page_rows;
        for (const session of sessions(h)) {
            let over = false;
            for (const page of limit > 0 ? pagesOf(session) : []) {
                const pages = pagesOf(session).filter((o) => o.n <= page.n);
                const short = pages.filter((o) =>
                    o.flags.includes('more') && o.seq >= ROWS_FIT && o.seq < limit).length;
                let allowed = 1 + short;
                for (const [room, from] of asked(session, page.n)) {
                    const to = firstHead(session, room, page.n) ?? given(session, room, page.n);
                    allowed += Math.ceil(Math.max(0, to - from) / limit) + 1;
                }
                found.test(over || pages.length <= allowed, page.n); // told once a session
                over = over || pages.length > allowed;
            }
        }
    }},

    // Each page is within the limit and moves the cursor; none moves it back.
    'SYN-07': {needs: ['sync_begin', 'sync_page'], find(h, found) {
        for (const session of sessions(h)) {
            const positions = session.all.filter((o) => o.kind === 'sync_cursor' && asked(session, o.n).has(o.room));
            const before = (o) => positions.findLast((p) => p.n < o.n && p.room === o.room)?.seq ??
                asked(session, o.n).get(o.room);
            for (const o of positions) {
                if (o.seq < before(o)) {
                    found.broken.push(o.n);
                }
            }
            let since = -1;
            for (const page of h.bounds.page_rows > 0 ? pagesOf(session) : []) {
                const moved = positions.some((o) => o.n > since && o.n < page.n && o.seq > before(o));
                const more = page.flags.includes('more') && h.saw('sync_cursor', page.n);
                found.test(page.seq <= h.bounds.page_rows && (!more || moved), page.n);
                since = page.n;
            }
        }
        backsGoOn(h, found);
    }},

    // By time: from the first row on that is of that time or later, or that the device has not.
    'SYN-09': {needs: ['sync_begin', 'member', 'commit'], find(h, found) {
        for (const session of sessions(h)) {
            const begins = session.all.filter((o) => o.kind === 'sync_begin' && o.timestamp !== 0);
            for (const begin of begins.filter((o, i) => begins.findIndex((b) => b.room === o.room) === i)) {
                const end = pagesOf(session).find((o) => !o.flags.includes('more'));
                const headed = end && firstHead(session, begin.room, end.n) !== undefined;
                const start = placed(session, begin, Infinity) ?? (headed ? {place: begin.seq, n: end.n} : undefined);
                const joined = h.memberFrom(begin.device, begin.room, begin.n);
                const owed = h.of('commit').filter((o) => o.n < begin.n && o.room === begin.room &&
                    joined !== null && o.seq >= joined && (o.seq > begin.seq || o.timestamp >= begin.timestamp));
                if (start !== undefined) {
                    found.test(owed.every((o) => o.seq > start.place), start.n);
                }
            }
        }
    }},

    // A cursor stands at rows that are committed, and that were given; and none asks from above a marker.
    'SYN-08': {needs: ['sync_begin', 'sync_cursor'], find(h, found) {
        for (const session of sessions(h)) {
            const firsts = session.all.filter((o, i) => session.all.findIndex((other) => other.room === o.room &&
                ['sync_begin', 'sync_row'].includes(other.kind)) === i && o.kind === 'sync_begin');
            for (const o of firsts.filter(({device, room, seq, n}) => display(h, device, room, n).open.size > 0 &&
                seq > h.last(device, room, n))) {
                found.broken.push(o.n);
            }
            for (const o of session.all.filter((other) => other.kind === 'sync_cursor')) {
                if (!asked(session, o.n).has(o.room)) {
                    continue;
                }
                const committed = !h.saw('commit', o.n) || o.seq <= h.head(o.room, o.n);
                found.test(committed && (o.seq <= given(session, o.room, o.n) ||
                    notYetJoined(h, o.device, o.room, o.seq + 1, o.n)), o.n);
            }
        }
    }},
};
