// Who types where, for the second judge: a person in a room, what nodes heard of them, and who was told.
//
// Of what nodes hear, a start lasts until a stop or the end of its connection; where another node may have heard a
// start shortly before, nobody can say which of the two words comes last.
import {Knowledge, NEVER} from './brute_time.mjs';

const max = Math.max;

export const used = (h) => h.bounds.typing_us > 0;
export const isStart = (o) => !o.flags.includes('left');
export const isMember = (h, user, room, n) => h.of('member').findLast((o) => o.n < n && o.user === user &&
    o.room === room)?.flags.includes('left') === false;
// Where a start names a person the room need not be there yet.
export const mayType = (h, o) => h.devices.has(o.device) &&
    (o.seq !== 0 || isMember(h, h.devices.get(o.device), o.room, o.n));
// The first observation behind n after an instant: what has to be so by then is looked at then.
export const after = (h, at, n = -1) => h.all.slice(n + 1).find((o) => o.at > at);
// Where a device's present connection is, or its last was.
export const placeOf = (h, device, n) => h.of('conn_open', 'welcome').findLast((o) => o.n < n && o.device === device)
    ?.node ?? null;

export function bounds(b) {
    const [L, R, th] = [b.client_latency_us, b.redis_us, b.typing_throttle_us];
    const slow = b.drift_ppm > 0 ? Math.floor(b.typing_us * b.drift_ppm / 1e6) + 1 : 0; // by the slowest clock
    const T = b.typing_us + slow;
    return {expires: T + R + L, lost: T + th + R + L, stop: R + L, shown: th + R + L, key: b.typing_refresh_us + L,
        others: R};
}

export class Typist { // of a person in a room
    constructor(h, know, user, room) {
        Object.assign(this, {h, know, user, room, b: bounds(h.bounds)});
        const mine = (o) => o.user === user && o.room === room;
        const own = (o) => h.devices.get(o.device) === user;
        this.words = h.of('typed').filter((o) => o.room === room && own(o) && mayType(h, o));
        this.starts = this.words.filter(isStart);
        this.gone = h.of('gone', 'hangup').filter(own);
        this.shown = h.of('typist').filter(mine);
        this.told = h.of('typing_told').filter(mine);
        this.written = h.of('commit').filter((o) => o.room === room && (o.event ? o.sender === h.names.get(user)
            : o.user === user));
        const known = Math.min(...[this.words, this.shown, this.told, this.written.filter((o) => !o.event)]
            .flatMap((all) => all.slice(0, 1)).map((o) => o.n));
        this.written = this.written.filter((o) => !o.event || o.n > known); // nobody types before they are in
    }

    last(n) {
        return this.starts.findLast((o) => o.n < n);
    }

    commit(n) {
        return this.written.findLast((o) => o.n < n);
    }

    // The last start that this node heard.
    at(node, n) {
        return this.starts.findLast((o) => o.n < n && o.node === node)?.at ?? -NEVER;
    }

    nodes(n) {
        return [...new Set(this.starts.filter((o) => o.n < n).map((o) => o.node))];
    }

    // Whether another node heard a start so shortly before that it may still be told.
    crossed(node, at, n) {
        const since = at - this.h.bounds.typing_throttle_us - this.h.bounds.redis_us;
        return this.nodes(n).some((other) => other !== node && this.at(other, n) > since);
    }

    // What ended the last start: {o, by}; undefined: nothing that can be told for certain.
    end(n) {
        const start = this.last(n);
        if (start === undefined) {
            return undefined;
        }
        const stops = this.words.filter((o) => !isStart(o) && o.n > start.n && o.n < n &&
            (start.seq === 0 || o.node === start.node)).map((o) => ({o, by: 'TYP-03', since: o.at}));
        const gone = this.gone.filter((o) => o.n > start.n && o.n < n && o.device === start.device &&
            o.value === start.value && o.node === start.node)
            .map((o) => ({o, by: 'TYP-07', since: o.at - this.h.bounds.typing_us})) // of two, which was the last?
            .filter(({o, since}) => this.beside(o.n) < since);
        return [...stops, ...gone].sort((x, y) => x.o.n - y.o.n).find(({o, since}) => !this.crossed(o.node, since, o.n));
    }

    // From when, not before `at`, nothing keeps what was heard of them from a device.
    from(device, at, n) {
        const {know} = this;
        const since = at - 2 * this.h.bounds.typing_us;
        const ways = new Set([placeOf(this.h, device, n), ...this.nodes(n).filter((node) => this.at(node, n) > since)]);
        return max(at, know.device(device, n), ...[...ways].filter((node) => node !== null).map((node) =>
            max(know.redis(node, n), know.paused(node, n), know.going(node, n),
                max(0, know.lastOf('node_up', node, n)) + know.b.redis)));
    }

    // Whether a device was shown all that they wrote here: what that ended is over for it.
    hasMessages(device, n) {
        const commit = this.commit(n);
        return commit === undefined || this.h.shows(device, this.room, commit.seq, n);
    }

    // The last start that named a person, before one of another device of theirs: a node keeps one a connection.
    beside(n) {
        const all = this.starts.filter((o) => o.n < n);
        return all.findLast((o, i) => o.seq !== 0 && i + 1 < all.length && all[i + 1].device !== o.device)?.at ?? -NEVER;
    }

    // Since when starts followed closely, and nothing ended it or may end it once more; NEVER: they do not.
    run(n) {
        const {h} = this;
        const close = h.bounds.typing_us - this.b.shown;
        const breaks = [...this.words.filter((o) => !isStart(o)), ...this.gone, ...this.written].filter((o) => o.n < n);
        let since = NEVER;
        let next;
        for (const start of this.starts.filter((o) => o.n < n).reverse()) {
            if (breaks.some((o) => o.n > start.n && o.n < (next?.n ?? n)) || (next && next.at - start.at > close)) {
                break;
            }
            since = start.at;
            next = start;
        }
        const wrote = this.commit(n);
        return wrote === undefined || since === NEVER ? since : max(since, wrote.at + this.know.b.repair + this.know.b.away);
    }
}

const remembered = new WeakMap();
export function typists(h) {
    if (!remembered.has(h)) {
        const know = new Knowledge(h);
        const all = new Map();
        for (const o of used(h) ? h.of('typed', 'typist', 'typing_told') : []) {
            const user = o.kind === 'typed' ? h.devices.get(o.device) : o.user;
            const key = `${user} ${o.room}`;
            if (user !== undefined && !all.has(key)) {
                all.set(key, new Typist(h, know, user, o.room));
            }
        }
        remembered.set(h, [...all.values()].filter((one) => one.user !== null && one.room !== null));
    }
    return remembered.get(h);
}
