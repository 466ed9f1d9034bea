// A connection of a person, for the second judge: whether it counts for certain, whether it may, and what it says.
import {OFFLINE, ONLINE} from './brute_there.mjs';
import {NEVER} from './brute_time.mjs';

const {max, min} = Math;

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
        const unheard = o.at < conn.said + this.h.bounds.client_latency_us || this.unheard(conn, o.n);
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

    // From when on it is over for so long that all who are to be told of it were, if nothing kept that from them.
    overFrom(n) {
        const {b, know} = this.there;
        const conn = this.known(n);
        return max(this.mayCountUntil(conn, n) + b.seenRepair,
            2 * b.seenRepair + max(know.redis(conn.node, n), know.databaseOf(conn.node, n)));
    }

    // The statuses that it may have for its node.
    may(conn, at, n) {
        const doubt = at < conn.said + this.h.bounds.client_latency_us || this.unheard(conn, n) ||
            this.there.kept(conn.node, conn.said, at, n);
        return [conn.status, ...(doubt ? conn.before : [])];
    }
}
