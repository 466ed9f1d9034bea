// The second judge: the invariants of sim/check once more, from their definitions, by brute force.
//
//     node sim/check/tests/brute.mjs HISTORY       prints a line an id: its state, and where it broke first
//
// It shares no line and no structure with sim/check: a function an invariant, each of which looks
// through the whole history for what its sentence says. brute_compare.mjs holds the two to each other.
import {readFileSync} from 'node:fs';
import {pathToFileURL} from 'node:url';
import {History, NO_KEY, ms} from './brute_history.mjs';
import {invariants as delivery} from './brute_delivery.mjs';
import {invariants as edge} from './brute_edge.mjs';
import {invariants as pages} from './brute_pages.mjs';
import {invariants as refusal} from './brute_refusal.mjs';
import {invariants as timed} from './brute_time.mjs';

// A finding: how often a clause was put to the test, and the numbers of the observations that broke it.
export class Finding {
    constructor() {
        this.judged = 0;
        this.broken = [];
    }

    test(holds, n) {
        this.judged++;
        if (!holds) {
            this.broken.push(n);
        }
    }
}

const greatest = (values) => values.reduce((a, b) => (a > b ? a : b), NO_KEY);

// Messages that have a place: what its writer sent, and its first commit, which came after that.
function placed(h) {
    return h.of('commit').flatMap((commit) => {
        const [first] = h.commitsOf(commit.sender, commit.client_id);
        const send = h.sendOf(commit.sender, commit.client_id, commit.n);
        return first === commit && send !== undefined && send.room === commit.room ? [{send, commit}] : [];
    });
}

const carries = (stamps) => Math.floor((stamps + 65535) / 65536);

