// The second judge's bounded invariants: SYN-02, LIV-02, LIV-04, LIV-11; and the bounds themselves.
//
// Something that must happen within a bound is late at the first observation after `start + bound`, where
// `start` is the event or the end of the last disturbance on its own path, as far as was known by then.
import {asked, invariants as pages, sessions} from './brute_pages.mjs';

const NEVER = Infinity;
const max = Math.max;

// The bounds, in words in sim/check/bound.h; in us.
function bounds(b) {
    const [L, R, D, A] = [b.client_latency_us, b.redis_us, b.database_us, b.announce_us];
    const page = 2 * L + 2 * D + b.database_retry_us;
    const repair = 2 * A + b.gap_us + R + 2 * D + L;
    return {
        repair,
        repairDead: repair + b.lease_us + b.sweep_us,
        redis: b.redis_backoff_us + 3 * R, // a node's way back to it
        away: b.lease_us + b.sweep_us + b.redis_backoff_us + 3 * R, // more than `repair`, without it
        heard: b.redis_backoff_us + 3 * R + 2 * A + R, // and every other node has heard of it
        database: (slowest) => b.database_retry_us + 2 * max(D, 2 * slowest),
        online: 2 * b.backoff_us + b.answer_us + Math.floor(b.lease_us / 2) + 5 * L + 2 * D + R +
            b.database_retry_us,
        pages: (rows, rooms) => Math.floor(rows / max(1, b.page_rows)) + rooms + 1,
        sync: (count) => page * count,
        held: (count) => b.client_gap_us + page * count + repair,
    };
}

// A disturbance: the faults that `touches` picks. Before observation n it lasts (`until` NEVER), or ended
// at `until` (-Infinity: there was none); `since`: when that trouble began, where one that comes within
// `recovery` of the last one goes on with it.
function disturbance(h, n, touches, recovery = 0) {
    let [on, until, since] = [0, -NEVER, -NEVER];
    for (const o of h.of('fault_begin', 'fault_end')) {
        if (o.n >= n) {
            break;
        }
        if (!touches(o)) {
            continue;
        }
        if (o.kind === 'fault_begin') {
            since = on === 0 && until + recovery <= o.at ? o.at : since;
            on++;
            until = NEVER;
        } else if (on > 0 && --on === 0) {
            until = o.until;
        }
    }
    return {until, since};
}

// What was known before observation n, remembered by its question: it is asked for each row and device.
class Knowledge {
    constructor(h) {
        this.h = h;
        this.b = bounds(h.bounds);
        this.memory = new Map();
        this.faults = h.of('fault_begin', 'fault_end', 'node_up', 'node_down', 'commit').map((o) => o.n);
    }

    remember(question, n, answer) {
        const at = this.faults.findLastIndex((m) => m < n); // nothing of this kind changes in between
        const key = `${question} ${at}`;
        if (!this.memory.has(key)) {
            this.memory.set(key, answer());
        }
        return this.memory.get(key);
    }

    device(device, n) {
        return this.remember(`device ${device}`, n, () =>
            disturbance(this.h, n, (o) => o.device === device)).until;
    }

    // The longest transaction that was seen: from a stamp's way out to the commit that has it.
    slowest(n) {
        return this.remember('slowest', n, () => max(0, ...this.h.of('commit').filter((c) => c.n < n)
            .flatMap((c) => {
                const stamp = c.node === null || c.client_id === '0'.repeat(16) ? undefined
                    : this.h.of('stamp').findLast((s) => s.n < c.n && s.node === c.node &&
                        s.client_id === c.client_id && s.hlc === c.own);
                return stamp === undefined ? [] : [c.at - stamp.at];
            })));
    }

    database(n) {
        return this.remember('database', n, () =>
            disturbance(this.h, n, (o) => o.flags.includes('database')).until + this.b.database(this.slowest(n)));
    }

    // Redis of everybody, and of one node.
    redisOfAll(n) {
        return this.remember('redis', n, () => disturbance(this.h, n, (o) =>
            o.flags.includes('redis') && o.node === null, this.b.heard));
    }

