// The second judge's view of what devices show of people: PRE-01 to PRE-04, PRE-10, PRE-11; PRE-06 is in brute_seen,
// PRE-07, PRE-09, PRE-12 and PRE-13 in brute_record.
//
// What a device was told last of somebody may be what was true until the bound of its way ago. So each part of it is
// looked at when it is told, and when the time of what is not true any more is over.
import {Audience} from './brute_audience.mjs';
import {Delivery} from './brute_delivery.mjs';
import {NO_KEY} from './brute_history.mjs';
import {people} from './brute_person.mjs';
import {mayKnow} from './brute_presence.mjs';
import {judgeRest} from './brute_record.mjs';
import {clocks, seenJudged} from './brute_seen.mjs';
import {OFFLINE, placeOf} from './brute_there.mjs';
import {NEVER} from './brute_time.mjs';

const {max, min} = Math;

export class Views extends Audience {
    constructor(h) {
        super(h);
        Object.assign(this, people(h));
        this.delivery = new Delivery(h);
        this.found = {};
    }

    test(id, holds, n) {
        (this.found[id] ??= []).push([holds, n]);
    }

    // --- Until when each part of what it shows was so; NEVER: it is; -NEVER: it never was

    parts(o, state, now) {
        const {h} = this;
        const person = this.all.get(o.user);
        const unknown = o.id === NO_KEY && o.seq === OFFLINE;
        const chosen = (kind, fits) => unknown ? NEVER : person.chosenUntil(kind, fits, {n: state.n, at: now});
        const fast = clocks(h, state.n).fastest(now);
        return {status: state.until[o.seq], line: chosen('line', (line) => line === o.content),
            quiet: chosen('quiet', (until) => until === o.value || (o.value === 0 && until <= fast)), // that is over
            room: this.roomUntil(o, state)};
    }

    roomUntil(o, {until, places, conns, n}) {
        if (o.seq === OFFLINE) {
            return o.room === null ? NEVER : -NEVER;
        }
        if (conns.some((c) => c.lostRoom && c.conn.unheard(c, n))) {
            return NEVER;
        }
        const mine = this.h.devices.get(o.device);
        const hidden = (room) => room === null || this.stay(mine, room, n) === NEVER; // is told as none
        return max(-NEVER, ...[...places].filter(([room]) => room === o.room || (o.room === null && hidden(room)))
            .map(([, end]) => end));
    }

    // The part whose time is over first, and by which rule. `told`: it is told so now.
    doubt(o, state, now, told) {
        const away = state.until.every((end, status) => status === OFFLINE || end !== NEVER);
        const late = away ? 'PRE-02' : 'PRE-01';
        const parts = this.parts(o, state, now);
        const until = min(...Object.values(parts));
        const part = Object.keys(parts).find((name) => parts[name] === until);
        return {until, rule: part !== 'status' ? 'PRE-11' : !told || (away && o.seq !== OFFLINE) ? late
            : o.seq === OFFLINE ? 'PRE-03' : 'PRE-04'};
    }

    // When the time of what was so until then is over.
    overAt(person, device, until, now, n) {
        if (until === NEVER || until === -NEVER) {
            return until;
        }
        const {start, bound} = this.there.path(person, device, until, n);
        return start === NEVER ? now + bound : start + bound;
    }

    // --- What a device is told

    // All that it is told, and may be, connection by connection: each with what it was told before.
    streams() {
        const streams = new Map();
        const told = this.h.of('view').filter((o) => o.seq <= OFFLINE && this.h.devices.has(o.device) &&
            this.all.has(o.user) && this.h.welcome(o.device, o.n) !== null && mayKnow(this.h, o));
        for (const o of told) {
            const key = `${o.device} ${o.user} ${this.h.connection(o.device, o.n)}`;
            streams.set(key, [...streams.get(key) ?? [], o]);
        }
        return [...streams.values()];
    }

    judge() {
        const streams = this.streams();
        for (const all of streams) {
            const person = this.all.get(all[0].user);
            const storm = this.anew(person, all[0]);
            all.forEach((o, i) => {
                const state = person.state(o.n);
                this.quiet(o);
                seenJudged(this, o, all[i - 1]);
                const fine = this.told(o, all[i - 1], person, state);
                if (fine && i > 0) {
                    this.storm(o, all[0], person, state, storm);
                }
                if (fine) {
                    this.test(this.doubt(o, state, o.at, false).rule, true, o.n);
                    this.tooOld(o, all[i + 1], person);
                }
            });
        }
        this.untold(streams);
        judgeRest(this, streams);
        return this.found;
    }