const invariants = {
    // Everyone sees the same at the same place: a row that anybody got is one that was committed there.
    'ORD-01': {needs: ['commit', 'shown'], find(h, found) {
        for (const o of h.of('shown', 'recv', 'sync_row')) {
            const row = h.row(o.room, o.seq, o.n);
            found.test(row !== undefined && row.id === o.id, o.n);
        }
    }},

    'ORD-02': {needs: ['commit'], find(h, found) {
        for (const o of h.of('commit')) {
            found.test(o.seq === h.head(o.room, o.n) + 1, o.n);
        }
    }},

    'ORD-03': {needs: ['shown'], find(h, found) {
        for (const o of h.of('shown')) {
            found.test(o.seq > h.last(o.device, o.room, o.n), o.n);
        }
    }},

    // Contiguous, but for one who left and joined again: that one goes on at the join.
    'ORD-04': {needs: ['shown'], find(h, found) {
        for (const o of h.of('shown')) {
            const last = h.last(o.device, o.room, o.n);
            found.test(last === 0 || o.seq <= last + 1 || o.seq === h.memberFrom(o.device, o.room, o.n), o.n);
        }
    }},

    'ORD-05': {needs: ['send', 'commit'], find(h, found) {
        const all = placed(h);
        for (const {send, commit} of all) {
            const others = all.filter((other) => other.commit.n < commit.n &&
                other.send.device === send.device && other.send.room === send.room);
            const inverted = (a, b) => a.send.n < b.send.n && a.commit.seq > b.commit.seq;
            found.test(!others.some((other) => inverted(other, {send, commit}) ||
                inverted({send, commit}, other)), commit.n);
        }
    }},

    'ORD-06': {needs: ['send', 'shown', 'commit'], find(h, found) {
        for (const {send, commit} of placed(h)) {
            const last = h.last(send.device, send.room, send.n);
            if (last > 0) {
                found.test(last < commit.seq, commit.n);
            }
        }
    }},

    // Only where the node must have taken the stamp that travelled with the message.
    'ORD-07': {needs: ['send', 'commit', 'stamp'], find(h, found) {
        for (const {send, commit} of placed(h)) {
            const past = greatest(h.of('shown', 'ack').filter((o) => o.n < send.n && o.device === send.device)
                .map((o) => o.hlc));
            const stamp = h.of('stamp').findLast((o) => o.n < commit.n && o.node === commit.node &&
                o.client_id === commit.client_id && o.hlc === commit.own);
            if (past !== NO_KEY && stamp !== undefined && taken(h, past, stamp, commit.sender, commit.n)) {
                found.test(commit.hlc > past, commit.n);
            }
        }
    }},

    'ORD-08': {needs: ['shown'], find(h, found) {
        for (const o of h.of('shown')) {
            const again = h.shownBefore(o.device, o.room, o.n).some((other) => other.id === o.id);
            found.test(!again, o.n);
        }
    }},

    // All that is told of a message says what its commit said. What is not known (0) is not told.
    'ORD-09': {needs: ['commit', 'shown'], find(h, found) {
        for (const o of h.of('shown', 'recv', 'sync_row', 'ack', 'final')) {
            const row = h.row(o.room, o.seq, o.n);
            if (row === undefined || row.id !== o.id) {
                continue; // ORD-01's
            }
            const time = row.timestamp === o.timestamp || row.timestamp === 0 || o.timestamp === 0;
            const names = o.kind === 'ack' || o.sender === NO_KEY || row.sender === NO_KEY ||
                (row.sender === o.sender && row.client_id === o.client_id && row.content === o.content);
            found.test(row.hlc === o.hlc && time && names, o.n);
        }
    }},

    // Acks of a message equal each other and the commit, which came before them.
    'ORD-10': {needs: ['ack', 'commit'], find(h, found) {
        for (const o of h.of('ack').filter((ack) => ack.client_id !== NO_KEY)) {
            const sender = h.writer(o.device);
            const same = (other) => other !== undefined && other.seq === o.seq && other.id === o.id &&
                other.hlc === o.hlc;
            const first = h.of('ack').find((other) =>
                other.client_id === o.client_id && h.writer(other.device) === sender);
            const [commit] = h.commitsOf(sender, o.client_id, o.n);
            found.test(same(first) && same(commit) && commit.room === o.room, o.n);
        }
    }},

    'ORD-11': {needs: ['send', 'ack', 'commit'], find(h, found) {
        for (const {send, commit} of placed(h)) {
            const before = h.of('ack').filter((o) => o.n < send.n && o.room === send.room && o.until <= send.at);
            if (before.length > 0) {
                found.test(before.every((o) => o.seq < commit.seq), commit.n);
            }
        }
    }},

    // A node's own stamps grow; a new life begins above what the earlier ones left in the log. And the log
    // has the stamp that the node sent for that message.
    'HLC-01': {needs: ['stamp'], find(h, found) {
        for (const o of h.of('stamp')) {
            const life = h.of('node_up').findLast((up) => up.n < o.n && up.node === o.node)?.n ?? -1;
            const before = h.of('stamp').filter((s) => s.n > life && s.n < o.n && s.node === o.node);
            const committed = h.of('commit').filter((c) => c.n < o.n && c.node === o.node).map((c) => c.own);
            const last = before.at(-1);
            const floor = last !== undefined ? last.hlc : greatest(committed);
            if (last !== undefined && last.hlc === o.hlc && last.client_id === o.client_id) {
                continue; // the same transaction, on its way again
            }
            if (floor !== NO_KEY) {
                found.test(o.hlc > floor, o.n);
            }
        }
        for (const c of h.of('commit').filter((o) => o.node !== null && o.client_id !== NO_KEY &&
            o.own !== NO_KEY && h.saw('stamp', o.n))) {
            found.test(h.of('stamp').some((s) => s.n < c.n && s.node === c.node &&
                s.client_id === c.client_id && s.hlc === c.own), c.n);
        }
    }},

    // Above every stamp that it took; and none that it refused lifted it.
    'HLC-02': {needs: ['stamp'], find(h, found) {
        for (const o of h.of('stamp')) {
            const writers = new Set(h.of('send', 'commit', 'ack').filter((s) => s.n < o.n &&
                s.client_id === o.client_id).map((s) => (s.kind === 'commit' ? s.sender : h.writer(s.device))));
            const [sender] = writers;
            const send = writers.size === 1 ? h.sendOf(sender, o.client_id, o.n) : undefined;
            if (send !== undefined && send.hlc !== NO_KEY && taken(h, send.hlc, o, sender, o.n)) {
                found.test(o.hlc > send.hlc, o.n);
            }
            const own = h.of('stamp').filter((s) => s.n <= o.n && s.node === o.node);
            const floor = h.of('commit').filter((c) => c.n < o.n && c.node === null).map((c) => ms(c.hlc));
            const wall = Math.max(0, ...own.map((s) => s.value), ...floor);
            const limit = wall + h.bounds.skew_ms + h.bounds.offset_ms + 1 + carries(own.length);
            found.test(ms(o.hlc) <= limit, o.n);
        }
    }},

    'HLC-03': {needs: ['commit'], find(h, found) {
        for (const o of h.of('commit')) {
            const before = h.of('commit').filter((c) => c.n < o.n && c.room === o.room);
            found.test(before.every((c) => c.hlc < o.hlc), o.n);
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
            const stamps = h.of('stamp').filter((s) => s.n < o.n);
            const floor = h.of('commit').filter((c) => c.n < o.n && c.node === null).map((c) => ms(c.hlc));
            const wall = Math.max(0, ...stamps.map((s) => s.value), ...floor);
            found.test(ms(o.hlc) <= wall + carries(stamps.length), o.n);
        }
    }},

    // At the end the log has all that was acked, and all that was committed.
    'SYN-01': {needs: ['final', 'end'], find(h, found) {
        for (const end of h.of('end').filter((o) => h.saw('final', o.n))) {
            const there = (o) => h.of('final').some((row) =>
                row.n < end.n && row.room === o.room && row.seq === o.seq && row.id === o.id);
            const acks = h.of('ack').filter((o) => o.client_id !== NO_KEY);
            const first = acks.filter((o) => !acks.some((other) => other.n < o.n &&
                other.client_id === o.client_id && h.writer(other.device) === h.writer(o.device)));
            const rows = h.of('commit').filter((o) => h.row(o.room, o.seq, end.n) === o);
            for (const o of [...first, ...rows]) {
                found.test(there(o), end.n);
            }
        }
    }},

    // What is shown is what its sender wrote, there and in these words. (Under another's name: SEC-02.)
    'SYN-03': {needs: ['send', 'shown'], find(h, found) {
        for (const o of messagesShown(h)) {
            const send = h.sendOf(o.sender, o.client_id, o.n);
            found.test(stolen(h, o) || (send !== undefined && send.content === o.content &&
                send.room === o.room), o.n);
        }
    }},

    'SYN-04': {needs: ['commit'], find(h, found) {
        for (const o of h.of('commit').filter((c) => c.node !== null && c.client_id !== NO_KEY)) {
            found.test(h.commitsOf(o.sender, o.client_id, o.n).length === 0, o.n);
        }
    }},

    // A room goes on where it stopped: the first row after a welcome is the next one.
    'SYN-10': {needs: ['welcome', 'shown'], find(h, found) {
        for (const o of h.of('shown')) {
            const welcome = h.of('welcome').findLast((w) => w.n < o.n && w.device === o.device);
            const before = h.shownBefore(o.device, o.room, o.n);
            const last = h.last(o.device, o.room, o.n);
            const had = last > 0 ? last : h.base(o.device, o.room, o.n);
            if (welcome === undefined || h.epoch(o.device, o.room, o.n) > welcome.n || had === null ||
                before.some((other) => other.n > welcome.n)) {
                continue;
            }
            found.test(o.seq === had + 1 || o.seq === h.memberFrom(o.device, o.room, o.n), o.n);
        }
    }},

    'SYN-16': {needs: ['ack_sent', 'commit'], find(h, found) {
        for (const o of h.of('ack_sent').filter((ack) => h.saw('commit', ack.n))) {
            const [commit] = h.commitsOf(h.writer(o.device), o.client_id, o.n);
            found.test(commit !== undefined && commit.seq === o.seq &&
                (o.room === null || h.row(o.room, o.seq, o.n)?.id === o.id), o.n);
        }
    }},

    // Nothing changes a row that was committed, and nothing but a transaction puts one there.
    'SYN-21': {needs: ['commit', 'final', 'end'], find(h, found) {
        for (const o of h.of('rewritten')) {
            found.broken.push(o.n);
        }
        for (const o of h.of('final')) {
            const earlier = h.of('final').some((row) => row.n < o.n && row.room === o.room && row.seq === o.seq);
            found.test(h.row(o.room, o.seq, o.n) !== undefined || earlier || !h.saw('commit', o.n), o.n);
        }
    }},

    'SEC-02': {needs: ['user', 'device', 'send', 'shown'], find(h, found) {
        for (const o of messagesShown(h)) {
            found.test(!stolen(h, o), o.n);
        }
    }},

    ...pages,
    ...delivery,
    ...timed,
    ...refusal,
    ...edge,
};

