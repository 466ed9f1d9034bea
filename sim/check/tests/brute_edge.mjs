// The second judge's view of a node's edge: ORD-12, ORD-14, ORD-15, SYN-13, SYN-15, SYN-18, LIV-06, LIV-07,
// LIV-13, LIV-16, SEC-12.
//
// A connection is there from its `arrived` until the node closes it (`hangup`), is told that it ended (`gone`),
// or dies. A frame is a `heard` or `said` with the parts that were told since the one before it.
import {NO_KEY} from './brute_history.mjs';
import {isOver, REFRESH, REFRESHED, UNAUTHENTICATED, wasRevoked} from './brute_bearer.mjs';
import {isAsked, Knowledge} from './brute_time.mjs';

// Keys (XXH3 64) of types of frames and codes of errors.
export const HELLO = '9555e8555c62dcfd';
const SYNC_REQUEST = '16e94378c8713c70';
const PING = '03400e82594d193a';
export const WELCOME = '2de82ac8a7910452';
const SYNC_RESPONSE = 'b215f79f08c4252c';
const DRAINING = '61d1e5988d784de5';
const RESET = '3e07b8bc7bb357bf';
const BAD_FRAMES_MOST = 5;
const PARTS = ['position', 'said_head', 'said_cursor'];
const FRAMES = ['heard', 'said'];

// Something that ends this life of the node began, and it was not asked to go since.
const lostItsName = (h, node, up, n) => {
    const fault = h.of('fault_begin').findLast((f) => f.n < n && f.node === node && f.flags.includes('left'))?.n ?? -1;
    return fault > up && !h.of('drain').some((d) => d.node === node && d.n > fault && d.n < n);
};

// Connections: each with its observations from `arrived` to its end, in order.
export function connections(h) {
    const all = [];
    const open = [];
    const mine = (conn, o) => conn.device === o.device && conn.value === o.value;
    for (const o of h.of('arrived', 'gone', 'hangup', 'node_down', 'sent', ...PARTS, ...FRAMES)) {
        const at = open.findIndex((conn) => mine(conn, o));
        if (o.kind === 'node_down') {
            for (let i = open.length - 1; i >= 0; i--) {
                if (open[i].node === o.node) {
                    open.splice(i, 1);
                }
            }
        } else if (o.kind === 'arrived' && at < 0) {
            const conn = {device: o.device, value: o.value, node: o.node, arrived: o, all: [o]};
            all.push(conn);
            open.push(conn);
        } else if (at >= 0) {
            open[at].all.push(o);
            if (['gone', 'hangup'].includes(o.kind)) {
                open.splice(at, 1);
            }
        }
    }
    return all;
}

const kindsOf = (conn, kind, n = Infinity) => conn.all.filter((o) => o.kind === kind && o.n < n);
const partsOf = (conn, frame) => {
    const before = conn.all.findLast((o) => FRAMES.includes(o.kind) && o.n < frame.n)?.n ?? -1;
    return conn.all.filter((o) => PARTS.includes(o.kind) && o.n > before && o.n < frame.n);
};
export const said = (conn, content, n = Infinity) => kindsOf(conn, 'said', n).filter((o) => o.content === content);
const hellos = (conn, n = Infinity) => kindsOf(conn, 'heard', n).filter((o) => o.content === HELLO);
const userOf = (h, device) => h.devices.get(device);

// In a room: joined at a place, or left at one (the last), or neither.
function stay(h, user, room, n) {
    const all = h.of('member').filter((o) => o.n < n && o.user === user && o.room === room);
    const last = all.at(-1);
    return {
        joined: last === undefined || last.flags.includes('left') ? null : last.seq,
        left: all.findLast((o) => o.flags.includes('left'))?.seq ?? 0,
    };
}

// The greatest place of a room that was acked to any device of a user.
const acked = (h, user, room, n) => Math.max(0, ...h.of('ack_sent').filter((o) =>
    o.n < n && o.room === room && userOf(h, o.device) === user).map((o) => o.seq));

