// The second judge's view of stamps: HLC-01 to HLC-06, HLC-09, and ORD-07, which is about them.
import {NO_KEY, ms} from './brute_history.mjs';

export const CAME = 'came'; // a message, or a hello, came to a node: its stamp, and the node's clock then

const greatest = (values) => values.reduce((a, b) => (a > b ? a : b), NO_KEY);
const carries = (stamps) => Math.floor((stamps + 65535) / 65536);
const before = (hlc) => (BigInt(`0x${hlc}`) - 1n).toString(16).padStart(16, '0');
const life = (h, node, n) => h.of('node_up').findLast((o) => o.n < n && o.node === node)?.n ?? -1;
const committedBy = (h, node, n) => greatest(h.of('commit').filter((c) => c.n < n && c.node === node).map((c) => c.own));
const initial = (h, n) => h.of('commit').filter((c) => c.n < n && c.node === null).map((c) => ms(c.hlc));
const stampsOf = (h, node, n, since = -1) => h.of('stamp').filter((o) => o.n > since && o.n < n && o.node === node);

// All that was seen of walls before observation n.
const walls = (h, n) => h.of('stamp', 'wall', CAME).filter((o) => o.n < n && o.node !== null);

// When a node's clock was last seen to be set: it was told, or two readings disagree by more than a second.
function setAt(h, node, n) {
    const readings = stampsOf(h, node, n);
    const jumps = readings.filter((o, i) => i > 0 && Math.abs(o.value - readings[i - 1].value -
        Math.trunc((o.at - readings[i - 1].at) / 1000)) > 1000);
    return Math.max(-Infinity, ...jumps.map((o) => o.at),
        ...h.of('wall').filter((o) => o.n < n && o.node === node).map((o) => o.at));
}

// How a message came to the node where it was last, every time with the same stamp; [] : it was not told.
function arrivals(h, sender, client_id, n) {
    const all = h.of(CAME).filter((o) => o.n < n && o.client_id === client_id && h.writer(o.device) === sender);
    const last = all.at(-1);
    const other = all.findLast((o) => o.node !== last.node || life(h, o.node, o.n) !== life(h, last.node, last.n) ||
        o.hlc !== last.hlc);
    return all.filter((o) => o.n > (other?.n ?? -1));
}

// The least that a node's clock can have shown when it took what came with a message that it then stamped. Where
// it is not told when that was, it was since the message was last put on the wire; a clock that was set since
// may have shown anything.
function leastWall(h, sender, stamp, n) {
    const came = arrivals(h, sender, stamp.client_id, n);
    const told = came.length > 0 && came[0].node === stamp.node &&
        life(h, came[0].node, came[0].n) === life(h, stamp.node, stamp.n);
    const sent = h.of('send', 'resend').findLast((o) => o.n < n && o.client_id === stamp.client_id &&
        h.writer(o.device) === sender);
    const least = Math.min(...came.map((o) => o.value));
    if (told && !came.some((o) => o.flags.includes('held'))) {
        return least;
    }
    if (setAt(h, stamp.node, n) >= sent.at) {
        return 0;
    }
    return told ? least : stamp.value - Math.floor((stamp.at - sent.at) / 1000) - 1;
}

// Whose message a stamp was given to.
const author = (h, stamp) => h.names.get(stamp.user);

// The stamp of a message that its node must have taken before it stamped it; NO_KEY: none.
function takenWith(h, stamp) {
    const sender = author(h, stamp);
    const came = sender === undefined ? [] : arrivals(h, sender, stamp.client_id, stamp.n);
    if (came.length === 0 || came[0].node !== stamp.node ||
        life(h, came[0].node, came[0].n) !== life(h, stamp.node, stamp.n)) {
        return NO_KEY;
    }
    const sent = h.of('send', 'resend').findLast((o) => o.n < stamp.n && o.client_id === stamp.client_id &&
        h.writer(o.device) === sender);
    const sure = !came.some((o) => o.flags.includes('held')) ||
        setAt(h, stamp.node, stamp.n + 1) < (sent?.at ?? -Infinity);
    return sure && ms(came[0].hlc) - Math.min(...came.map((o) => o.value)) <= h.bounds.skew_ms ? came[0].hlc : NO_KEY;
}

// The stamp of a hello whose device was welcomed: it was heard.
function takenAt(h, welcome) {
    const hello = h.of(CAME).findLast((o) => o.n < welcome.n && o.device === welcome.device && o.client_id === NO_KEY);
    return hello !== undefined && hello.node === welcome.node &&
        life(h, hello.node, hello.n) === life(h, welcome.node, welcome.n) &&
        ms(hello.hlc) - hello.value <= h.bounds.skew_ms ? hello.hlc : NO_KEY;
}

