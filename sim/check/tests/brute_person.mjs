// A person, for the second judge: at each instant at which anything of them may change, what may be shown of them, and
// until when what was before might be.
import {choicesOf, NOT_CHOSEN} from './brute_choices.mjs';
import {Connection} from './brute_conns.mjs';
import {AWAY, BUSY, OFFLINE, ONLINE, There} from './brute_there.mjs';
import {NEVER} from './brute_time.mjs';

const {max, min} = Math;
const STATUSES = [ONLINE, BUSY, AWAY, OFFLINE];
const OWN = ['conn_open', 'arrived', 'welcome', 'conn_close', 'gone', 'hangup', 'present', 'choose', 'member'];

export class Person {
    constructor(there, user) {
        Object.assign(this, {there, h: there.h, user});
        const {h} = this;
        const mine = (o) => o.kind === 'member' ? o.user === user : h.devices.get(o.device) === user;
        this.events = h.of(...OWN).filter(mine);
        const names = new Set(this.events.filter((o) => ['conn_open', 'arrived', 'welcome'].includes(o.kind))
            .map((o) => `${o.device} ${o.value}`));
        this.conns = [...names].map((name) => new Connection(there, ...name.split(' ').map(Number)));
        this.choices = choicesOf(there, this.conns);
        this.states = this.follow();
    }

    // What may be shown before observation n, at an instant.
    state(n, at = NEVER) {
        let [low, high] = [0, this.states.length];
        while (low < high) { // the last that is not later
            const middle = (low + high) >> 1;
            const s = this.states[middle];
            [low, high] = s.n < n || (s.n === n && s.at <= at) ? [middle + 1, high] : [low, middle];
        }
        return this.states[max(0, low - 1)];
    }

    // How often they had changed before `at`, as it was known at observation `n`: the last 16 are looked through.
    changesBefore(n, at) {
        const known = this.states.filter((s) => s.n <= n)
            .flatMap((s, i) => Array(Number(s.changes - (this.states[i - 1]?.changes ?? 0))).fill(s));
        const older = known.findLastIndex((s) => s.at < at);
        return max(older + 1, known.length - 16);
    }

    // Until when a value of theirs might be the last; -NEVER: never.
    chosenUntil(kind, fits, {n, at}) {
        const over = ({end}) => end !== undefined && (end.n < n || (end.n === n && end.at <= at));
        return max(-NEVER, ...this.choices[kind].filter(({value, said}) => said < n && fits(value))
            .map((choice) => over(choice) ? choice.until : NEVER));
    }

    // All instants at which something may change: what happens, and what goes by itself then.
    moments() {
        const {h, there} = this;
        const L = h.bounds.client_latency_us;
        const all = [];
        const next = (at, after) => h.all.slice(after).find((o) => o.at > at)?.n ?? h.all.length;
        const byItself = (at, n) => at > h.all[n - 1].at && at < NEVER && all.push({at, n: next(at, n)});
        for (const o of this.events) {
            all.push({at: o.until, n: o.n + 1, own: true, choose: o.kind === 'choose'});
            if (o.kind === 'present') {
                byItself(o.at + L, o.n + 1);
            }
        }
        for (const {at, n, from} of this.choices.frames.filter((frame) => frame.n < NEVER)) {
            all.push({at, n, since: from});
        }
        for (const o of h.of('fault_begin', 'fault_end', 'node_up', 'node_down', 'tx_slow')) {
            all.push({at: o.until, n: o.n + 1, own: o.kind === 'node_down' &&
                this.conns.some((c) => c.known(o.n + 1)?.crashed && !c.known(o.n).crashed)});
            for (const conn of this.conns.filter((c) => (c.known(o.n + 1)?.gone ?? NEVER) < NEVER)) {
                byItself(conn.mayCountUntil(conn.known(o.n + 1), o.n + 1), o.n + 1);
                byItself(conn.overFrom(o.n + 1), o.n + 1);
            }
            if (o.flags.includes('redis')) {
                const {until, since} = o.node === null ? there.know.redisOfAll(o.n + 1) : there.redis(o.node, o.n + 1);
                for (const at of [since + there.leased, until + there.again,
                    until + there.know.b.redis + h.bounds.announce_us + there.b.seen]) {
                    byItself(at, o.n + 1);
                }
            }
        }
        for (const conn of this.conns) {
            for (const o of conn.all.filter((e) => e.n >= conn.first && !['present', 'welcome'].includes(e.kind))) {
                const known = conn.known(o.n + 1);
                byItself(known.ended + h.bounds.grace_us, o.n + 1);
                byItself(conn.mayCountUntil(known, o.n + 1), o.n + 1);
                byItself(conn.overFrom(o.n + 1), o.n + 1);
            }
        }
        for (const o of h.of('view', 'record', 'listed').filter((e) => e.user === this.user)) {
            all.push({at: o.at, n: o.n});
        }
        for (const o of h.of('end')) {
            all.push({at: o.at, n: o.n});
        }
        return all.sort((a, b) => a.n - b.n || a.at - b.at || (b.own ?? false) - (a.own ?? false));
    }