    // Against all that may be shown now. Who turns offline though a connection of theirs is beyond doubt: that is no
    // matter of time.
    told(o, before, person, state) {
        const {until, rule} = this.doubt(o, state, o.at, true);
        const of = this.there.toldOf(placeOf(this.h, o.device, o.n), o.at, o.n);
        const off = before !== undefined && before.seq !== OFFLINE && o.seq === OFFLINE &&
            person.chosenUntil('status', (status) => status === OFFLINE, {n: o.n, at: o.at}) === -NEVER &&
            state.conns.some((conn) => this.there.firm(conn, of, o.at, o.n));
        this.test(o.seq === OFFLINE ? 'PRE-03' : 'PRE-04', true, o.n);
        this.test('PRE-11', true, o.n);
        const over = this.overAt(person, o.device, until, o.at, o.n) < o.at;
        if (over || off) {
            this.test(off ? 'PRE-03' : rule, false, o.n);
        }
        return !over && !off;
    }

    // Nobody is said to be quiet until an instant that was over by every clock when it was said.
    quiet(o) {
        const said = o.at - this.h.bounds.client_latency_us;
        if (o.value !== 0 && this.there.know.device(o.device, o.n) < said) {
            this.test('PRE-11', o.value > clocks(this.h, o.n).slowest(said), o.n);
        }
    }

    // The first observation at which what it was told is too old; until it is told anew, or its connection ends.
    tooOld(o, next, person) {
        const {h} = this;
        const end = min(next?.n ?? NEVER, h.of('conn_close', 'conn_open').find((c) => c.n > o.n && c.device === o.device &&
            (c.kind === 'conn_open' || c.value === h.connection(o.device, o.n)))?.n ?? NEVER);
        const mine = this.all.get(h.devices.get(o.device)).conns.find((c) => c.device === o.device &&
            c.value === h.connection(o.device, o.n));
        const moments = [{n: o.n + 1, at: o.at}, ...person.states.filter((s) => s.n > o.n && s.n <= end),
            ...h.of('watch', 'member').filter((e) => e.n > o.n && e.n < end).map((e) => ({n: e.n + 1, at: e.at}))];
        let late; // the first of all
        for (const moment of moments) {
            for (let {at} = moment; ;) {
                const n = this.next(at, moment.n);
                if (n > end || n === NEVER || n >= (late?.n ?? NEVER)) {
                    break;
                }
                const {until, rule} = this.doubt(o, person.state(n, at), at, false);
                const owed = until === NEVER ? NEVER : this.owedSince(o.device, o.user, n);
                if (owed === NEVER || (mine?.known(n)?.gone ?? -NEVER) !== NEVER) {
                    break;
                }
                const since = owed > 0 ? owed + this.there.know.b.repair : owed;
                const over = this.overAt(person, o.device, until === -NEVER ? until : max(until, since), at, n);
                if (over < at) {
                    late = {n, rule};
                }
                at = max(over, at) + 1;
            }
        }
        if (late !== undefined) {
            this.test(late.rule, false, late.n);
        }
    }

    // The first observation from n on that comes after an instant.
    next(at, n) {
        for (let i = n; i < this.h.all.length; i++) {
            if (this.h.all[i].at > at) {
                return i;
            }
        }
        return NEVER;
    }

    // PRE-01: whom a device is to be told of, and is not, on a connection.
    untold(streams) {
        const {h} = this;
        const first = new Map(streams.map(([o]) => [`${o.device} ${o.user} ${h.connection(o.device, o.n)}`, o.n]));
        for (const welcome of h.of('welcome', 'conn_open').filter((o) => h.devices.has(o.device) &&
            h.welcome(o.device, o.n + 1) !== null)) {
            const {device} = welcome;
            const value = h.connection(device, welcome.n + 1);
            const end = h.of('conn_close', 'conn_open', 'welcome').find((c) => c.n > welcome.n && c.device === device &&
                (c.kind !== 'conn_close' || c.value === value))?.n ?? NEVER;
            const mine = this.all.get(h.devices.get(device)).conns.find((c) => c.device === device && c.value === value);
            for (const [user, person] of this.all) {
                const told = first.get(`${device} ${user} ${value}`) ?? NEVER;
                const begins = [welcome, ...h.of('member', 'watch').filter((e) => e.n > welcome.n && e.n < end &&
                    (e.kind === 'watch' ? e.device === device && e.user === user
                        : [user, h.devices.get(device)].includes(e.user)))];
                const late = begins.map((begin) => this.untoldAt(device, user, person, begin, min(end, told), mine));
                if (min(NEVER, ...late) < NEVER) {
                    this.test('PRE-01', false, min(...late));
                }
            }
        }
    }

