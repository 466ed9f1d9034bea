// The second judge's view of who is there: a person's connections, which of them count for certain and which may, and
// the ways between what happens to people and those who are told.
import {Knowledge, NEVER} from './brute_time.mjs';

const {max, min} = Math;
export const [ONLINE, BUSY, AWAY, OFFLINE] = [0, 1, 2, 3];

function bounds(b) {
    const [L, R, D, A, G, K, S] = [b.client_latency_us, b.redis_us, b.database_us, b.announce_us, b.grace_us, b.lease_us,
        b.sweep_us];
    const pass = b.heartbeat_us + A; // each node reads everyone again
    const seen = 2 * L + D + 5 * R;
    const ghostAway = K + b.redis_backoff_us + 2 * S + R + G + S + R + seen + 2 * pass;
    return {chosen: L + D, seen, seenRepair: seen + pass, seenLost: seen + 2 * pass + b.redis_backoff_us, left: G + seen,
        ghost: K + S + R + G + S + R + seen, ghostAway, beat: pass + R, rest: b.redis_backoff_us + 3 * R + ghostAway};
}

// What is on the way of a change, by the time n: disturbances of the way that ended shortly before it, or after, count.
export class There {
    constructor(h) {
        this.h = h;
        this.know = new Knowledge(h);
        this.b = bounds(h.bounds);
        this.again = this.know.b.redis + this.b.seenRepair; // after its way is back all that a node knows was said anew
        this.leased = Math.trunc(h.bounds.lease_us * 2 / 3) - h.bounds.redis_us; // so long without Redis it may be
        this.indices = [...new Set(h.all.filter((o) => o.node !== null).map((o) => o.node))];
    }

    nodes(n) {
        return this.know.remember('nodes', n, () => this.indices.filter((node) =>
            this.h.all.some((o) => o.n < n && o.node === node)));
    }

    redis(node, n) {
        return node === null ? {until: -NEVER, since: 0} : this.know.redisOf(node, n);
    }

    // Since when a node has been able to judge leases.
    judgedSince(n) {
        return this.know.remember('judged', n, () => min(NEVER, ...this.nodes(n).filter((node) => this.serves(node, n))
            .map((node) => max(this.know.lastOf('node_up', node, n) + this.know.b.start, this.know.redis(node, n)))));
    }

    serves(node, n) {
        return this.h.of('node_up', 'node_down', 'fault_begin').findLast((o) => o.n < n && o.node === node &&
            (o.kind !== 'fault_begin' || o.flags.includes('left')))?.kind === 'node_up';
    }

    // Until when a connection may count whose node went with it.
    ghost(down, n) {
        const b = this.h.bounds;
        const since = this.judgedSince(n);
        const settled = since + b.lease_us + b.redis_backoff_us + b.sweep_us <= down;
        return max(down, since) + (settled ? this.b.ghost : this.b.ghostAway) - this.b.seen;
    }

    // Whether the others may have taken a node for dead between two instants.
    leaseless(node, from, at, n) {
        const {until, since} = this.redis(node, n);
        if (until === -NEVER) {
            return false;
        }
        const back = until === NEVER ? at : until + this.know.b.redis;
        return back - since >= this.leased && at >= since + this.leased &&
            (until === NEVER || from < back + this.h.bounds.announce_us + this.b.seen);
    }

    // Whether what a node heard may not have come to the others.
    kept(node, said, at, n) {
        const keeps = ({until, since}) => until !== -NEVER && since <= said + this.b.seen && until >= said &&
            at < until + this.again;
        return said > -NEVER && (keeps(this.know.redisOfAll(n)) || keeps(this.redis(node, n)));
    }

    // The last instant of which a node can have told Redis in time.
    said(node, at, n) {
        const before = ({until, since}, t) => until + this.know.b.redis + this.b.beat < t ? t : min(t, since);
        return before(this.redis(node, n), before(this.know.redisOfAll(n), at));
    }