    follow() {
        const states = [];
        const until = [-NEVER, -NEVER, -NEVER, NEVER];
        const places = new Map();
        let [absent, there, last, changes, changed, counted] = [-NEVER, -NEVER, -NEVER, 0, -NEVER, '0 0'];
        let over = new Set(); // connections that are over for long
        for (const moment of this.moments()) {
            const {at, n, own} = moment;
            const conns = this.conns.filter((c) => !over.has(c)).map((c) => ({...c.known(n), conn: c}))
                .filter((c) => c.value !== undefined);
            let since = moment.since ?? at;
            for (const c of conns) {
                since = c.said + this.h.bounds.client_latency_us === at ? min(since, c.said) : since;
                if (c.live <= at && c.ended <= at) {
                    const said = this.there.said(c.node, c.ended, n);
                    there = said > c.live ? max(there, said) : there;
                }
                last = max(last, min(c.gone, at));
                if (c.conn.overFrom(n) <= at) {
                    over = new Set([...over, c.conn]);
                }
            }
            const left = conns.filter((c) => !over.has(c.conn));
            const [certain, possible] = [conns.filter((c) => c.conn.counts(c, at, n)),
                conns.filter((c) => c.conn.mayCount(c, at, n))];
            for (const room of places.keys()) {
                places.set(room, places.get(room) === NEVER ? at : places.get(room));
            }
            possible.forEach((c) => places.set(c.room, NEVER));
            const may = this.statuses(left, moment);
            let moved = counted !== `${certain.length} ${possible.length}`;
            counted = `${certain.length} ${possible.length}`;
            for (const status of STATUSES.filter((s) => may.has(s) !== (until[s] === NEVER))) {
                absent = status === OFFLINE && may.has(status) ? until[status] : absent;
                until[status] = may.has(status) ? NEVER : since;
                moved = true;
            }
            changed = own ? at : moved ? max(changed, at) : changed;
            changes += moment.choose ? 2 : own || moved; // that, and who said something last is shown
            states.push({n, at, until: [...until], places: new Map(places), conns: left, absent, there, last, changes,
                changed, certain: certain.length, possible: possible.length});
        }
        return states;
    }

    // What the connections that count for certain come to, or with any of those that may count beside them; whatever of
    // what was chosen may be the last. Of those within their grace all but one may have been given up.
    statuses(conns, {at, n}) {
        const worst = (c) => max(...c.conn.may(c, at, n));
        const certain = conns.filter((c) => c.conn.counts(c, at, n));
        const here = certain.filter((c) => c.ended === NEVER).map(worst);
        const graced = certain.filter((c) => c.ended !== NEVER).map(worst);
        const doubted = conns.filter((c) => !certain.includes(c) && c.live <= at && c.ended === NEVER).map(worst);
        let base = min(OFFLINE, ...here);
        if (base === OFFLINE && graced.length > 0) {
            base = max(ONLINE, ...graced, ...doubted); // for its own node a doubted one may count
        }
        const better = conns.filter((c) => c.conn.mayCount(c, at, n)).flatMap((c) => c.conn.may(c, at, n))
            .filter((status) => status < base);
        const all = new Set([...better, base]);
        const there = [...all].filter((status) => status !== OFFLINE);
        const ret = new Set(all.has(OFFLINE) ? [OFFLINE] : []);
        for (const value of there.length > 0 ? [NOT_CHOSEN, ...STATUSES] : []) {
            if (this.chosenUntil('status', (v) => v === value, {n, at}) === NEVER) {
                (value === NOT_CHOSEN ? there : [value]).forEach((status) => ret.add(status));
            }
        }
        return ret;
    }
}

const remembered = new WeakMap();
export function people(h) {
    if (!remembered.has(h)) {
        const there = new There(h);
        const users = new Set([...h.devices.values(), ...h.names.keys()]);
        remembered.set(h, {there, all: new Map(h.bounds.heartbeat_us > 0
            ? [...users].map((user) => [user, new Person(there, user)]) : [])});
    }
    return remembered.get(h);
}