export const invariants = {
    // Only where the node must have taken the stamp that travelled with the message.
    'ORD-07': {needs: ['send', 'commit', 'stamp'], find(h, found) {
        for (const commit of h.of('commit')) {
            const [first] = h.commitsOf(commit.sender, commit.client_id);
            const send = h.sendOf(commit.sender, commit.client_id, commit.n);
            if (first !== commit || send === undefined || send.room !== commit.room) {
                continue;
            }
            const past = greatest(h.of('shown', 'ack').filter((o) => o.n < send.n && o.device === send.device &&
                o.n > h.forgot(send.device, send.n))
                .map((o) => o.hlc));
            const stamp = h.of('stamp').findLast((o) => o.n < commit.n && o.node === commit.node &&
                o.client_id === commit.client_id && author(h, o) === commit.sender && o.hlc === commit.own);
            if (past !== NO_KEY && stamp !== undefined &&
                ms(past) <= leastWall(h, commit.sender, stamp, commit.n) + h.bounds.skew_ms) {
                found.test(commit.hlc > past, commit.n);
            }
        }
    }},

    // A node's own stamps grow; a new life begins above what the earlier ones left in the log. And the log
    // has the stamp that the node sent for that message.
    'HLC-01': {needs: ['stamp'], find(h, found) {
        for (const o of h.of('stamp')) {
            const last = stampsOf(h, o.node, o.n, life(h, o.node, o.n)).at(-1);
            const floor = last !== undefined ? last.hlc : committedBy(h, o.node, o.n);
            if (last !== undefined && last.hlc === o.hlc && last.client_id === o.client_id &&
                author(h, last) === author(h, o)) {
                continue; // the same transaction, on its way again
            }
            if (floor !== NO_KEY) {
                found.test(o.hlc > floor, o.n);
            }
        }
        for (const c of h.of('commit').filter((o) => o.node !== null && o.client_id !== NO_KEY &&
            o.own !== NO_KEY && h.saw('stamp', o.n))) {
            found.test(h.of('stamp').some((s) => s.n < c.n && s.node === c.node &&
                s.client_id === c.client_id && author(h, s) === c.sender && s.hlc === c.own), c.n);
        }
    }},

    // Above every stamp that it certainly took in this life: with a message that it stamped, or a hello.
    'HLC-02': {needs: ['stamp', CAME], find(h, found) {
        for (const o of h.of('stamp').filter((stamp) => h.saw(CAME, stamp.n))) {
            const since = life(h, o.node, o.n);
            const taken = greatest([
                ...h.of('stamp').filter((s) => s.n > since && s.n <= o.n && s.node === o.node && h.saw(CAME, s.n))
                    .map((s) => takenWith(h, s)),
                ...h.of('welcome').filter((w) => w.n > since && w.n < o.n && w.node === o.node)
                    .map((w) => takenAt(h, w)),
            ]);
            if (taken !== NO_KEY) {
                found.test(o.hlc > taken, o.n);
            }
        }
    }},

    'HLC-03': {needs: ['commit'], find(h, found) {
        for (const o of h.of('commit')) {
            const earlier = h.of('commit').filter((c) => c.n < o.n && c.room === o.room);
            found.test(earlier.every((c) => c.hlc < o.hlc), o.n);
        }
    }},

    'HLC-04': {needs: ['commit'], find(h, found) {
        for (const o of h.of('commit')) {
            found.test(!h.of('commit').some((c) =>
                c.n < o.n && c.room === o.room && c.seq !== o.seq && c.hlc === o.hlc &&
                c.node === o.node), o.n); // of two at one place ORD-02 tells
        }
    }},

    'HLC-05': {needs: ['commit', 'stamp'], find(h, found) {
        for (const o of h.of('commit').filter((c) => c.node !== null && h.saw('stamp', c.n))) {
            const stamps = h.of('stamp').filter((s) => s.n < o.n).length;
            const wall = Math.max(0, ...walls(h, o.n).map((s) => s.value), ...initial(h, o.n));
            found.test(ms(o.hlc) <= wall + carries(stamps), o.n);
        }
    }},

    // A stamp ahead of its node's clock goes on from one that the node may know: its last one, what it left in the
    // log, an entry, or a stamp that came and was within the limit.
    'HLC-06': {needs: ['stamp', CAME, 'commit'], find(h, found) {
        const beyond = (o) => ms(o.hlc) - o.value > h.bounds.skew_ms;
        for (const o of h.of('stamp').filter((stamp) => h.saw(CAME, stamp.n))) {
            const since = life(h, o.node, o.n);
            const mine = stampsOf(h, o.node, o.n, since);
            const last = mine.at(-1);
            const wall = Math.max(0, ...walls(h, o.n + 1).filter((s) => s.n > since && s.node === o.node)
                .map((s) => s.value));
            const from = before(o.hlc);
            const known = last === undefined ? from === committedBy(h, o.node, o.n)
                : from === last.hlc || o.hlc === last.hlc;
            const source = ms(from) - wall <= h.bounds.skew_ms &&
                (h.of('commit').some((c) => c.n < o.n && c.hlc === from) ||
                h.of(CAME).some((c) => c.n < o.n && c.hlc === from && !beyond(c)));
            found.judged += h.of(CAME).some((c) => c.node === o.node && c.n < o.n && c.n > (last?.n ?? since) && beyond(c));
            if (ms(o.hlc) > wall && !known && !source) {
                found.broken.push(o.n);
            }
        }
    }},

    // The clock as it was read, or one above something that the node may know, and not below the clock. Ahead of all
    // that its clock showed in this life it is HLC-06's.
    'HLC-09': {needs: ['stamp', CAME, 'commit'], find(h, found) {
        for (const o of h.of('stamp').filter((stamp) => h.saw(CAME, stamp.n))) {
            const since = life(h, o.node, o.n);
            const last = stampsOf(h, o.node, o.n, since).at(-1);
            const wall = Math.max(o.value, ...walls(h, o.n).filter((s) => s.n > since && s.node === o.node)
                .map((s) => s.value));
            if (o.hlc === last?.hlc || ms(o.hlc) > wall) {
                continue;
            }
            const clock = (BigInt(o.value) << 16n).toString(16).padStart(16, '0');
            const from = before(o.hlc);
            const known = from === (last?.hlc ?? committedBy(h, o.node, o.n)) ||
                h.of('commit').some((c) => c.n < o.n && c.hlc === from) ||
                h.of(CAME).some((c) => c.n < o.n && c.hlc === from && ms(c.hlc) - c.value <= h.bounds.skew_ms);
            found.test(o.hlc === clock || (o.hlc > clock && known), o.n);
        }
    }},
};