    // From when on Redis has what any node had heard.
    allSaid(at, n) {
        const {know} = this;
        return max(at, ...this.nodes(n).map((node) => max(know.redis(node, n), know.databaseOf(node, n),
            know.paused(node, n), know.going(node, n)))) + this.b.ghostAway;
    }

    // The earliest instant of which a node may tell: without Redis, or after it did nothing, it tells what is old.
    toldOf(node, at, n) {
        const since = (what, back) => what.until !== -NEVER && at <= what.until + back ? min(what.since, at) : at;
        const paused = pauseOf(this.h, node, n);
        const redis = node === null ? this.know.redisOfAll(n) : this.know.redisOf(node, n);
        return min(since(paused, this.b.seen), since(redis, this.again));
    }

    // Whether a connection is beyond doubt: Redis was told of it before `from`, and nothing put that in doubt until `at`.
    firm(conn, from, at, n) {
        if (conn.live === NEVER || conn.ended !== NEVER || conn.node === null ||
            this.leaseless(conn.node, from, at, n)) {
            return false;
        }
        const [own, all] = [this.redis(conn.node, n), this.know.redisOfAll(n)];
        const said = max(conn.live, this.know.databaseOf(conn.node, n)) + this.b.seen;
        const recovered = (what) => what.until + this.again <= from;
        const spared = (what) => what.until === -NEVER || what.since >= said || recovered(what);
        // Redis lost it, and its node could not say it again: only both are a doubt.
        return said <= from && spared(own) && spared(all) && (recovered(own) ||
            (recovered(all) && (all.until === -NEVER || own.since >= all.until + this.again)));
    }

    // From when on, and for how long at most, a change of a person at `at` may take to a device.
    // `said`: their nodes told of it before they went.
    path(person, device, at, n, said = false) {
        const {h, know, b} = this;
        const near = at > -NEVER ? at - b.seenRepair : at;
        const state = person.state(n);
        const links = (node) => [know.redis(node, n), know.databaseOf(node, n)];
        const whole = (node) => node === null ? [] : [...links(node), know.going(node, n)];
        const parts = [...whole(placeOf(h, device, n)), ...state.conns.flatMap((conn) => conn.node === null ? []
            : said ? links(conn.node) : [conn.node, ...(conn.crashed ? this.nodes(n) : [])].flatMap(whole))];
        const waits = state.conns.filter((conn) => conn.gone === NEVER).map((conn) => know.device(conn.device, n));
        const lost = state.until[OFFLINE] === NEVER && at > -NEVER && this.lostUntil(n) > at - b.seenLost;
        return {start: max(at, h.welcome(device, n)?.until ?? NEVER, know.device(device, n), ...parts, ...waits),
            bound: lost ? b.seenLost : parts.some((until) => until > near) ? b.seenRepair : b.seen};
    }

    // Until when Redis had lost what it was told, for a node that could say its own again no earlier.
    lostUntil(n) {
        return this.know.remember('lost', n, () => {
            let {until} = this.know.redisOfAll(n);
            for (const node of until > -NEVER && until < NEVER ? this.nodes(n) : []) {
                const own = this.redis(node, n);
                if (own.since <= this.know.redisOfAll(n).until + this.again) {
                    until = max(until, own.until);
                }
            }
            return until;
        });
    }
}

// The last time that a node did nothing.
function pauseOf(h, node, n) {
    let [on, until, since] = [0, -NEVER, -NEVER];
    for (const o of h.of('fault_begin', 'fault_end').filter((f) => f.n < n && f.flags.includes('held') &&
        f.node !== null && (node === null || f.node === node))) {
        if (o.kind === 'fault_begin') {
            since = on === 0 ? o.at : since;
            on++;
            until = NEVER;
        } else if (on > 0 && --on === 0) {
            until = o.until;
        }
    }
    return {until, since};
}

export const placeOf = (h, device, n) => h.of('conn_open', 'welcome').findLast((o) => o.n < n && o.device === device)
    ?.node ?? null;

