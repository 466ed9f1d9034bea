// The second judge: the invariants of sim/check once more, from their definitions, by brute force.
//
//     node sim/check/tests/brute.mjs HISTORY       prints a line an id: its state, and where it broke first
//
// It shares no line and no structure with sim/check: a function an invariant, each of which looks
// through the whole history for what its sentence says. brute_compare.mjs holds the two to each other.
import {readFileSync} from 'node:fs';
import {pathToFileURL} from 'node:url';
import {History, NO_KEY} from './brute_history.mjs';
import {bearers} from './brute_bearer.mjs';
import {invariants as delivery} from './brute_delivery.mjs';
import {connections, invariants as edge} from './brute_edge.mjs';
import {invariants as focus} from './brute_focus.mjs';
import {invariants as hlc} from './brute_hlc.mjs';
import {display, marks} from './brute_marks.mjs';
import {invariants as outbox} from './brute_outbox.mjs';
import {invariants as pages} from './brute_pages.mjs';
import {invariants as people} from './brute_people.mjs';
import {invariants as presence} from './brute_presence.mjs';
import {invariants as receipts} from './brute_receipts.mjs';
import {invariants as told} from './brute_receipts_told.mjs';
import {invariants as refusal} from './brute_refusal.mjs';
import {invariants as timed} from './brute_time.mjs';
import {invariants as typing} from './brute_typing.mjs';
import {invariants as said} from './brute_typing_said.mjs';
import {invariants as typists} from './brute_typing_shown.mjs';
import {invariants as views} from './brute_views.mjs';
import {invariants as waits} from './brute_waits.mjs';

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

// Messages that have a place: what its writer sent, and its first commit, which came after that.
function placed(h) {
    return h.of('commit').flatMap((commit) => {
        const [first] = h.commitsOf(commit.sender, commit.client_id);
        const send = h.sendOf(commit.sender, commit.client_id, commit.n);
        return first === commit && send !== undefined && send.room === commit.room ? [{send, commit}] : [];
    });
}

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
            found.test(!h.shows(o.device, o.room, o.seq, o.n), o.n);
        }
    }},

    // Contiguous, but for one who left and joined again: that one goes on at the join; and for markers, of which what
    // is shown is an edge.
    'ORD-04': {needs: ['shown'], find(h, found) {
        for (const o of h.of('shown')) {
            const had = display(h, o.device, o.room, o.n);
            found.test(had.open.has(o.seq) ? had.edge(o.seq) : had.top === 0 || o.seq <= had.top + 1 ||
                o.seq === h.memberFrom(o.device, o.room, o.n), o.n);
        }
        for (const {o} of marks(h).filter(({holds}) => !holds)) {
            found.broken.push(o.n);
        }
    }},

    'ORD-05': {needs: ['send', 'commit'], find(h, found) {
        const all = placed(h);
        for (const {send, commit} of all.filter((one) => !h.lost(one.send, one.commit.n))) {
            const others = all.filter((other) => other.commit.n < commit.n && !h.lost(other.send, commit.n) &&
                other.send.device === send.device && other.send.room === send.room);
            const inverted = (a, b) => a.send.n < b.send.n && a.commit.seq > b.commit.seq;
            found.test(!others.some((other) => inverted(other, {send, commit}) ||
                inverted({send, commit}, other)), commit.n);
        }
    }},

    'ORD-06': {needs: ['send', 'shown', 'commit'], find(h, found) {
        for (const {send, commit} of placed(h)) {
            const last = h.top(send.device, send.room, send.n);
            if (last > 0) {
                found.test(last < commit.seq, commit.n);
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

    // A room goes on where it stopped: the first row after a welcome is the next one, or a marker stands for it.
    'SYN-10': {needs: ['welcome', 'shown'], find(h, found) {
        for (const o of h.of('shown')) {
            const welcome = h.of('welcome').findLast((w) => w.n < o.n && w.device === o.device);
            const before = h.shownBefore(o.device, o.room, o.n);
            const last = h.last(o.device, o.room, o.n);
            const had = last > 0 ? last : h.base(o.device, o.room, o.n);
            if (welcome === undefined || h.epoch(o.device, o.room, o.n) > welcome.n || had === null ||
                before.some((other) => other.n > welcome.n) || last < h.top(o.device, o.room, o.n) ||
                marks(h).some((mark) => mark.holds && !mark.left && mark.o.n > welcome.n && mark.o.n < o.n &&
                    mark.o.device === o.device && mark.o.room === o.room)) {
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

    ...hlc,
    ...pages,
    ...focus,
    ...delivery,
    ...timed,
    ...refusal,
    ...edge,
    ...bearers(connections),
    ...waits,
    ...outbox,
    ...people,
    ...presence,
    ...views,
    ...receipts,
    ...told,
    ...typing,
    ...said,
    ...typists,
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
    const own = h.sendOf(o.sender, o.client_id, o.n);
    return own?.content !== o.content && h.of('send').some((send) => send.n < o.n && h.sendOf(h.writer(send.device), send.client_id) === send &&
        send.client_id === o.client_id && ![NO_KEY, o.sender].includes(h.writer(send.device)) &&
        (own === undefined || send.content === o.content));
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