    // At which observation that is too late; NEVER: it is not.
    untoldAt(device, user, person, begin, end, mine) {
        for (let at = begin.until; ;) {
            const n = this.next(at, begin.n + 1);
            const owed = n > end || n === NEVER ? NEVER : this.owedSince(device, user, n);
            if (owed === NEVER || (mine?.known(n)?.gone ?? -NEVER) !== NEVER) {
                return NEVER;
            }
            const since = owed > 0 ? owed + this.there.know.b.repair : owed;
            const {start, bound} = this.there.path(person, device, max(this.h.welcome(device, n).until, since), n);
            if (start + bound < at) {
                return n;
            }
            at = max(at, start === NEVER ? at + bound : start + bound) + 1;
        }
    }

    // Of what changed so lately that it may be told yet, each may be told once.
    anew(person, o) {
        return {updates: 0, changes: person.changesBefore(o.n, o.at - this.there.b.seen)};
    }

    // PRE-10: told of somebody of whom nothing changed, or more often than things changed.
    storm(o, first, person, state, storm) {
        const {h, there} = this;
        if (o.flags.includes('more') || this.owedSince(o.device, o.user, o.n) === NEVER) {
            return;
        }
        const doubtful = state.certain !== state.possible;
        const {start, bound} = there.path(person, o.device, state.changed, o.n);
        const asked = this.askedUntil(o, person) >= o.at || this.metUntil(o) >= o.at;
        storm.updates++;
        if (doubtful || asked || bound !== there.b.seen) { // what was disturbed is told again, and who is in doubt found out
            Object.assign(storm, this.anew(person, o));
        }
        const quiet = !doubtful && !asked && max(start, first.at) + bound < o.at;
        const often = storm.updates > state.changes - storm.changes;
        this.test('PRE-10', !quiet && !often, o.n);
        if (!quiet && often) {
            Object.assign(storm, this.anew(person, o));
        }
    }

    // It asked to be told: its node looks who that is first.
    askedUntil(o, person) {
        const watched = this.watched(o.device, o.user, o.n);
        if (watched === NEVER) {
            return -NEVER;
        }
        const {start, bound} = this.there.path(person, o.device, watched, o.n);
        return start + this.there.know.b.repair + bound;
    }

    // They have a new room in common: its node hears of that as of any row, and tells of its people then.
    metUntil(o) {
        const {h} = this;
        const mine = h.devices.get(o.device);
        const joins = (user) => new Map(h.of('member').filter((m) => m.n < o.n && m.user === user)
            .map((m) => m.room).map((room) => [room, this.joined(user, room, o.n)]));
        const [a, b] = [joins(o.user), joins(mine)];
        let met;
        for (const [room, join] of a) {
            const other = b.get(room);
            if (join !== undefined && other !== undefined) {
                const last = other.until > join.until ? other : join;
                met = met === undefined || last.until > met.until ? last : met;
            }
        }
        const row = met === undefined ? undefined : h.row(met.room, met.seq, o.n);
        if (row === undefined) {
            return -NEVER;
        }
        const {start, bound} = this.delivery.path(row, o.device, o.n, 1);
        return start + bound + this.there.b.seen;
    }

    // When somebody joined a room last.
    joined(user, room, n) {
        const all = this.h.of('member').filter((o) => o.n < n && o.user === user && o.room === room);
        const isJoin = (o, i) => !o.flags.includes('left') && (i === 0 || all[i - 1].flags.includes('left'));
        return all.filter(isJoin).at(-1);
    }
}

const remembered = new WeakMap();
function found(h) {
    if (!remembered.has(h)) {
        remembered.set(h, h.bounds.heartbeat_us > 0 ? new Views(h).judge() : {});
    }
    return remembered.get(h);
}

const rule = (id, needs) => [id, {needs, find: (h, to) => (found(h)[id] ?? []).forEach(([holds, n]) => to.test(holds, n))}];

export const invariants = Object.fromEntries([
    rule('PRE-01', ['member', 'arrived', 'view']),
    rule('PRE-02', ['member', 'arrived', 'view']),
    rule('PRE-03', ['arrived', 'view']),
    rule('PRE-04', ['arrived', 'view']),
    rule('PRE-06', ['arrived', 'view']),
    rule('PRE-07', ['member', 'arrived', 'view', 'end']),
    rule('PRE-09', ['arrived', 'record', 'end']),
    rule('PRE-10', ['arrived', 'view']),
    rule('PRE-11', ['arrived', 'view']),
    rule('PRE-12', ['arrived', 'record']),
    rule('PRE-13', ['arrived', 'record']),
]);