// --- Connections -------------------------------------------------------------------------------

// Times at which a device was disturbed, as far as is known by n.
function troubles(h, device, n) {
    const all = [];
    let on = 0;
    for (const o of h.of('fault_begin', 'fault_end').filter((f) => f.n < n && f.device === device)) {
        if (o.kind === 'fault_begin' && on++ === 0) {
            all.push({since: o.at, until: NEVER});
        } else if (o.kind === 'fault_end' && on > 0 && --on === 0) {
            all.at(-1).until = o.until;
        }
    }
    return all;
}

// A connection of a person, with all that happened to it.
export class Connection {
    constructor(there, device, value) {
        Object.assign(this, {there, h: there.h, device, value});
        const mine = (o) => o.device === device && o.value === value;
        this.all = [...this.h.of('conn_open', 'arrived', 'welcome', 'conn_close', 'gone', 'hangup').filter(mine),
            ...this.h.of('present').filter((o) => o.device === device && o.seq <= OFFLINE &&
                this.h.connection(device, o.n) === value), ...this.h.of('node_down')].sort((a, b) => a.n - b.n);
        this.first = this.all.find((o) => ['conn_open', 'arrived', 'welcome'].includes(o.kind))?.n ?? NEVER;
        this.memory = new Map();
    }

    // What is known of it by n; null: it is not there yet.
    known(n) {
        if (n <= this.first) {
            return null;
        }
        const count = this.all.filter((o) => o.n < n).length;
        if (!this.memory.has(count)) {
            this.memory.set(count, this.fold(this.all.slice(0, count).filter((o) => o.n >= this.first)));
        }
        return this.memory.get(count);
    }

    fold(all) {
        const conn = {device: this.device, value: this.value, open: all[0].at, node: all[0].node, live: NEVER, ended: NEVER,
            gone: NEVER, arrived: false, crashed: false, said: -NEVER, status: ONLINE, before: [], room: null,
            lostRoom: false, unsaid: false};
        for (const o of all) {
            this[o.kind]?.(conn, o);
        }
        return conn;
    }

    arrived(conn) {
        conn.arrived = true;
    }

    welcome(conn, o) {
        conn.live = o.until;
        conn.node = o.node;
    }

    conn_close(conn, o) {
        conn.ended = min(conn.ended, o.at);
        conn.gone = conn.arrived ? conn.gone : o.until;
    }

    gone(conn, o) {
        conn.ended = min(conn.ended, o.at);
        conn.gone = min(conn.gone, o.until);
    }

    hangup(conn, o) {
        this.gone(conn, o);
    }

    // Its node went, and cannot have told all of its end, nor perhaps what was said on it last.
    node_down(conn, o) {
        const {b, know} = this.there;
        const way = (at) => max(at, know.redis(conn.node, o.n + 1));
        if (conn.node === o.node && !conn.crashed && (conn.gone === NEVER || way(conn.gone) > o.at - b.left)) {
            conn.crashed = true;
            conn.unsaid = conn.unsaid || this.unheard(conn, o.n) ||
                (conn.said > -NEVER && way(conn.said) > o.at - b.seen);
            conn.ended = min(conn.ended, o.at);
            conn.gone = o.until;
        }
    }

    present(conn, o) {
        const unheard = this.unheard(conn, o.n);
        conn.before = [...(unheard ? conn.before : []), conn.status];
        conn.lostRoom = (unheard && conn.lostRoom) || conn.room !== o.room;
        Object.assign(conn, {status: o.seq, room: o.room, said: o.at, unsaid: false});
    }

    // Whether its last word may not have come to its node.
    unheard(conn, n) {
        const there = conn.said + this.h.bounds.client_latency_us;
        return conn.unsaid || (conn.said > -NEVER && (there >= conn.ended ||
            troubles(this.h, this.device, n).some(({since, until}) => until >= conn.said && since <= there)));
    }

