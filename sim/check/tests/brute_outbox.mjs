// The second judge's view of what waits at a device to be put on the wire: LIV-05, LIV-12.
//
// A room's messages go out one by one. The first of them that is not answered goes out at once when its device is
// online, what went before it is answered, and no pause after a refusal is on; nothing of another room puts that off.
import {NO_KEY} from './brute_history.mjs';

const WAY = ['put', 'resend', 'nack', 'ack', 'failed'];
const ANSWERS = ['ack', 'failed'];

// What happens to the messages that a device wrote to a room, what it does with its connection included.
function queues(h) {
    const all = new Map();
    const mine = new Map(); // of each message, its queue
    for (const send of h.of('send').filter((o) => o.client_id !== NO_KEY && o.room !== null)) {
        const name = `${h.writer(send.device)} ${send.client_id}`;
        if (!mine.has(name)) {
            const key = `${send.device} ${send.room}`;
            if (!all.has(key)) {
                all.set(key, {device: send.device, room: send.room, all: []});
            }
            mine.set(name, {queue: all.get(key), send});
            all.get(key).all.push(send);
        }
    }
    for (const o of h.of(...WAY)) {
        const message = mine.get(`${h.writer(o.device)} ${o.client_id}`);
        if (message !== undefined && o.n > message.send.n) {
            message.queue.all.push({...o, of: message.send});
        }
    }
    for (const queue of all.values()) {
        queue.all.push(...h.of('welcome', 'conn_close', 'forgot').filter((o) => o.device === queue.device &&
            (o.kind !== 'conn_close' || o.value === h.connection(o.device, o.n))));
        queue.all.sort((a, b) => a.n - b.n);
    }
    return [...all.values()];
}

// Those that are written and not answered for good before observation n, the oldest first.
const waiting = (h, queue, n) => queue.all.filter((o) => o.kind === 'send' && o.n < n && !h.lost(o, n) &&
    !queue.all.some((a) => a.n < n && ANSWERS.includes(a.kind) && a.of === o));

// What was last done with a queue; undefined: nothing yet.
const last = (queue, n) => queue.all.findLast((o) => o.n < n && (WAY.includes(o.kind) || ['conn_close', 'forgot'].includes(o.kind)));
const isOut = (o) => ['put', 'resend'].includes(o?.kind);
const isPause = (o) => o?.kind === 'nack' && o.flags.includes('temporary');
const isBusy = (queue, n) => isOut(last(queue, n)) || isPause(last(queue, n));

// Since when the first of a queue may go out; null: it may not, or there is none. Who is refused for good is told so
// before the next one goes.
function mayGo(h, queue, n) {
    const [first] = waiting(h, queue, n);
    const welcome = h.welcome(queue.device, n);
    const before = last(queue, n);
    if (first === undefined || welcome === null || isBusy(queue, n) || before?.kind === 'nack') {
        return null;
    }
    return Math.max(first.at, welcome.at, before?.at ?? -Infinity);
}

function look(h, all, queue, id, found) {
    const rule = (n) => all.some((other) => other !== queue && other.device === queue.device && isBusy(other, n))
        ? 'LIV-12' : 'LIV-05';
    let since = null; // found to be late
    queue.all.forEach((o, i) => {
        if (isOut(o) && !isBusy(queue, o.n) && h.welcome(queue.device, o.n) !== null && rule(o.n) === id) {
            found.judged++;
        }
        const from = mayGo(h, queue, o.n + 1);
        const late = from === null ? undefined
            : h.all.slice(o.n + 1).find(({at}) => at > from + h.bounds.client_latency_us);
        const next = queue.all[i + 1]?.n ?? Infinity;
        if (late !== undefined && late.n <= next && since !== from && h.saw('put', late.n)) {
            since = from;
            if (rule(late.n) === id) {
                found.test(false, late.n);
            }
        }
    });
}

const find = (id) => (h, found) => {
    const all = queues(h);
    all.forEach((queue) => look(h, all, queue, id, found));
};

export const invariants = {
    'LIV-05': {needs: ['send', 'put', 'welcome'], find: find('LIV-05')},
    'LIV-12': {needs: ['send', 'put', 'welcome'], find: find('LIV-12')},
};