    redisOf(node, n) {
        return this.remember(`redis ${node}`, n, () => disturbance(this.h, n, (o) =>
            o.flags.includes('redis') && o.node === node, this.b.heard));
    }

    redis(node, n) {
        return max(this.redisOfAll(n).until, node === null ? -NEVER : this.redisOf(node, n).until) + this.b.redis;
    }

    lastOf(kind, node, n) {
        return this.remember(`${kind} ${node}`, n, () => this.h.of(kind).findLast((o) =>
            o.n < n && (node === undefined || o.node === node))?.until ?? -NEVER);
    }

    // The device's node takes the committer's silence for what it is: it had heard of it, both up and Redis
    // well, before the committer was without Redis.
    heard(node, committer, n) {
        const up = max(this.lastOf('node_up', node, n), this.lastOf('node_up', committer, n), 0);
        const well = max(up, this.redisOfAll(n).until);
        return well !== NEVER && well + this.b.heard <= max(0, this.redisOf(committer, n).since);
    }
}

// While a client syncs new rows wait behind the pages: until its last sync may have ended.
function syncing(h, b, device, n, all) {
    const session = all.findLast((s) => s.device === device && s.begin.n < n);
    const begins = session?.all.filter((o) => o.kind === 'sync_begin' && o.n < n) ?? [];
    if (begins.length === 0) {
        return -NEVER;
    }
    const last = begins.at(-1);
    const from = asked(session, last.n + 1);
    let rows = 0;
    for (const [room, seq] of from) {
        rows += max(0, h.head(room, last.n) - seq);
    }
    return session.begin.until + b.sync(b.pages(rows, from.size));
}

// From when on, and for how long at most, a committed row may take to a device that is online.
function path(know, row, device, node, sync, n) {
    const {h, b} = know;
    let start = max(row.until, know.device(device, n), sync, know.database(n));
    let bound = b.repair;
    if (row.node !== null) {
        const stamp = h.of('stamp').findLast((s) => s.n < row.n && s.node === row.node &&
            s.client_id === row.client_id && s.at <= row.until);
        const submitted = stamp?.at ?? row.until - h.bounds.database_us;
        const died = know.lastOf('node_down', row.node, n);
        if (died >= submitted) { // it died with the row untold
            start = max(start, died);
            bound = b.repairDead;
        }
    }
    const redis = max(know.redis(node, n), know.redis(row.node, n));
    if (redis <= start || start === NEVER) {
        return {start, bound};
    }
    // Without Redis the log tells, at the pace of the sweeps, or Redis when it is back: what is first.
    const byLog = node !== null && row.node !== null &&
        (know.redis(node, n) >= know.redis(row.node, n) || know.heard(node, row.node, n));
    return byLog && redis - start > b.away ? {start, bound: bound + b.away} : {start: redis, bound};
}

// Rows and members who were online since before the commit: whether it was shown in time, and if not at which
// observation it is late; and whether it was its room's last then.
function undelivered(h) {
    const know = new Knowledge(h);
    const all = sessions(h);
    const rows = [];
    for (const row of h.of('commit').filter((c) => h.saw('conn_open', c.n))) {
        for (const [device] of h.devices) {
            const welcome = h.welcome(device, row.n + 1);
            const from = h.memberFrom(device, row.room, row.n + 1);
            if (welcome === null || welcome.until > row.until || from === null || from >= row.seq) {
                continue; // it was not owed: the join itself is part of joining
            }
            const gone = h.of('conn_close', 'welcome').find((o) => o.n > row.n && o.device === device)?.n ?? NEVER;
            const had = h.all.find((o) => o.n > row.n && o.kind === 'shown' && o.device === device &&
                o.room === row.room && o.seq >= row.seq)?.n ?? NEVER; // one that it passed over is ORD-04's
            const last = h.last(device, row.room, row.n);
            const has = last > 0 ? last : h.base(device, row.room, row.n);
            if (has !== null && has >= row.seq) {
                continue; // before its commit: ORD-01's, ORD-02's
            }
            const end = Math.min(gone, had);
            let missed = null;
            for (let n = row.n + 1; n <= end && n < h.all.length; n++) {
                if (h.all[n].at <= row.until + know.b.repair) {
                    continue;
                }
                const sync = syncing(h, know.b, device, n, all);
                const {start, bound} = path(know, row, device, welcome.node, sync, n);
                if (start !== NEVER && start + bound < h.all[n].at) {
                    missed = n;
                    break;
                }
            }
            if (missed !== null || had < NEVER) {
                rows.push({late: missed !== null, n: missed, tail: h.head(row.room, missed ?? had) === row.seq});
            }
        }
    }
    return rows;
}

