// The second judge's view of waiting: LIV-03 (for the pages of a sync) and LIV-15 (on a connection on which
// nothing passes any more).
import {connections, said, WELCOME, HELLO} from './brute_edge.mjs';
import {backs} from './brute_back.mjs';
import {sessions} from './brute_pages.mjs';
import {Knowledge, NEVER} from './brute_time.mjs';

const max = Math.max;

// What a device asks for: from its first request, or from where it began a room anew meanwhile, to the last page
// or the end of its connection. A refusal ends nothing: it is asked for again. `pages`: those that came.
function asks(h, device) {
    const all = [];
    const parts = new Map(sessions(h).filter((s) => s.device === device)
        .flatMap((session) => session.all.map((o) => [o, session])));
    const single = new Set(backs(h).map(({page}) => page)); // each ends what it belongs to
    let open = null;
    const begin = (o) => {
        open = {from: o, pages: [], end: NEVER};
        all.push(open);
    };
    const end = (o) => {
        open.end = o.n;
        open = null;
    };
    for (const o of h.all.filter((other) => other.device === device)) {
        if (['sync_begin', 'back'].includes(o.kind) && open === null) {
            begin(o);
        } else if (open !== null && o.kind === 'reset') {
            end(o);
            begin(o);
        } else if (open !== null && o.kind === 'sync_page' && (parts.has(o) || single.has(o))) {
            open.pages.push(o);
            if (single.has(o) || !o.flags.includes('more')) {
                end(o);
            }
        } else if (open !== null && o.kind === 'conn_close' && o.value === h.connection(device, o.n)) {
            end(o);
        }
    }
    return all;
}

// By the node's clock: since when it hears nothing on a connection, and how long it may bear that; null: it has
// a hello to answer.
function silence(h, conn, n) {
    const b = h.bounds;
    const heard = conn.all.filter((o) => o.kind === 'heard' && o.n < n);
    const welcome = said(conn, WELCOME, n).at(-1);
    if (welcome !== undefined) {
        return {since: max(welcome.timestamp, ...heard.map((o) => o.timestamp)),
            bound: b.ping_interval_us + b.ping_timeout_us + b.client_latency_us};
    }
    return heard.some((o) => o.content === HELLO) ? null
        : {since: conn.arrived.timestamp, bound: b.hello_us + b.client_latency_us};
}

// The end of a connection at its node: the number of the observation.
const endOf = (h, conn) => {
    const last = conn.all.at(-1);
    return ['gone', 'hangup'].includes(last.kind) ? last
        : h.of('node_down').find((o) => o.n > conn.arrived.n && o.node === conn.node);
};

function nodeSide(h, found) {
    const know = new Knowledge(h);
    const clocks = h.of('arrived', 'heard', 'said', 'gone', 'hangup');
    for (const conn of connections(h)) {
        const end = endOf(h, conn);
        // What came to it meanwhile it takes in the instant in which it wakes, and only then looks at its clock.
        const asleep = (o) => (o === end ? o.until : o.at) <= know.paused(conn.node, o.n);
        if (end?.kind === 'hangup' && [4003, 4502].includes(end.seq) && silence(h, conn, end.n) !== null) {
            found.judged++;
        }
        // What its clock was told to show counts from the next instant on, and at the connection's end at once.
        const mine = clocks.filter((o) => o.node === conn.node);
        for (const o of h.all.filter((other) => other.n > conn.arrived.n && other.n <= (end?.n ?? NEVER))) {
            if ((o.at === h.all[o.n - 1].at && o !== end) || asleep(o)) {
                continue;
            }
            const clock = o === end ? o : mine.findLast((other) => other.n < o.n);
            const quiet = silence(h, conn, o.n);
            if (quiet !== null && clock.timestamp - quiet.since > quiet.bound) {
                found.test(false, o.n);
                break;
            }
        }
    }
}

// One device: what it does about half-open connections of its own.
function clientSide(h, device, all, found) {
    const b = h.bounds;
    const wait = max(b.ping_interval_us + b.ping_timeout_us, 2 * b.answer_us);
    let [value, begin, ended] = [0, null, -NEVER];
    const present = (n) => all.find((conn) => conn.device === device && conn.value === value &&
        conn.arrived.n < n && (endOf(h, conn)?.n ?? NEVER) >= n);
    for (const o of h.all) {
        if (begin !== null && begin + wait < o.at) {
            const conn = present(o.n);
            const reached = conn === undefined ||
                conn.all.some((other) => other.kind === 'heard' && other.n < o.n && other.at > begin);
            // Where nothing of the client's gets through, the node ends it.
            if (reached && max(begin + wait, ended + b.client_latency_us) < o.at) {
                found.test(false, o.n);
                begin = null;
            }
        }
        if (o.kind === 'node_down' || (['gone', 'hangup'].includes(o.kind) && o.device === device && o.value === value)) {
            const conn = present(o.n);
            if (begin !== null && conn !== undefined && conn.node === o.node) {
                ended = o.until;
            }
        } else if (o.device === device && o.kind === 'want') {
            [value, ended] = [o.value, -NEVER];
        } else if (o.device === device && o.flags.includes('quiet') && o.kind === 'fault_begin') {
            begin = o.until;
        } else if (o.device === device && o.flags.includes('quiet') && o.kind === 'fault_end') {
            found.judged += begin !== null;
            begin = null;
        }
    }
}

export const invariants = {
    // The k-th page comes within the time of k pages. Who asked a node that is made to go is not answered.
    'LIV-03': {needs: ['sync_begin', 'conn_open'], find(h, found) {
        const know = new Knowledge(h);
        for (const [device] of h.devices) {
            for (const {from: request, pages, end} of asks(h, device)) {
                found.judged += pages.length;
                for (const o of h.all.filter((other) => other.n > request.n && other.n <= end)) {
                    const node = h.of('welcome', 'conn_open').findLast((w) => w.n < o.n && w.device === device)?.node ?? null;
                    if (node === null || know.going(node, o.n) >= request.until - 2 * h.bounds.client_latency_us) {
                        continue;
                    }
                    const start = max(know.device(device, o.n), know.askedFrom(node, request.until, o.n));
                    const came = pages.filter((page) => page.n < o.n).length;
                    if (start + know.b.sync(came + 1) < o.at) {
                        found.test(false, o.n);
                        break;
                    }
                }
            }
        }
    }},

    // The node closes what it hears nothing on; the client ends what is half-open.
    'LIV-15': {needs: ['arrived', 'heard'], find(h, found) {
        const all = connections(h);
        nodeSide(h, found);
        for (const [device] of h.devices) {
            clientSide(h, device, all, found);
        }
    }},
};
