// Who is there, for the second judge: the ways between what happens to people and those who are told, and what is
// known of a node that was disturbed.
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
        const lost = at > -NEVER && state.until[OFFLINE] >= at && this.lostUntil(n) > at - b.seenLost;
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
