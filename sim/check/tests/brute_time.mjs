// The second judge's bounds and disturbances, and LIV-02, LIV-04 and SYN-11, which are bounded by them.
//
// Something that must happen within a bound is late at the first observation after `start + bound`, where
// `start` is the event or the end of the last disturbance on its own path, as far as was known by then.
import {sessions} from './brute_pages.mjs';

export const NEVER = Infinity;
const max = Math.max;

// The bounds, in words in sim/check/bound.h; in us.
function bounds(b) {
    const [L, R, D, A] = [b.client_latency_us, b.redis_us, b.database_us, b.announce_us];
    const page = 2 * L + 2 * D + b.database_retry_us;
    const repair = 2 * A + b.gap_us + R + 2 * D + L; // of rows that one read brings
    return {
        repair,
        readsMore: (rows) => D * (Math.ceil(max(1, rows) / max(1, b.repair_rows)) - 1), // for so many rows
        repairDead: repair + b.lease_us + b.sweep_us,
        redis: b.redis_backoff_us + 3 * R, // a node's way back to it
        away: b.lease_us + b.sweep_us + b.redis_backoff_us + 3 * R, // more than `repair`, without it
        heard: b.redis_backoff_us + 3 * R + 2 * A + R, // and every other node has heard of it
        database: b.database_retry_us + 2 * D,
        pause: b.database_retry_us + 2 * D + L + max(b.client_gap_us, b.database_retry_us),
        atOnce: D + R + L,
        start: 2 * D + b.database_retry_us, // a node registers
        online: 2 * b.backoff_us + b.answer_us + Math.floor(b.lease_us / 2) + 5 * L + 2 * D + R +
            b.database_retry_us,
        pages: (rows, rooms) => Math.floor(rows / max(1, b.page_rows)) + rooms + 1,
        sync: (count) => page * count,
        rest: (count) => b.backoff_us + 3 * L + page * count + repair,
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
    return {until, since, on};
}

// Whether a node was asked to go in this life, and nothing else made it go.
export const isAsked = (h, node, n) => h.all.findLast((o) => o.n < n && o.node === node &&
    (['drain', 'node_up', 'node_down'].includes(o.kind) || (o.kind === 'fault_begin' && o.flags.includes('left'))))
    ?.kind === 'drain';

// What was known before observation n, remembered by its question: it is asked for each row and device.
export class Knowledge {
    constructor(h) {
        this.h = h;
        this.b = bounds(h.bounds);
        this.memory = new Map();
        this.faults = h.of('fault_begin', 'fault_end', 'node_up', 'node_down', 'tx_slow').map((o) => o.n);
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

    // Until when transactions that take longer than they should are under way: of a node, or of any. One that two
    // faults meet may be refused at its end.
    slow(node, n) {
        const refused = (o) => this.databaseFaults(o.n).on > 1;
        return this.remember(`slow ${node}`, n, () => max(-NEVER, ...this.h.of('tx_slow').filter((o) => o.n < n &&
            (node === undefined || o.node === node))
            .map((o) => o.until + o.value + (refused(o) ? this.b.database : 0))));
    }

    // Until when a node did nothing, and what reached it waited: it, or any.
    paused(node, n) {
        return this.remember(`paused ${node}`, n, () => disturbance(this.h, n, (o) =>
            o.flags.includes('held') && o.node !== null && (node === undefined || o.node === node)).until);
    }

    // Until when a transaction of a node has no answer in time: it is slow, or the node does not take its answer.
    behind(node, n) {
        return node === null ? -NEVER : max(this.slow(node, n), this.paused(node, n));
    }

    databaseFaults(n) {
        return this.remember('database', n, () => disturbance(this.h, n, (o) => o.flags.includes('database')));
    }

    databaseOf(node, n) {
        return max(this.databaseFaults(n).until + this.b.database, this.behind(node, n));
    }

    database(n) {
        return max(this.databaseFaults(n).until + this.b.database, this.slow(undefined, n));
    }

    // What a client asks for from `at` on may be refused by the database, and is asked for again.
    askedFrom(node, at, n) {
        const refused = max(this.databaseFaults(n).until, this.behind(node, n));
        return refused < at || refused === NEVER ? max(at, refused) : refused + this.b.pause;
    }

    // Whether a node, when it went last, did so by itself, as it was asked to, and what it said from `since` on
    // was heard.
    inOrder(node, since, n) {
        const down = this.h.of('node_down').findLast((o) => o.n < n && o.node === node);
        if (down === undefined || !isAsked(this.h, node, down.n)) {
            return false;
        }
        const over = this.h.of('fault_end').some((o) => o.n > down.n && o.n < n && o.node === node &&
            o.flags.includes('left') && o.until === down.until);
        return !over && this.redis(node, n) < since;
    }

    // Since when no node and no link of a node kept rows from anybody: what was committed before that is told,
    // or repaired.
    calm(n) {
        return this.remember('calm', n, () => {
            const nodes = [...new Set(this.h.all.filter((o) => o.n < n && o.node !== null).map((o) => o.node))];
            const {redis, database, repair, repairDead} = this.b;
            return repair + max(this.redisOfAll(n).until + redis, this.databaseFaults(n).until + database,
                this.slow(undefined, n), ...nodes.flatMap((node) => [this.paused(node, n),
                    this.redisOf(node, n).until + redis,
                    max(0, this.lastOf('node_up', node, n)) + redis,
                    this.lastOf('node_down', node, n) +
                        (this.inOrder(node, this.lastOf('node_down', node, n) - repair, n) ? 0 : repairDead - repair)]));
        });
    }

    // From when on nothing keeps a node from answering a hello: no transaction of anybody, no
    // row that was lost and has to be repaired.
    helloFrom(n) {
        return this.remember('hello', n, () => {
            const nodes = [...new Set(this.h.all.filter((o) => o.n < n && o.node !== null).map((o) => o.node))];
            const {redis, repair, repairDead} = this.b;
            return max(this.database(n), repair + max(this.redisOfAll(n).until + redis, ...nodes.flatMap((node) =>
                [this.redisOf(node, n).until + redis, max(0, this.lastOf('node_up', node, n)) + redis,
                    this.lastOf('node_down', node, n) +
                        (this.inOrder(node, this.lastOf('node_down', node, n) - repair, n) ? 0 : repairDead - repair)])));
        });
    }

    // When a node was last told to go, or made to.
    going(node, n) {
        return this.remember(`going ${node}`, n, () => max(-NEVER, ...this.h.of('node_down', 'fault_begin').filter((o) =>
            o.n < n && o.node === node && (o.kind === 'node_down' || o.flags.includes('left'))).map((o) => o.until)));
    }

    // Until when no node served: looked at whenever one comes or goes. One that comes registers first.
    nobody(n) {
        return this.remember('nobody', n, () => {
            const serves = new Map();
            let nobody = -NEVER;
            for (const o of this.h.of('node_up', 'node_down', 'fault_begin').filter((other) => other.n < n)) {
                if (o.kind === 'node_up') {
                    serves.set(o.node, o.until + this.b.start);
                } else if (o.kind === 'node_down' || o.flags.includes('left')) {
                    serves.delete(o.node);
                } else {
                    continue;
                }
                const from = Math.min(NEVER, ...serves.values());
                nobody = from > o.at ? from : nobody;
            }
            return nobody;
        });
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
    // well, before the committer was without Redis; and will not forget it before it has asked the log.
    heard(node, committer, start, n) {
        const up = max(this.lastOf('node_up', node, n), this.lastOf('node_up', committer, n), 0);
        const [from, own] = [this.redisOf(committer, n), this.redisOf(node, n)];
        const forgets = 100 * this.h.bounds.lease_us;
        let well = max(up, this.redisOfAll(n).until);
        if (own.until > well && (own.since < up + this.b.heard || own.until - own.since > forgets)) {
            well = own.until; // a cut of its own, before which it had no time, or which was too long
        }
        const last = own.until > from.since && own.since < from.since ? own.since : from.since;
        return well !== NEVER && well + this.b.heard <= max(0, from.since) && start + this.b.away <= last + forgets;
    }
}

export const invariants = {
    // At the end each device that is online has its rooms up to the end of their logs. Where the run ended before
    // it was at rest, one that lacks something must have had its time: from the last fault, the last row and its
    // welcome, a connection, the longest sync and a repair.
    'SYN-11': {needs: ['commit', 'member', 'welcome', 'end'], find(h, found) {
        const know = new Knowledge(h);
        const rooms = [...new Set(h.of('commit', 'member').map((o) => o.room))];
        const pagesMost = h.bounds.page_rows > 0 ? max(0, ...sessions(h).map((session) =>
            session.all.filter((o) => o.kind === 'sync_page').length)) : 0;
        for (const end of h.of('end')) {
            const calm = max(0, ...h.of('fault_end', 'calm').filter((o) => o.n < end.n).map((o) => o.until));
            for (const [device] of h.devices) {
                const welcome = h.welcome(device, end.n);
                for (const room of rooms) {
                    const from = h.memberFrom(device, room, end.n);
                    if (welcome === null || from === null) {
                        continue;
                    }
                    const head = h.head(room, end.n);
                    const row = h.row(room, head, end.n);
                    const last = h.last(device, room, end.n);
                    const named = last > 0 ? last : h.base(device, room, end.n);
                    const has = named ?? (row?.until > welcome.until && head > from ? 0 : head);
                    const start = max(calm, welcome.until, know.device(device, end.n), row?.until ?? 0);
                    const time = know.b.rest(pagesMost + max(0, head - has) + 2);
                    if (has === head || end.flags.includes('quiet') || start + time <= end.at) {
                        found.test(has === head, end.n);
                    }
                }
            }
        }
    }},

    // From the wish to be online to the welcome.
    'LIV-02': {needs: ['conn_open'], find(h, found) {
        const know = new Knowledge(h);
        for (const [device] of h.devices) {
            let since = null;
            let lost = -NEVER; // when its last try ended with the node that it was made to
            let tried = null;
            let wanted = false;
            for (const o of h.all) {
                if (since !== null) {
                    const from = max(since, lost, know.device(device, o.n), know.nobody(o.n), know.database(o.n),
                        know.paused(undefined, o.n)); // whoever is led to a node that does nothing waits there
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
                } else if (o.kind === 'want' || o.kind === 'conn_open') {
                    wanted = true;
                    tried = o.kind === 'conn_open' ? o : tried;
                    lost = since === null ? -NEVER : lost;
                    since = since ?? (h.welcome(device, o.n) === null ? o.until : null);
                } else if (o.kind === 'conn_close' && o.value === h.connection(device, o.n)) {
                    const welcomed = h.welcome(device, o.n) !== null;
                    if (!welcomed && tried !== null &&
                        know.going(tried.node, o.n) >= tried.at - 2 * h.bounds.client_latency_us) {
                        lost = o.until;
                    }
                    if (wanted && since === null) {
                        since = o.until;
                        lost = -NEVER;
                    }
                }
            }
        }
    }},

    // From the receipt of an entry that waits for an earlier one to its display; as many pages as were needed
    // at any time since are allowed.
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
            for (const item of held.values()) {
                item.bound = max(item.bound, allowed(item.receipt.device, o.n));
                if (item.told || o.at <= item.receipt.until + item.bound) {
                    continue;
                }
                const {device, room} = item.receipt;
                const node = h.of('welcome', 'conn_open').findLast((w) => w.n < o.n && w.device === device)?.node ?? null;
                const from = max(know.askedFrom(node, item.receipt.until, o.n), know.device(device, o.n),
                    know.redis(node, o.n));
                if (from !== NEVER && from + item.bound < o.at) {
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
