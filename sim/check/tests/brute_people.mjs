// The second judge's view of people and their rooms, connections and nodes at rest: DIR-01, LIV-08, LIV-09.
import {NO_KEY} from './brute_history.mjs';

const max = Math.max;

// Messages to a person that stand in the log: their commits, each with the two between whom it is.
function direct(h) {
    return h.of('commit').filter((o) => o.client_id !== NO_KEY && o.node !== null).flatMap((commit) => {
        const whom = h.of('writes_to').findLast((o) => o.n < commit.n && o.client_id === commit.client_id &&
            h.devices.has(o.device) && h.writer(o.device) === commit.sender);
        return whom === undefined ? []
            : [{commit, pair: [h.devices.get(whom.device), whom.user].sort((a, b) => a - b)}];
    });
}

// What nodes heard people type to a person: each with the two, and the room that is theirs.
function typedTo(h) {
    return h.bounds.typing_us > 0 ? h.of('typed').filter((o) => o.seq !== 0 && h.devices.has(o.device) &&
        h.names.has(o.seq - 1)).map(({n, room, device, seq}) =>
        ({n, room, pair: [h.devices.get(device), seq - 1].sort((a, b) => a - b)})) : [];
}

const of = (pair, user) => pair.includes(user);
const same = (a, b) => a[0] === b[0] && a[1] === b[1];

// Who is in a room, or was.
const everIn = (h, room, n) => [...new Set(h.of('member').filter((o) => o.n < n && o.room === room)
    .map((o) => o.user))];
const isIn = (h, user, room, n) => h.of('member').findLast((o) => o.n < n && o.user === user && o.room === room)
    ?.flags.includes('left') === false;

// By itself, and not because of what a person does with it, a device wants a connection after it wanted one before:
// `pause` since that, or since the end of the connection that came of it (`lost`). `step`: so many such pauses came
// before this one, since a connection may have held.
function pauses(h, device) {
    const all = [];
    let step = 0;
    const wants = h.of('want').filter((o) => o.device === device);
    for (let i = 1; i < wants.length; i++) {
        const [before, want] = [wants[i - 1], wants[i]];
        const closed = h.of('conn_close').findLast((o) => o.n < want.n && o.device === device &&
            o.value === h.connection(device, o.n))?.until ?? -Infinity;
        const from = max(before.at, closed);
        const lost = closed > before.at;
        const faults = h.of('fault_begin', 'fault_end').filter((o) => o.n < want.n && o.device === device);
        let on = 0;
        let until = -Infinity; // of the last fault of its own
        for (const o of faults) {
            if (o.kind === 'fault_begin' || on > 0) {
                on += o.kind === 'fault_begin' ? 1 : -1;
                until = on > 0 ? Infinity : o.until;
            }
        }
        if (until >= from || (lost && closed - before.at >= h.bounds.stable_us)) {
            step = 0;
        }
        if (until < from) {
            all.push({want, lost, step, least: want.until - from, pause: want.at - from});
            step++;
        }
    }
    return all;
}

// A pause is the least and a part of a span, which is the least first and doubles.
function isWhole(b, pause) {
    for (let span = b.backoff_least_us; b.backoff_least_us + span < b.backoff_us; span *= 2) {
        if (pause === b.backoff_least_us + span) {
            return true;
        }
    }
    return false;
}

// Whether pauses grow as they should, as far as chance allows: that all are as short as the first may be.
function grows(b, all) {
    const first = b.backoff_least_us + 2 * b.client_latency_us; // until it learns that it failed
    const short = b.backoff_least_us + first;
    if (b.backoff_us <= short || all.some(({pause}) => pause > short)) {
        return true;
    }
    let chance = 1;
    for (const {step} of all) {
        chance *= Math.min(1, first / Math.min(b.backoff_us, b.backoff_least_us * 2 ** Math.min(step, 20)));
    }
    return chance >= 2 ** -30;
}

const [CONNECTIONS, ROOMS, , , CHANNELS, FOLLOWED] = [0, 1, 2, 3, 4, 5];

