// The second judge's view of receipts in time, and at rest: RCP-04, RCP-06, RCP-07, RCP-12.
//
// A receipt is in the database from its row on. Each device of a member of its room whom it concerns, as long as it is
// online, is told within what an entry may take to it, a look at all rooms, and what has to be asked for.
import {NO_KEY} from './brute_history.mjs';
import {Delivery} from './brute_delivery.mjs';
import {arrived, message, reads, used} from './brute_receipts.mjs';
import {NEVER} from './brute_time.mjs';

const NAMED_MOST = 100; // receipts in one page
const max = Math.max;

class Receipts {
    constructor(h) {
        this.h = h;
        this.delivery = new Delivery(h);
        this.rows = used(h) ? [...reads(h), ...grown(h)].sort((a, b) => a.n - b.n) : [];
    }

    // The time of so many pages as all that the database has by then may need.
    pages(n) {
        const b = this.h.bounds;
        return (2 * b.client_latency_us + 2 * b.database_us + b.database_retry_us) *
            (Math.floor(this.rows.filter((o) => o.n < n).length / NAMED_MOST) + 2);
    }

    repair(n) {
        const b = this.h.bounds;
        return b.full_pass_us + 2 * b.database_us + b.client_latency_us + b.receipt_us + this.pages(n);
    }

    said(n) {
        const b = this.h.bounds;
        return b.backoff_us + 3 * b.client_latency_us + 2 * b.receipt_us + this.pages(n) + b.client_latency_us +
            2 * b.database_us + b.database_retry_us;
    }

    // Until when a device that is online is to be told: from when on, and within what.
    path(row, device, n) {
        const {start, bound} = this.delivery.path({...row, until: row.at, client_id: null}, device, n, 1);
        return {start, bound: bound + this.repair(n)};
    }

    // Who read is told to whoever wrote it; what arrived, to all. In a crowd, to nobody.
    concerns(row, device, n) {
        const {h} = this;
        const everIn = new Set(h.of('member').filter((o) => o.n < n && o.room === row.room).map((o) => o.user));
        const writer = row.kind === 'read_row' ? message(h, row.room, row.seq, n)?.sender ?? NO_KEY : null;
        return h.memberFrom(device, row.room, n) !== null && everIn.size <= h.bounds.receipt_room_max &&
            (writer === null || (writer !== NO_KEY && h.writer(device) === writer));
    }

    told(row, device, n) {
        const {h} = this;
        if (row.kind === 'arrived_row') {
            return max(0, ...upTo(h, device, row.room, row.user, n).map((o) => o.seq)) >= row.seq;
        }
        return h.of('read_told').some((o) => o.n < n && o.device === device && o.user === row.user &&
            o.room === row.room && placeOf(h, o)?.seq === row.seq && row.n < o.n);
    }
}

// The message of a word that somebody read it, where it is one of that room.
function placeOf(h, o) {
    const commit = h.of('commit').findLast((row) => row.n < o.n && row.id === o.id && !row.event);
    return commit?.room === o.room ? commit : undefined;
}

// What the database has of arrivals, as far as it grows.
const grown = (h) => h.of('arrived_row').filter((o) => o.seq > arrived(h, o.user, o.room, o.n));

// Up to where a device was told that somebody has a room: words that did not fall.
function upTo(h, device, room, user, n = NEVER) {
    const all = [];
    for (const o of h.of('arrived_told')) {
        if (o.n < n && o.device === device && o.room === room && o.user === user && !(o.seq < all.at(-1)?.seq)) {
            all.push(o);
        }
    }
    return all;
}

// Looked at when the row has had its time, and again as long as a disturbance gives it more, or the device is not there.
function inTime(h, found, kind) {
    const all = new Receipts(h);
    const b = h.bounds;
    for (const row of all.rows.filter((o) => o.kind === kind)) {
        for (const [device] of h.devices) {
            let at = row.at + b.database_us + b.redis_us + b.client_latency_us + all.repair(row.n);
            for (;;) {
                const next = h.all.slice(row.n + 1).find((o) => o.at > at);
                if (next === undefined) {
                    break;
                }
                found.judged++;
                if (!all.concerns(row, device, next.n) || all.told(row, device, next.n)) {
                    break;
                }
                if (h.welcome(device, next.n) === null) {
                    at += 1 + all.repair(next.n);
                    continue;
                }
                const {start, bound} = all.path(row, device, next.n);
                const until = start === NEVER ? at + 1 + bound : start + bound;
                if (until <= at) {
                    found.test(false, next.n);
                    break;
                }
                at = until;
            }
        }
    }
}

// A device that was there for long before the end, undisturbed.
function rested(h, know, device, since, bound, end) {
    const calm = h.of('fault_end', 'calm').findLast((o) => o.n < end.n)?.until ?? 0;
    const welcome = h.welcome(device, end.n);
    return welcome !== null && end.at - max(since, know.device(device, end.n), welcome.until, calm) > bound;
}

const ends = (h) => used(h) ? h.of('end').filter((o) => o.flags.includes('quiet')) : [];

export const invariants = {
    'RCP-04': {needs: ['commit', 'read_row', 'welcome'], find: (h, found) => inTime(h, found, 'read_row')},

    'RCP-06': {needs: ['read', 'end'], find(h, found) {
        const all = new Receipts(h);
        for (const end of ends(h)) {
            for (const o of h.of('read').filter((wish) => wish.n < end.n && !h.lost(wish, end.n))) {
                if (rested(h, all.delivery.know, o.device, o.at, all.said(end.n), end)) {
                    found.test(all.rows.some((row) => row.kind === 'read_row' && row.n < end.n && row.room === o.room &&
                        row.seq === o.seq && row.user === h.devices.get(o.device)), end.n);
                }
            }
        }
    }},

    'RCP-07': {needs: ['commit', 'read_row', 'end'], find(h, found) {
        const all = new Receipts(h);
        for (const end of ends(h)) {
            for (const row of all.rows.filter((o) => o.kind === 'read_row' && o.n < end.n)) {
                for (const [device] of h.devices) {
                    if (!all.concerns(row, device, end.n) || h.welcome(device, end.n) === null) {
                        continue;
                    }
                    const {start, bound} = all.path(row, device, end.n);
                    if (start !== NEVER && rested(h, all.delivery.know, device, start, bound, end)) {
                        found.test(all.told(row, device, end.n), end.n);
                    }
                }
            }
        }
    }},

    // Neither the database's nor what a device is told falls; and who is to be told is told in time.
    'RCP-12': {needs: ['arrived_row', 'welcome'], find(h, found) {
        for (const o of used(h) ? h.of('arrived_row') : []) {
            found.test(o.seq > arrived(h, o.user, o.room, o.n), o.n);
        }
        for (const o of used(h) ? h.of('arrived_told') : []) {
            found.test(!(o.seq < upTo(h, o.device, o.room, o.user, o.n).at(-1)?.seq), o.n);
        }
        inTime(h, found, 'arrived_row');
    }},
};