// Rows shown that people wrote, as far as it was told what people write. A join has no author.
function messagesShown(h) {
    return h.of('shown').filter((o) => {
        const row = h.row(o.room, o.seq, o.n);
        return !o.event && h.saw('send', o.n) &&
            !(row !== undefined && row.event && row.id === o.id && row.client_id === o.client_id);
    });
}

// Somebody wrote it, but not the one under whose name it is shown.
function stolen(h, o) {
    return h.sendOf(o.sender, o.client_id, o.n) === undefined && h.of('send').some((send) =>
        send.n < o.n && send.client_id === o.client_id && h.writer(send.device) !== NO_KEY);
}

// Whether a node must have taken a stamp that came with a message which it stamped: its wall clock, as
// it was when the message was last put on the wire, was not more than the skew limit behind, and was not
// seen to jump since.
function taken(h, past, stamp, sender, n) {
    const sent = h.of('send', 'resend').findLast((o) => o.n < n && o.client_id === stamp.client_id &&
        h.writer(o.device) === sender);
    const waited = Math.floor((stamp.at - sent.at) / 1000) + 1;
    const readings = h.of('stamp').filter((o) => o.n < n && o.node === stamp.node ||
        o.n === stamp.n).filter((o) => o.value >= 0);
    const jumped = readings.some((o, i) => i > 0 && o.at >= sent.at &&
        Math.abs(o.value - readings[i - 1].value - Math.trunc((o.at - readings[i - 1].at) / 1000)) > 1000);
    return ms(past) <= stamp.value - waited + h.bounds.skew_ms && !jumped;
}

export function judge(text) {
    const h = new History(text);
    const results = {};
    for (const [id, {needs, find}] of Object.entries(invariants)) {
        const found = new Finding();
        find(h, found);
        found.broken.sort((a, b) => a - b);
        const evidence = needs.every((kind) => h.saw(kind));
        results[id] = {
            state: found.broken.length > 0 ? 'violated' : evidence && found.judged > 0 ? 'held' : 'not judged',
            judged: found.judged,
            lines: found.broken.map((n) => n + 2), // of the file: the header is line 1
        };
    }
    return results;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
    for (const [id, {state, judged, lines}] of Object.entries(judge(readFileSync(process.argv[2], 'utf8')))) {
        console.log(`${id}  ${state.padEnd(10)} ${String(judged).padStart(7)}` +
            (lines.length > 0 ? `  first at line ${lines[0]}, ${lines.length} in all` : ''));
    }
}