// Requests for a sync that are not answered yet before observation n: the oldest first.
function requests(conn, n) {
    const left = [];
    for (const o of conn.all.filter((other) => other.n < n)) {
        if (o.kind === 'heard' && o.content === SYNC_REQUEST) {
            left.push(o);
        } else if (o.kind === 'said' && answers(conn, o)) {
            const at = left.findIndex((request) => request.id === o.id);
            if (at >= 0) {
                left.splice(at, 1);
            }
        }
    }
    return left;
}
// How many requests and commands are not answered yet, or were heard in between.
const isCommand = (o) => o.client_id !== NO_KEY;
function owed(conn, n) {
    const left = [];
    for (const o of conn.all.filter((other) => other.n < n && isCommand(other))) {
        if (o.kind === 'heard') {
            left.push(o.client_id);
        } else if (o.kind === 'said' && left.includes(o.client_id)) {
            left.splice(left.indexOf(o.client_id), 1);
        }
    }
    return left.length + requests(conn, n).length;
}
const asks = (conn, from, to) => kindsOf(conn, 'heard', to).filter((o) => o.n > from &&
    (isCommand(o) || o.content === SYNC_REQUEST)).length;
const {max} = Math;

// Of a sync; a refresh is answered at once.
const ofRefresh = (conn, o) => o.content === REFRESHED || (o.content === UNAUTHENTICATED &&
    conn.all.findLast((other) => other.n < o.n && other.kind === 'heard')?.content === REFRESH);
const answers = (conn, o) => o.content === SYNC_RESPONSE || (o.id !== NO_KEY && o.content !== WELCOME && !ofRefresh(conn, o));

// Each answer with its request (undefined: it has none) and what that asked, room by room.
function answered(h) {
    return connections(h).flatMap((conn) => kindsOf(conn, 'said').filter((o) => answers(conn, o)).map((answer) => {
        const request = requests(conn, answer.n).find((o) => o.id === answer.id);
        const rooms = request === undefined ? [] : partsOf(conn, request).map((part) => {
            const of = (kind) => partsOf(conn, answer).find((o) => o.kind === kind && o.room === part.room);
            return {room: part.room, from: part.seq, log: h.head(part.room, request.n),
                acked: acked(h, userOf(h, conn.device), part.room, request.n),
                head: of('said_head')?.seq, cursor: of('said_cursor')?.seq};
        });
        return {conn, answer, request, rooms, page: answer.content === SYNC_RESPONSE};
    }));
}

// How many reasons to ask for a sync a connection was told, that it has not asked for since: a room that does not
// follow by itself, a page with more behind it, a refusal of a request. Each request is for one.
function unasked(conn, n) {
    let reasons = 0;
    for (const o of conn.all.filter((other) => other.n < n)) {
        if (o.kind === 'heard' && o.content === SYNC_REQUEST) {
            reasons = max(0, reasons - 1);
        } else if (o.kind === 'said' && o.content === WELCOME) {
            reasons += partsOf(conn, o).filter((part) => part.kind === 'said_head' &&
                !part.flags.includes('more')).length;
        } else if (o.kind === 'said' && answers(conn, o) && (o.content !== SYNC_RESPONSE || o.flags.includes('more'))) {
            reasons++;
        }
    }
    return reasons;
}

