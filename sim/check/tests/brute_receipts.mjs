// The second judge's view of what arrived and what was read: RCP-01 to RCP-03, RCP-05, RCP-08 to RCP-11.
import {ms, NO_KEY} from './brute_history.mjs';

const NAMED_MOST = 100; // messages, in one frame

export const used = (h) => h.bounds.receipt_us > 0;
const same = (a, b) => a.user === b.user && a.room === b.room;

// The message at a place, as it was committed last; undefined: there is none.
export function message(h, room, seq, n) {
    const row = h.row(room, seq, n);
    return row === undefined || row.event ? undefined : row;
}

// Whether a device of this person was shown an entry.
const wasShown = (h, user, row, n) => h.of('shown').some((o) => o.n < n && o.room === row.room && o.id === row.id &&
    h.devices.get(o.device) === user);

// What the database has of reads before observation n: the first row of each, of a message.
const isRead = (h, o) => !o.flags.includes('left') && message(h, o.room, o.seq, o.n) !== undefined;
const readBefore = (h, user, room, seq, n) => h.of('read_row').find((o) => o.n < n && o.user === user &&
    o.room === room && o.seq === seq && isRead(h, o));

const isMember = (h, user, room, seq, n) => {
    const last = h.of('member').findLast((o) => o.n < n && o.user === user && o.room === room);
    return last !== undefined && !last.flags.includes('left') && last.seq <= seq;
};

// Rows of reads that are of a message and new.
export const reads = (h) => h.of('read_row').filter((o) => isRead(h, o) &&
    readBefore(h, o.user, o.room, o.seq, o.n) === undefined);

// The frames in which a device says what was read in a room: each with what it names.
function frames(h) {
    const all = [];
    for (const o of used(h) ? h.of('read_said') : []) {
        const last = all.findLast((frame) => frame.device === o.device && frame.room === o.room);
        if (o.value === 0 || last === undefined) {
            all.push({device: o.device, room: o.room, named: [o], before: o.value === 0 ? last : undefined});
        } else {
            last.named.push(o);
        }
    }
    return all;
}

// The greatest place up to which a person has a room, as the database knows.
export const arrived = (h, user, room, n) => Math.max(0, ...h.of('arrived_row').filter((o) =>
    o.n < n && same(o, {user, room})).map((o) => o.seq));
const has = (h, o) => {
    const row = h.row(o.room, o.seq, o.n);
    return row !== undefined && wasShown(h, o.user, row, o.n);
};

export const invariants = {
    'RCP-01': {needs: ['commit', 'shown', 'read_row'], find(h, found) {
        const said = (o, row) => h.of('read_said').some((s) => s.n < o.n && s.id === row.id &&
            h.devices.get(s.device) === o.user);
        for (const o of used(h) ? h.of('read_row') : []) {
            const row = message(h, o.room, o.seq, o.n);
            if (o.flags.includes('left') || readBefore(h, o.user, o.room, o.seq, o.n) !== undefined) {
                continue; // RCP-03's
            }
            found.test(row !== undefined && said(o, row) && wasShown(h, o.user, row, o.n), o.n);
        }
    }},

    'RCP-02': {needs: ['member', 'commit', 'read_row'], find(h, found) {
        for (const o of used(h) ? reads(h) : []) {
            found.test(isMember(h, o.user, o.room, o.seq, o.n), o.n);
        }
    }},

    // Once in the database, and told as it stands there.
    'RCP-03': {needs: ['read_row'], find(h, found) {
        for (const o of used(h) ? h.of('read_row') : []) {
            found.test(!o.flags.includes('left') && readBefore(h, o.user, o.room, o.seq, o.n) === undefined, o.n);
        }
        for (const o of used(h) ? h.of('read_told') : []) {
            const row = readOf(h, o);
            if (row !== undefined) {
                found.test(row.timestamp === o.timestamp, o.n);
            }
        }
    }},

    'RCP-05': {needs: ['read_said'], find(h, found) {
        for (const {named, before} of frames(h)) {
            named.forEach((o, i) => found.test(o.value < NAMED_MOST &&
                !named.slice(0, i).some((other) => other.id === o.id) &&
                (i > 0 || before === undefined || o.at - before.named[0].at >= h.bounds.receipt_us), o.n));
        }
    }},

    // After the message's own stamp, and no later than any node's clock may show, or the room's last stamp says.
    'RCP-08': {needs: ['commit', 'read_row'], find(h, found) {
        for (const o of used(h) ? reads(h) : []) {
            const last = h.row(o.room, h.head(o.room, o.n), o.n);
            const nodes = Math.max(-1, ...h.all.filter((other) => other.n <= o.n && other.node !== null)
                .map((other) => other.node)) + 1;
            const late = nodes > 1 && o.value > 0 &&
                o.timestamp > Math.max(o.value + h.bounds.offset_ms, ms(last.hlc) + 1);
            found.test(o.timestamp > ms(message(h, o.room, o.seq, o.n).hlc) && !late, o.n);
        }
    }},

    'RCP-09': {needs: ['commit', 'read_told'], find(h, found) {
        for (const o of used(h) ? h.of('read_told') : []) {
            found.test(readOf(h, o) !== undefined, o.n);
        }
    }},

    'RCP-10': {needs: ['commit', 'read_row'], find(h, found) {
        for (const o of used(h) ? reads(h) : []) {
            const {sender} = message(h, o.room, o.seq, o.n);
            found.test(sender === NO_KEY || h.names.get(o.user) !== sender, o.n);
        }
    }},

    'RCP-11': {needs: ['commit', 'shown', 'arrived_row'], find(h, found) {
        for (const o of used(h) ? h.of('arrived_row', 'arrived_told') : []) {
            found.test(has(h, o) && (o.kind === 'arrived_row' || o.seq <= arrived(h, o.user, o.room, o.n)), o.n);
        }
    }},
};

// The row of what a device is told; undefined: there is no such message in this room, or it was not read.
function readOf(h, o) {
    const commit = h.of('commit').findLast((row) => row.n < o.n && row.id === o.id && !row.event);
    return commit === undefined || commit.room !== o.room ? undefined : readBefore(h, o.user, o.room, commit.seq, o.n);
}