export const invariants = {
    // One room a pair, one pair a room; both are in it before a word of it is there, and nobody else ever.
    'DIR-01': {needs: ['member', 'writes_to', 'commit'], find(h, found) {
        const written = direct(h).map(({commit, pair}) => ({n: commit.n, room: commit.room, pair}));
        const all = [...written, ...typedTo(h)].sort((a, b) => a.n - b.n);
        for (const one of all) {
            const first = all.find((other) => same(other.pair, one.pair));
            found.test(first.room === one.room, one.n);
            if (first === one) {
                found.test(!all.some((other) => other.n < one.n && other.room === one.room), one.n);
            }
        }
        const told = h.bounds.typing_us > 0 ? h.of('typing_told') : [];
        for (const room of new Set(all.map((one) => one.room))) {
            const claims = all.filter((one) => one.room === room);
            const words = [...written, ...told].filter((o) => o.room === room && o.n >= claims[0].n);
            const {n} = words.length > 0 ? words.reduce((a, b) => a.n < b.n ? a : b) : {n: NaN};
            const {pair} = claims.findLast((one) => one.n <= n) ?? {pair: []};
            if (pair.length > 0) {
                found.test(everIn(h, room, n).every((user) => of(pair, user)) &&
                    pair.every((user) => isIn(h, user, room, n)), n);
            }
        }
        for (const o of h.of('member')) {
            const here = all.filter((one) => one.n < o.n && one.room === o.room);
            if (here.length > 0) {
                found.test(here.every(({pair}) => of(pair, o.user)), o.n);
            }
        }
    }},

    // Each pause is as long as the least. Of all together: not each is a whole span, as if nothing were drawn, and
    // some are longer than the first may be, if they had the chance.
    'LIV-08': {needs: ['want'], find(h, found) {
        const b = h.bounds;
        if (!(b.backoff_least_us > 0)) {
            return;
        }
        const all = [...h.devices.keys()].flatMap((device) => pauses(h, device)).sort((x, y) => x.want.n - y.want.n);
        for (const {want, least} of all) {
            found.test(least >= b.backoff_least_us, want.n);
        }
        for (const end of h.of('end')) {
            const lost = all.filter((o) => o.lost && o.want.n < end.n);
            const drawn = lost.filter(({pause}) => pause < b.backoff_us);
            if ((drawn.length >= 8 && drawn.every(({pause}) => isWhole(b, pause))) ||
                (b.stable_us > 0 && !grows(b, lost))) {
                found.test(false, end.n);
            }
        }
    }},

    // What a node holds is what those who are there need: their connections, the rooms of theirs, a channel for each
    // of these at most; nothing waits and nothing is under way. A room is kept for a while after its last reader.
    'LIV-09': {needs: ['serves', 'holds'], find(h, found) {
        for (const o of h.of('astray')) {
            found.test(false, o.n);
        }
        const b = h.bounds;
        for (const o of h.of('holds').filter((holds) => holds.seq <= FOLLOWED)) {
            const last = (kind, seq) => h.of(kind).findLast((other) => other.n < o.n && other.node === o.node &&
                other.seq === seq)?.value ?? 0;
            const there = {
                [CONNECTIONS]: () => last('serves', CONNECTIONS),
                [ROOMS]: () => roomsRead(h, o.node, o.n),
                [CHANNELS]: () => 1 + last('holds', ROOMS) + last('serves', CONNECTIONS),
                [FOLLOWED]: () => b.heartbeat_us > 0 ? toldOf(h, o.node, o.n) : 0,
            }[o.seq]?.() ?? 0;
            const closed = h.of('conn_close', 'gone', 'hangup').findLast((other) =>
                other.n < o.n && other.node === o.node)?.until ?? -Infinity;
            const asked = h.of('watch').findLast((other) => other.n < o.n &&
                h.welcome(other.device, other.n)?.node === o.node)?.until ?? -Infinity;
            const lease = b.lease_us + b.sweep_us + b.client_latency_us;
            const beats = b.lease_us + 2 * (b.heartbeat_us + b.announce_us) + 2 * b.redis_us;
            const lingers = (o.seq === ROOMS && closed + lease >= o.at) ||
                (o.seq === FOLLOWED && max(closed, asked) + lease + beats >= o.at);
            if (o.value > there && lingers) {
                continue;
            }
            found.test(o.value === there || ([CHANNELS, FOLLOWED].includes(o.seq) && o.value < there), o.n);
        }
    }},
};

// Of how many people a node may tell those who are online at it: themselves, whom they share a room with that is not
// too large, and whom they asked for on their connection.
function toldOf(h, node, n) {
    const members = h.of('member').filter((o) => o.n < n);
    const people = new Set();
    for (const [device, user] of h.devices) {
        const since = h.welcome(device, n);
        if (since?.node !== node) {
            continue;
        }
        people.add(user);
        for (const room of new Set(members.filter((o) => o.user === user).map((o) => o.room))) {
            const ever = everIn(h, room, n);
            if (ever.filter((other) => isIn(h, other, room, n)).length <= h.bounds.room_max) {
                ever.forEach((other) => people.add(other));
            }
        }
        const asked = h.of('watch').filter((o) => o.n > since.n && o.n < n && o.device === device);
        for (const {user: other} of asked) {
            if (!asked.findLast((o) => o.user === other).flags.includes('left')) {
                people.add(other);
            }
        }
    }
    return people.size;
}

// How many rooms a node has to follow: of those who are online at it.
function roomsRead(h, node, n) {
    const here = [...h.devices.keys()].filter((device) => h.welcome(device, n)?.node === node);
    return new Set(here.flatMap((device) => h.of('member').filter((o) => o.n < n && o.user === h.devices.get(device) &&
        isIn(h, o.user, o.room, n)).map((o) => o.room))).size;
}