export const invariants = {
    // Heads that a connection is told of do not fall, nor does a cursor behind what was asked.
    'ORD-12': {needs: ['arrived', 'said_head'], find(h, found) {
        for (const conn of connections(h)) {
            for (const o of kindsOf(conn, 'said_head')) {
                const before = kindsOf(conn, 'said_head', o.n).filter((other) => other.room === o.room);
                if (before.length > 0) {
                    found.test(before.every((other) => other.seq <= o.seq), o.n);
                }
            }
        }
        for (const {answer, rooms, page} of answered(h)) {
            for (const {from, head, cursor} of page ? rooms : []) {
                if (head !== undefined && cursor !== undefined) {
                    found.test(cursor >= from, answer.n);
                }
            }
        }
    }},

    // Entries leave for those who are welcome, and may see them; the first is the one behind the head that the
    // welcome named (or behind the hello's position, where what is missing follows), each other the next.
    'ORD-14': {needs: ['member', 'arrived', 'said', 'sent'], find(h, found) {
        const all = connections(h);
        for (const o of h.of('sent')) {
            const conn = all.find((other) => other.all.includes(o));
            const welcome = conn && said(conn, WELCOME, o.n).at(-1);
            const {joined, left} = stay(h, userOf(h, o.device), o.room, o.n);
            const sees = (joined !== null && o.seq >= joined) || o.seq <= left;
            if (welcome === undefined || !sees) {
                found.test(false, o.n);
                continue;
            }
            const sent = kindsOf(conn, 'sent', o.n).filter((other) => other.room === o.room &&
                other.n > welcome.n).map((other) => other.seq);
            const head = partsOf(conn, welcome).findLast((part) => part.room === o.room);
            const position = hellos(conn, welcome.n).flatMap((hello) => partsOf(conn, hello))
                .findLast((part) => part.room === o.room);
            const begin = head === undefined ? null
                : 1 + (head.flags.includes('more') && position !== undefined ? position.seq : head.seq);
            const next = sent.length > 0 ? Math.max(begin ?? 0, ...sent.map((seq) => seq + 1)) : begin;
            found.test(next === null || o.flags.includes('more') || o.seq === next ||
                (o.seq === joined && o.seq > next), o.n);
        }
    }},

    // A head that a node names, on a connection or to the other nodes, is one that the log has.
    'ORD-15': {needs: ['commit', 'arrived', 'said_head'], find(h, found) {
        for (const o of [...connections(h).flatMap((conn) => kindsOf(conn, 'said_head')), ...h.of('announced')]) {
            if (h.saw('commit', o.n)) {
                found.test(o.seq <= h.head(o.room, o.n), o.n);
            }
        }
    }},

    // "Begin again" has a cause: the request is of another log, or asks from above this one's end. A client
    // begins again by itself only where it left and joined again.
    'SYN-13': {needs: ['arrived', 'heard', 'said'], find(h, found) {
        const resets = [];
        for (const o of connections(h).flatMap((conn) => kindsOf(conn, 'said'))) {
            if (o.flags.includes('left')) {
                found.broken.push(o.n);
            }
            if (o.flags.includes('left') || o.content === RESET) {
                resets.push(o);
            }
        }
        for (const {answer, request, rooms, page} of answered(h).filter((a) => a.request !== undefined)) {
            const other = request.flags.includes('left') || rooms.some(({from, log}) => from > log);
            if (answer.content === RESET) {
                found.test(other, answer.n);
            } else if (page) {
                found.test(!request.flags.includes('left'), answer.n);
            }
        }
        for (const o of h.of('reset').filter((reset) => h.saw('said', reset.n) && h.devices.has(reset.device))) {
            found.test(stay(h, userOf(h, o.device), o.room, o.n).left > 0 ||
                resets.some((reset) => reset.n < o.n && reset.device === o.device), o.n);
        }
    }},

    // Read your writes: an answer that is whole has a head that is not below what was acked before.
    'SYN-15': {needs: ['ack_sent', 'arrived', 'heard', 'said'], find(h, found) {
        for (const {answer, request, rooms, page} of answered(h)) {
            for (const room of page ? rooms : []) {
                if (room.head !== undefined && room.cursor !== undefined && !request.flags.includes('more')) {
                    found.test(answer.flags.includes('more') || room.head >= room.acked, answer.n);
                }
            }
        }
    }},

    // Each request has one answer, which knows the log as it was when it was asked, and ends where it says.
    'SYN-18': {needs: ['commit', 'arrived', 'heard', 'said'], find(h, found) {
        for (const {conn, answer, request, rooms, page} of answered(h)) {
            found.test(request !== undefined, answer.n);
            for (const {room, head, cursor, log} of page ? rooms : []) {
                if (head === undefined || cursor === undefined) {
                    const {joined, left} = stay(h, userOf(h, conn.device), room, answer.n);
                    found.test(joined === null || left > 0, answer.n);
                    continue;
                }
                found.test((request.flags.includes('more') || head >= log) &&
                    (answer.flags.includes('more') || cursor >= head), answer.n);
            }
        }
    }},

    // A node takes connections not before the database has this life of it, and in time.
    'LIV-06': {needs: ['node_up', 'registered', 'ready'], find(h, found) {
        const know = new Knowledge(h);
        const bound = 4 * h.bounds.database_us + h.bounds.database_retry_us;
        const life = (node, n) => h.of('node_up').findLast((up) => up.n < n && up.node === node)?.n ?? -1;
        for (const o of h.of('ready').filter((ready) => ready.value !== 0)) {
            found.test(h.of('registered').some((r) => r.node === o.node && r.n < o.n && r.n > life(o.node, o.n)), o.n);
        }
        for (const up of h.of('node_up')) {
            const end = h.of('node_down', 'node_up', 'drain').find((o) => o.n > up.n && o.node === up.node)?.n ?? Infinity;
            const ready = h.of('ready').find((o) => o.n > up.n && o.node === up.node && o.value !== 0)?.n ?? Infinity;
            for (let n = up.n + 1; n <= Math.min(end, ready) && n < h.all.length; n++) {
                const from = Math.max(up.until, know.database(n));
                if (from !== Infinity && from + bound < h.all[n].at && h.saw('ready', n)) {
                    found.broken.push(n);
                    break;
                }
            }
        }
    }},

    // Who is asked to go says so to whom it had greeted, answers, greets nobody, and closes in time.
    'LIV-07': {needs: ['drain', 'said', 'hangup'], find(h, found) {
        const know = new Knowledge(h);
        for (const conn of connections(h)) {
            const last = conn.all.at(-1);
            const end = ['gone', 'hangup'].includes(last.kind) ? last.n
                : h.of('node_down').find((o) => o.n > conn.arrived.n && o.node === conn.node)?.n ?? Infinity;
            if (last.kind === 'hangup' && isAsked(h, last.node, last.n)) {
                const untold = said(conn, WELCOME).length > 0 && said(conn, DRAINING).length === 0 && last.seq !== 4001;
                found.test(!untold && (last.seq !== 1012 || owed(conn, last.n) === 0), last.n);
            }
            for (const o of said(conn, WELCOME).filter((welcome) => isAsked(h, welcome.node, welcome.n))) {
                found.test(false, o.n);
            }
            for (const drain of h.of('drain').filter((o) => o.node === conn.node && o.n > conn.arrived.n && o.n < end)) {
                const late = h.all.find((o) => o.n > drain.n && o.n <= end && isAsked(h, conn.node, o.n) &&
                    max(drain.until, know.databaseOf(conn.node, o.n)) + 2 * h.bounds.database_us *
                        (owed(conn, drain.n) + asks(conn, drain.n, o.n)) < o.at);
                if (late !== undefined) {
                    found.test(false, late.n);
                }
            }
        }
    }},

    // Pings of a connection keep the pace that was agreed, but for what the wire took away or added, and for those
    // that waited together for a node that did nothing. Who was told of nothing that is to be asked for, and has
    // all of the rooms that it names, asks for no sync.
    'LIV-10': {needs: ['arrived', 'heard'], find(h, found) {
        const know = new Knowledge(h);
        for (const conn of connections(h)) {
            for (const o of kindsOf(conn, 'heard').filter((heard) => heard.content === SYNC_REQUEST)) {
                if (unasked(conn, o.n) === 0) {
                    const rooms = partsOf(conn, o);
                    found.test(rooms.length === 0 || o.flags.includes('left') || o.flags.includes('temporary') ||
                        rooms.some((part) => part.seq !== h.head(part.room, o.n)), o.n);
                }
            }
            const pings = kindsOf(conn, 'heard').filter((o) => o.content === PING);
            for (let i = 1; i < pings.length; i++) {
                if (pings[i - 1].at <= know.paused(conn.node, pings[i].n)) {
                    continue;
                }
                found.test(pings[i].until - pings[i - 1].at >=
                    h.bounds.ping_interval_us - h.bounds.client_latency_us, pings[i].n);
            }
        }
    }},

    // A node closes a connection only for what was done to it.
    'LIV-13': {needs: ['arrived', 'hangup'], find(h, found) {
        const know = new Knowledge(h);
        const b = h.bounds;
        for (const conn of connections(h)) {
            for (const o of kindsOf(conn, 'hangup')) {
                const n = o.n;
                const hello = hellos(conn, n)[0];
                const heard = kindsOf(conn, 'heard', n);
                const welcomed = said(conn, WELCOME, n).length > 0;
                const up = h.of('node_up').findLast((x) => x.n < n && x.node === o.node)?.n ?? -1;
                const database = know.databaseFaults(n).until >= conn.arrived.at;
                // A hello may wait for a row that is repaired only: of anybody's, up to a repair before it.
                const from = conn.arrived.at - know.b.repair;
                const work = know.databaseFaults(n).until >= from || know.slow(undefined, n) >= from ||
                    h.of('node').some(({node}) => know.redis(node, n) >= from || know.lastOf('node_down', node, n) >= from);
                const silent = o.timestamp - (heard.at(-1)?.timestamp ?? -Infinity);
                const causes = {
                    1012: () => h.of('drain').some((d) => d.node === o.node && d.n > up && d.n < n),
                    4003: () => welcomed && silent >= b.ping_interval_us + b.ping_timeout_us,
                    4502: () => hello === undefined && o.timestamp - conn.arrived.timestamp >= b.hello_us,
                    4500: () => (hello !== undefined && hello.flags.includes('quiet')) || wasRevoked(h, conn, o),
                    4001: () => isOver(h, know, conn, o),
                    1013: () => hello !== undefined && !welcomed && (!isReadyAt(h, o.node, hello.n) ||
                        (o.timestamp - hello.timestamp >= b.lease_us && work)),
                    1008: () => heard.filter((f) => f.content === NO_KEY).length > BAD_FRAMES_MOST ||
                        (hello === undefined && heard.length > 0),
                    4007: () => database || lostItsName(h, o.node, up, n),
                };
                found.test(causes[o.seq] !== undefined && causes[o.seq](), n);
            }
        }
    }},

    // Who comes is welcomed as the user whose token it was.
    'SEC-12': {needs: ['user', 'device', 'arrived', 'said'], find(h, found) {
        for (const o of connections(h).flatMap((conn) => said(conn, WELCOME))) {
            if (o.sender !== NO_KEY && h.writer(o.device) !== NO_KEY) {
                found.test(o.sender === h.writer(o.device), o.n);
            }
        }
    }},

    // By a welcome, or by the end of the connection; one that is asked to go is LIV-07's.
    'LIV-16': {needs: ['arrived', 'heard', 'said', 'ready'], find(h, found) {
        const know = new Knowledge(h);
        const bound = h.bounds.gap_us + 2 * h.bounds.redis_us + 5 * h.bounds.database_us;
        for (const conn of connections(h)) {
            const [hello] = hellos(conn);
            if (hello === undefined || !isReadyAt(h, conn.node, hello.n)) {
                continue;
            }
            const ends = conn.all.find((o) => o.n > hello.n && (['gone', 'hangup'].includes(o.kind) ||
                (o.kind === 'said' && o.content === WELCOME)));
            const leaves = h.of('node_down', 'drain').find((o) => o.n > conn.arrived.n && o.node === conn.node);
            const end = Math.min(ends?.n ?? Infinity, leaves?.n ?? Infinity);
            for (let n = hello.n + 1; n <= end && n < h.all.length; n++) {
                if (max(hello.until, know.helloFrom(n)) + bound < h.all[n].at) {
                    found.broken.push(n);
                    break;
                }
            }
            found.judged += ends?.kind === 'said' || found.broken.at(-1) > hello.n;
        }
    }},
};

// Whether a node said last that it takes connections, in this life.
function isReadyAt(h, node, n) {
    const last = h.of('ready', 'node_up', 'node_down').findLast((o) => o.n < n && o.node === node);
    return last !== undefined && last.kind === 'ready' && last.value !== 0;
}