    // Whether it counts for certain, and whether it may count.
    counts(conn, at, n) {
        return conn.live <= at && at < conn.ended + this.h.bounds.grace_us &&
            !this.there.leaseless(conn.node, at, at, n) && !this.there.kept(conn.node, conn.live, at, n);
    }

    mayCount(conn, at, n) {
        return at < this.mayCountUntil(conn, n);
    }

    mayCountUntil(conn, n) {
        return conn.gone === NEVER ? NEVER
            : conn.crashed ? this.there.ghost(conn.gone, n) : conn.gone + this.h.bounds.grace_us;
    }

    // The statuses that it may have for its node.
    may(conn, at, n) {
        const doubt = at < conn.said + this.h.bounds.client_latency_us || this.unheard(conn, n) ||
            this.there.kept(conn.node, conn.said, at, n);
        return [conn.status, ...(doubt ? conn.before : [])];
    }
}

// --- What people choose ----------------------------------------------------------------------------

export const NOT_CHOSEN = -1;

// Frames with choices: when each is committed, as far as that is ever known. `at`, `n`: when it is settled.
function frames(there, conns) {
    const {h, know, b} = there;
    return h.of('choose').filter((o) => o.seq <= OFFLINE).flatMap((o) => {
        const conn = conns.find((c) => c.device === o.device && c.value === h.connection(o.device, o.n));
        const said = conn?.known(o.n);
        const frame = {o, conn, from: NEVER, by: NEVER, lost: false, at: NEVER, n: NEVER};
        for (let due = o.at + b.chosen; said; ) {
            const next = h.all.slice(o.n + 1).find((other) => other.at > due);
            if (next === undefined) {
                break;
            }
            const from = max(o.at, know.databaseOf(said.node, next.n), know.device(o.device, next.n));
            const {ended, gone} = conn.known(next.n);
            const lost = ended < from + b.chosen; // with its connection: its node may still hear it
            if (from === NEVER || (from + b.chosen <= due && lost && gone === NEVER)) {
                due += b.chosen;
            } else if (from + b.chosen > due) {
                due = from + b.chosen;
            } else {
                Object.assign(frame, {from, by: max(from, lost ? gone : from) + b.chosen, lost, at: due, n: next.n});
                break;
            }
        }
        return said ? [frame] : [];
    });
}

// All values that were chosen of one kind: each may be the last until one that came after it is committed for certain.
function valuesOf(kind, all) {
    const read = {
        status: (o) => o.flags.includes('quiet') ? undefined : o.flags.includes('left') ? NOT_CHOSEN : o.seq,
        line: (o) => o.flags.includes('more') ? o.content : undefined,
        quiet: (o) => o.flags.includes('held') ? o.value : undefined,
    }[kind];
    const none = {status: NOT_CHOSEN, line: '0'.repeat(16), quiet: 0}[kind];
    const values = [{value: none, said: -1, frame: {by: -NEVER, n: -1, at: -NEVER}, until: NEVER, end: undefined},
        ...all.filter(({o}) => read(o) !== undefined).map((frame) =>
            ({value: read(frame.o), said: frame.o.n, frame, until: NEVER, end: undefined}))];
    for (const now of all.filter(({n}) => n < NEVER).sort((x, y) => x.n - y.n || x.at - y.at)) {
        const settled = ({frame}) => frame.n < now.n || (frame.n === now.n && frame.at <= now.at);
        const follows = (newer, older) => settled(newer) && !newer.frame.lost && newer.said >= 0 && (
            (settled(older) && older.frame.by < newer.frame.o.at) ||
            (older.frame.conn === newer.frame.conn && older.said < newer.said));
        for (const older of values.filter(({until, said}) => until === NEVER && said < now.n)) {
            if (values.some((newer) => follows(newer, older))) {
                Object.assign(older, {until: now.from, end: now});
            }
        }
    }
    return values;
}

export function choicesOf(there, conns) {
    const all = frames(there, conns);
    return {frames: all, status: valuesOf('status', all), line: valuesOf('line', all), quiet: valuesOf('quiet', all)};
}
