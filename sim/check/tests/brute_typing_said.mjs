// The second judge's view of what clients say of keys, and nodes of stops: TYP-05, TYP-06.
import {Knowledge, NEVER} from './brute_time.mjs';
import {after, bounds, isStart, placeOf, typists, used} from './brute_typists.mjs';
import {breaks} from './brute_typing_shown.mjs';

const max = Math.max;

// What a person did with the field of a device before n: the last key, and the room of it; when the field was emptied,
// sent or left for another one, and when keys came after a pause.
function writerOf(h, device, n) {
    const keys = h.of('key').filter((o) => o.n < n && o.device === device);
    const pressed = keys.filter(isStart);
    const left = keys.filter((o, i) => !isStart(o) || o.room !== keys[i - 1]?.room).map((o) => o.at);
    const sent = h.of('send').filter((o) => o.n < n && o.device === device &&
        o.room === keys.findLast((key) => key.n < o.n)?.room).map((o) => o.at);
    const paused = pressed.filter((o, i) => i === 0 || o.at - pressed[i - 1].at >= h.bounds.typing_pause_us)
        .map((o) => o.at);
    return {room: keys.at(-1)?.room, key: pressed.at(-1)?.at ?? -NEVER, reset: max(-NEVER, ...left, ...sent),
        gap: paused.at(-1) ?? -NEVER};
}

// On one connection from `key` on, and nothing kept its frames since.
function connected(h, know, device, since, key, n) {
    const welcome = h.welcome(device, n);
    const node = placeOf(h, device, n);
    return welcome !== null && welcome.until <= key && know.device(device, n) < since && node !== null &&
        know.paused(node, n) < since && know.lastOf('node_down', node, n) < since;
}

const goneUpTo = (h, device, n) => max(-1, ...h.of('gone', 'hangup').filter((o) => o.n < n && o.device === device)
    .map((o) => o.value));

// A way after a key the node has heard so, within what a client waits before it says it again.
function keysAreSaid(h, know, found) {
    const L = h.bounds.client_latency_us;
    for (const key of h.of('key').filter((o) => isStart(o) && o.device !== null)) {
        const o = after(h, key.at + L, key.n);
        if (o === undefined) {
            continue;
        }
        const since = key.at + L - bounds(h.bounds).key;
        const {room, reset} = writerOf(h, key.device, o.n);
        if (reset > key.at || !connected(h, know, key.device, since, key.at, o.n) ||
            goneUpTo(h, key.device, o.n) === h.connection(key.device, o.n)) {
            continue;
        }
        const start = h.of('typed').findLast((t) => t.n < o.n && t.device === key.device && isStart(t) &&
            t.value === h.connection(t.device, t.n));
        found.test(start?.room === room && start.at >= since, o.n);
    }
}

// A stop has a cause: a pause, an empty field, a message or another room.
function stopsHaveCauses(h, know, found) {
    const L = h.bounds.client_latency_us;
    for (const o of h.of('typed').filter((t) => !isStart(t) && t.value === h.connection(t.device, t.n))) {
        if (connected(h, know, o.device, o.at - L, o.at, o.n)) {
            const {reset, gap, key} = writerOf(h, o.device, o.n);
            found.test(max(reset, gap) >= o.at - L || o.at >= key + h.bounds.typing_pause_us, o.n);
        }
    }
}

// Whether a message of theirs may still come to the device's node, and end there what is told now.
function messageComes(typist, o) {
    const commit = typist.commit(o.n);
    if (commit === undefined) {
        return false;
    }
    const from = typist.from(o.device, commit.at, o.n);
    return from + (from === commit.at ? typist.b.others : typist.know.b.repair) >= o.at;
}

// The start of which a device waits for the end: it was the last that it was told, on the connection that it has.
function waitsFor(typist, device, n) {
    const {h, know} = typist;
    const told = typist.told.filter((o) => o.n < n && o.device === device).at(-1);
    if (told === undefined || !isStart(told) || !typist.hasMessages(device, told.n) || messageComes(typist, told) ||
        typist.written.some((o) => o.n > told.n && o.n < n)) {
        return undefined;
    }
    const up = h.of('node_up', 'node_down').findLast((o) => o.n < n && o.node === told.node)?.kind !== 'node_down';
    return up && h.welcome(device, n) !== null && placeOf(h, device, n) === told.node &&
        h.connection(device, n) === told.value && know.device(device, n) !== NEVER &&
        goneUpTo(h, device, n) < told.value ? told : undefined;
}

// All that ended what somebody typed.
const ends = (typist) => [...new Set([...typist.words.filter((o) => !isStart(o)), ...typist.gone]
    .map((o) => typist.end(o.n + 1)?.o).filter((o) => o !== undefined))].sort((a, b) => a.n - b.n);

export const invariants = {
    // By the node that heard it at once, by another one when it heard of it.
    'TYP-05': {needs: ['typed', 'typing_told'], find(h, found) {
        for (const typist of typists(h)) {
            const all = ends(typist);
            for (const [i, end] of all.entries()) {
                for (const device of new Set(typist.told.map((o) => o.device))) {
                    const told = waitsFor(typist, device, end.n);
                    const ours = told?.node === end.node;
                    if (told === undefined || (!ours && typist.from(device, end.at, end.n + 1) !== end.at)) {
                        continue;
                    }
                    const late = after(h, end.at + (ours ? 0 : typist.b.others), end.n);
                    const next = typist.told.find((o) => o.n > end.n && o.device === device && !isStart(o));
                    const wrote = typist.written.find((o) => o.n > end.n);
                    const n = late?.n ?? NEVER;
                    if (next !== undefined && next.n < n && !(wrote?.n < next.n)) {
                        found.judged++;
                        continue;
                    }
                    if (late === undefined || wrote?.n < n || all[i + 1]?.n < n) {
                        continue;
                    }
                    const still = waitsFor(typist, device, n);
                    if (still !== undefined && (still.node === typist.last(n).node ||
                        typist.from(device, end.at, n) === end.at)) {
                        found.test(false, n);
                    }
                }
            }
        }
    }},

    'TYP-06': {needs: ['key', 'typed', 'typist'], find(h, found) {
        if (used(h)) {
            const know = new Knowledge(h);
            keysAreSaid(h, know, found);
            stopsHaveCauses(h, know, found);
            breaks(h, found);
        }
    }},
};
