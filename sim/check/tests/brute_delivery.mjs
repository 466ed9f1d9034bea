// The second judge's view of delivery: SYN-02, SYN-20, LIV-11.
//
// A committed row is owed to every device of every member, but the join itself and what is below the place where
// its display epoch begins. SYN-20: while nothing was disturbed since before the commit it is shown at once.
// SYN-02: in any case by a bound that counts from the last disturbance of its own path; LIV-11 says the same of
// a room's last row. Who is offline is owed it from its next welcome on.
import {Knowledge, NEVER} from './brute_time.mjs';
import {backs} from './brute_back.mjs';
import {asked, sessions} from './brute_pages.mjs';

const max = Math.max;

// Whether a page ends its session: the last one of a sync, and each backwards.
const isLast = (session, o) => o.kind === 'sync_page' && (session.begin.kind === 'back' || !o.flags.includes('more'));

// All that a device asks for, forwards and backwards.
const asking = (h) => [...sessions(h), ...backs(h)].sort((a, b) => a.begin.n - b.begin.n);

// Whether a session was under way, or ended, at the instant when the next one began.
function leads(h, session, next) {
    const end = session.all.find((o) => isLast(session, o)) ??
        h.of('conn_close').find((o) => o.n > session.begin.n && o.device === session.device &&
            o.value === h.connection(session.device, o.n));
    return end === undefined || end.n > next.begin.n ||
        (end.kind === 'sync_page' && end.until === next.begin.until);
}

// A device's last sync before observation n: whether it is open, when it began and ended, the time that its rows
// are allowed, and since when one session led to the next at once.
export function syncOf(h, b, device, n, all) {
    const mine = all.filter((s) => s.device === device && s.begin.n < n);
    const ends = mine.flatMap((s) => s.all.filter((o) => o.n < n && isLast(s, o)));
    const session = mine.at(-1);
    if (session === undefined) {
        return {open: false, begin: 0, busy: 0, end: -NEVER, allowed: 0};
    }
    const backwards = session.begin.kind === 'back';
    const last = session.all.filter((o) => o.kind === 'sync_begin' && o.n < n).at(-1);
    const from = backwards ? new Map() : asked(session, last.n + 1);
    let rows = backwards ? h.bounds.page_rows : 0;
    for (const [room, seq] of from) {
        const begin = session.all.find((o) => o.kind === 'sync_begin' && o.room === room);
        rows += max(0, h.head(room, last.n) - (begin?.timestamp ? 0 : seq));
    }
    const closed = h.of('conn_close').some((o) => o.n > session.begin.n && o.n < n && o.device === device &&
        o.value === h.connection(device, o.n));
    let first = mine.length - 1;
    while (first > 0 && leads(h, mine[first - 1], mine[first])) {
        first--;
    }
    return {
        busy: mine[first].begin.until,
        open: !closed && !ends.some((o) => o.n > session.begin.n),
        begin: session.begin.until,
        end: max(-NEVER, ...ends.map((o) => o.until)),
        allowed: b.sync(b.pages(rows, backwards ? 1 : from.size)),
    };
}

export class Delivery {
    constructor(h) {
        this.h = h;
        this.know = new Knowledge(h);
        this.b = this.know.b;
        this.all = asking(h);
        this.found = {'SYN-02': [], 'SYN-20': [], 'LIV-11': []}; // [holds, n]
    }

    died(row, n) {
        const stamp = this.h.of('stamp').findLast((s) => s.n < row.n && s.node === row.node &&
            s.client_id === row.client_id && s.at <= row.until &&
            (s.user === null || this.h.names.get(s.user) === row.sender)); // others may write under the same id
        const submitted = stamp?.at ?? row.until - this.h.bounds.database_us;
        const died = row.node === null ? -NEVER : this.know.lastOf('node_down', row.node, n);
        return died >= submitted && !this.know.inOrder(row.node, submitted, n) ? died : -NEVER; // it died with the row untold
    }

    // From when on, and for how long at most, a row may take to a device.
    path(row, device, n, missing) {
        const {h, b, know} = this;
        const welcome = h.welcome(device, n);
        if (welcome === null) {
            return {start: NEVER, bound: 0};
        }
        const sync = syncOf(h, b, device, n, this.all);
        const syncing = sync.open ? know.askedFrom(welcome.node, sync.begin, n) + sync.allowed : sync.end;
        const died = this.died(row, n);
        const start = max(row.until, welcome.until, know.device(device, n), syncing,
            know.databaseOf(welcome.node, n), know.behind(row.node, n), died);
        const bound = (died > -NEVER ? b.repairDead : b.repair) + b.readsMore(missing);
        const redis = max(know.redis(welcome.node, n), know.redis(row.node, n));
        if (redis <= start || start === NEVER) {
            return {start, bound};
        }
        // Without Redis the log tells, at the pace of the sweeps, or Redis when it is back: what is first.
        const byLog = row.node !== null && (know.redis(welcome.node, n) >= know.redis(row.node, n) ||
            know.heard(welcome.node, row.node, start, n));
        return byLog && redis - start > b.away ? {start, bound: bound + b.away} : {start: redis, bound};
    }

