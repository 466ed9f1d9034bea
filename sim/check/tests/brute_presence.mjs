// The second judge's view of what devices are told of people, as far as their rooms and what was told before say
// it: SEC-01, PRE-05, PRE-08.

const OFFLINE = 3;

// In a room now, or once.
const stays = (h, user, n) => h.of('member').filter((o) => o.n < n && o.user === user);
const everIn = (h, user, n) => new Set(stays(h, user, n).filter((o) => !o.flags.includes('left')).map((o) => o.room));

// Whom a device may be told of, in which room: how long who left may be told is not known here.
export function mayKnow(h, o) {
    const user = h.devices.get(o.device);
    const mine = everIn(h, user, o.n);
    const together = user === o.user || [...everIn(h, o.user, o.n)].some((room) => mine.has(room));
    return together && (o.room === null || mine.has(o.room));
}

// What devices are told while they are online, and may be told; each with what was told last of that person on that
// connection.
const remembered = new WeakMap();
function views(h) {
    if (!remembered.has(h)) {
        const last = new Map();
        remembered.set(h, (h.bounds.heartbeat_us > 0 ? h.of('view') : []).filter((o) => o.seq <= OFFLINE &&
            h.devices.has(o.device) && h.welcome(o.device, o.n) !== null).map((o) => {
            const may = mayKnow(h, o);
            const key = `${o.device} ${o.user} ${h.connection(o.device, o.n)}`;
            const before = last.get(key);
            if (may) {
                last.set(key, o);
            }
            return {o, may, before};
        }));
    }
    return remembered.get(h);
}

const told = (h) => views(h).filter(({may}) => may);

const version = (o) => BigInt(`0x${o.id}`);
const hasTime = (o) => o.timestamp !== 0 && version(o) !== 0n;

const isLater = (o, before) => before === undefined || version(before) === 0n || o.timestamp >= before.timestamp;

// Whether a record says less than somebody was told before.
export function fellAtRest(h, o) {
    const lost = h.of('fault_begin').some((fault) => fault.n < o.n && fault.flags.includes('redis') &&
        fault.node === null);
    const spare = lost ? h.bounds.offset_ms : 0; // it was said again, by clocks that differ
    return told(h).some((view) => view.o.n < o.n && view.o.user === o.user && hasTime(view.o) &&
        isLater(view.o, view.before) && o.timestamp + spare < view.o.timestamp);
}

export const invariants = {
    'SEC-01': {needs: ['member', 'view'], find(h, found) {
        for (const {o, may} of views(h)) {
            found.test(may, o.n);
        }
    }},

    // On a connection, and from there to the record at rest, of who is offline.
    'PRE-05': {needs: ['view'], find(h, found) {
        for (const {o, before} of told(h).filter((view) => hasTime(view.o))) {
            found.test(isLater(o, before), o.n);
        }
        for (const o of h.of('record')) {
            if (o.seq === OFFLINE && o.value <= 0 && !o.flags.includes('left')) {
                found.test(!fellAtRest(h, o), o.n);
            }
        }
    }},

    // A snapshot may say once more what is known.
    'PRE-08': {needs: ['view'], find(h, found) {
        for (const {o, before} of told(h)) {
            if (before !== undefined && version(before) !== 0n && version(o) !== 0n) {
                found.test(version(o) > version(before) ||
                    (version(o) === version(before) && o.flags.includes('more')), o.n);
            }
        }
    }},
};