export const invariants = {
    ...pages,

    'SYN-02': {needs: ['commit', 'member', 'conn_open', 'welcome'], find(h, found) {
        for (const {late, n} of undelivered(h)) {
            found.test(!late, n);
        }
    }},

    'LIV-11': {needs: ['commit', 'member', 'conn_open', 'welcome'], find(h, found) {
        for (const {late, n} of undelivered(h).filter((row) => row.tail)) {
            found.test(!late, n);
        }
    }},

    // From the wish to be online to the welcome.
    'LIV-02': {needs: ['conn_open'], find(h, found) {
        const know = new Knowledge(h);
        for (const [device] of h.devices) {
            let since = null;
            let wanted = false;
            for (const o of h.all) {
                if (since !== null) {
                    const from = max(since, know.device(device, o.n), know.lastOf('node_down', undefined, o.n),
                        know.database(o.n));
                    if (from !== NEVER && from + know.b.online < o.at) {
                        found.test(false, o.n);
                        since = null;
                        wanted = wanted && h.welcome(device, o.n) !== null;
                    }
                }
                if (o.device !== device) {
                    continue;
                }
                if (o.kind === 'welcome') {
                    found.judged += since !== null;
                    since = null;
                } else if (o.kind === 'conn_open') {
                    wanted = true;
                    since = since ?? (h.welcome(device, o.n) === null ? o.until : null);
                } else if (o.kind === 'conn_close' && wanted && o.value === h.connection(device, o.n)) {
                    since = since ?? o.until;
                }
            }
        }
    }},

    // From the receipt of an entry that waits for an earlier one to its display.
    'LIV-04': {needs: ['welcome', 'shown'], find(h, found) {
        const know = new Knowledge(h);
        const rooms = (device, n) => [...new Set(h.of('member').filter((o) => o.n < n &&
            o.user === h.devices.get(device)).map((o) => o.room))];
        const allowed = (device, n) => {
            let rows = 0;
            for (const room of rooms(device, n)) {
                const last = h.last(device, room, n);
                rows += last > 0 ? max(0, h.head(room, n) - last) : 0;
            }
            return know.b.held(know.b.pages(rows, rooms(device, n).length));
        };
        const held = new Map(); // device, room, seq -> the first receipt since it was given up or shown
        for (const o of h.all) {
            for (const [key, item] of held) {
                if (item.told || o.at <= item.receipt.until + item.bound) {
                    continue;
                }
                const {device, room} = item.receipt;
                const node = h.of('welcome', 'conn_open').findLast((w) => w.n < o.n && w.device === device)?.node ?? null;
                const from = max(item.receipt.until, know.device(device, o.n), know.database(o.n), know.redis(node, o.n));
                if (from !== NEVER && from + max(item.bound, allowed(device, o.n)) < o.at) {
                    found.test(false, o.n);
                    item.told = true;
                }
            }
            for (const [key, {receipt}] of held) {
                const mine = receipt.device === o.device;
                const here = mine && receipt.room === o.room;
                if (here && o.kind === 'shown' && o.seq >= receipt.seq) {
                    found.judged++;
                    held.delete(key);
                } else if ((here && o.kind === 'reset') ||
                    (mine && o.kind === 'conn_close' && o.value === h.connection(o.device, o.n))) {
                    held.delete(key);
                }
            }
            const key = `${o.device} ${o.room} ${o.seq}`;
            if (o.kind === 'recv' && o.flags.includes('held') && !held.has(key) &&
                o.seq > h.last(o.device, o.room, o.n)) {
                held.set(key, {receipt: o, bound: allowed(o.device, o.n), told: false});
            }
        }
    }},
};