    // The same, but a room that the device knows nothing of comes with its person's coming into it.
    due(row, device, n, missing) {
        const {h} = this;
        const own = this.path(row, device, n, missing);
        const from = h.memberFrom(device, row.room, n);
        const join = h.row(row.room, from, n);
        if (join === undefined || own.start === NEVER || h.last(device, row.room, n) >= from ||
            (h.base(device, row.room, n) ?? -1) >= from) {
            return own;
        }
        const came = this.path(join, device, n, missing);
        return came.start + came.bound > own.start + own.bound ? came : own;
    }

    beginsAbove(row, device, n) {
        return this.h.last(device, row.room, n) === 0 && (this.h.base(device, row.room, n) ?? -1) >= row.seq;
    }

    owed(row, device, n) {
        const {h} = this;
        const from = h.memberFrom(device, row.room, n);
        if (from === null || from >= row.seq || this.beginsAbove(row, device, n)) {
            return false;
        }
        const welcome = h.welcome(device, n);
        return h.last(device, row.room, n) > 0 || h.base(device, row.room, n) !== null ||
            (welcome !== null && welcome.until <= row.until);
    }

    // Nothing of the device's own kept the row from it since before its commit. A sync that began later is what
    // a gap leads to, and no excuse.
    undisturbed(row, device, n, waiting) {
        const {h, b, know} = this;
        const welcome = h.welcome(device, n);
        const sync = syncOf(h, b, device, n, this.all);
        const join = h.row(row.room, h.memberFrom(device, row.room, n), n);
        return welcome !== null && welcome.until <= row.until && know.device(device, n) <= row.until &&
            know.paused(welcome.node, n) <= row.until &&
            !waiting && !(sync.busy <= row.until && (sync.open || sync.end > row.until)) &&
            (join === undefined || join.until + b.repair <= row.until);
    }

    // One device and room, from the first observation to the last.
    follow(device, room) {
        const {h, b, know} = this;
        const rows = h.of('commit').filter((c) => c.room === room && h.saw('conn_open', c.n));
        let open = rows.map((row) => ({row, looked: false, late: false}));
        let missing = 0; // the most that it lacked up to one of those that it waits for
        for (const {n, at} of h.all) {
            for (const item of open.filter(({row, looked}) => !looked && row.n < n && row.until + b.atOnce < at)) {
                const {row} = item;
                const from = h.memberFrom(device, room, n);
                const last = h.last(device, room, n);
                item.looked = true;
                if (from === null || from >= row.seq) {
                    continue;
                }
                const calm = know.calm(n) <= row.until;
                if (h.shows(device, room, row.seq, n)) {
                    this.tell('SYN-02', true, n);
                    this.tell('SYN-20', true, n, calm && this.since(device, n) <= row.until);
                    this.tell('LIV-11', true, n, h.head(room, n) === row.seq);
                    continue;
                }
                if (last === 0 && h.base(device, room, n) === null && this.since(device, n) === NEVER) {
                    continue; // it was never there, or begins anew: its welcome says where
                }
                const waiting = open.some((other) => other.late && other.row.seq > last);
                if (calm && this.owed(row, device, n) && this.undisturbed(row, device, n, waiting)) {
                    this.tell('SYN-20', false, n);
                }
                item.late = !this.beginsAbove(row, device, n);
                if (item.late) {
                    const lacks = row.seq - (last > 0 ? last : h.base(device, room, n) ?? from);
                    missing = waiting ? max(missing, lacks) : lacks;
                }
            }
            open = open.filter(({looked, late}) => !looked || late); // the others are settled
            for (const item of open.filter(({late}) => late)) { // each waits for those before it
                const {row} = item;
                if (h.welcome(device, n) === null) {
                    break;
                }
                if (!h.shows(device, room, row.seq, n) && this.owed(row, device, n)) {
                    const {start, bound} = this.due(row, device, n, missing);
                    if (start === NEVER || start + bound >= at) {
                        break;
                    }
                    this.tell('SYN-02', false, n);
                    this.tell('LIV-11', false, n, h.head(room, n) === row.seq);
                } else if (h.shows(device, room, row.seq, n)) {
                    this.tell('SYN-02', true, n);
                    this.tell('LIV-11', true, n, h.head(room, n) === row.seq);
                }
                item.late = false;
            }
        }
    }

    // Since when nothing of the device's own keeps rows from it.
    since(device, n) {
        const sync = syncOf(this.h, this.b, device, n, this.all);
        const welcome = this.h.welcome(device, n);
        return sync.open || welcome === null ? NEVER
            : max(welcome.until, this.know.device(device, n), this.know.paused(welcome.node, n), sync.end);
    }

    tell(id, holds, n, counts = true) {
        if (counts) {
            this.found[id].push([holds, n]);
        }
    }
}

const remembered = new WeakMap();
function delivery(h) {
    if (!remembered.has(h)) {
        const all = new Delivery(h);
        for (const room of new Set(h.of('commit').map((o) => o.room))) {
            for (const [device] of h.devices) {
                all.follow(device, room);
            }
        }
        remembered.set(h, all.found);
    }
    return remembered.get(h);
}

const needs = ['commit', 'member', 'conn_open', 'welcome'];
const find = (id) => (h, found) => delivery(h)[id].forEach(([holds, n]) => found.test(holds, n));

export const invariants = {
    'SYN-02': {needs, find: find('SYN-02')},
    'SYN-20': {needs, find: find('SYN-20')},
    'LIV-11': {needs, find: find('LIV-11')},
};
