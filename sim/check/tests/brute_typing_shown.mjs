// The second judge's view of what devices show of who types: TYP-01, TYP-02, TYP-03, TYP-07, and that it does not
// break off (TYP-06).
import {NO_KEY} from './brute_history.mjs';
import {NEVER} from './brute_time.mjs';
import {after, isStart, typists} from './brute_typists.mjs';

const max = Math.max;

// For how long each device shows somebody as typing: from a word to the next other one.
function shows(h, typist) {
    const all = [];
    for (const device of new Set(typist.shown.map((o) => o.device))) {
        let open = null;
        for (const o of typist.shown.filter((t) => t.device === device)) {
            if (o.value === 1 && open === null) {
                open = {device, begin: o, end: undefined};
                all.push(open);
            } else if (o.value !== 1 && open !== null) {
                open.end = o;
                open = null;
            }
        }
    }
    return all;
}

// Until when it may be shown, by what is known before n: the instant, and the rule; NEVER: nobody can tell yet.
function until(typist, {device, begin}, n) {
    const {h, b} = typist;
    const start = typist.last(n);
    const end = typist.end(n);
    const last = start?.at ?? begin.at;
    const at = end?.o.at ?? last;
    const several = typist.crossed(start?.node, at - h.bounds.typing_us, n);
    let from = typist.from(device, at, n);
    const bare = from === at && typist.hasMessages(device, n) && (end !== undefined || !several);
    if (!bare) { // the last start may have come late, and what was told since is forgotten by itself
        from = max(from, last, typist.commit(n)?.at ?? -NEVER);
    }
    const bound = !bare ? b.lost : end !== undefined ? b.stop : b.expires;
    return {at: from + bound, rule: end?.by ?? 'TYP-02'};
}

// A message of theirs that a device is shown in the same instant: that hides them.
const hiddenByMessage = (typist, show, o) => typist.h.of('shown').some((row) => row.n > show.begin.n && row.n < o.n &&
    row.at === o.at && row.device === o.device && row.room === o.room && !row.event &&
    row.sender === typist.h.names.get(typist.user) && row.sender !== NO_KEY);

// Since when it is shown too long: the observation at which that is seen, and the rule. What is known changes with what
// nodes hear of them, and with what is shown; in a disturbance it is looked at again later.
function tooLong(typist, show) {
    const {h} = typist;
    const stop = show.end?.n ?? NEVER;
    const moments = [...typist.words, ...typist.gone, ...h.of('shown').filter((o) => o.device === show.device &&
        o.room === typist.room && o.sender === h.names.get(typist.user) && !o.event)]
        .filter((o) => o.n > show.begin.n && o.n < stop).map((o) => o.n);
    let first;
    for (const n of [show.begin.n, ...moments]) {
        let {at} = until(typist, show, n + 1);
        at = at === NEVER ? h.all[n].at + h.bounds.typing_us : max(at, h.all[n].at); // by the end of this instant
        for (;;) {
            const o = after(h, at, n);
            if (o === undefined || o.n > stop || o.n >= (first?.o.n ?? NEVER)) {
                break;
            }
            const now = until(typist, show, o.n);
            if (now.at <= at) {
                first = {o, rule: now.rule};
                break;
            }
            at = now.at === NEVER ? at + 1 + h.bounds.typing_us : now.at;
        }
    }
    return first;
}

const remembered = new WeakMap();
function all(h) {
    if (!remembered.has(h)) {
        remembered.set(h, typists(h).flatMap((typist) => shows(h, typist).map((show) =>
            ({typist, show, late: tooLong(typist, show)}))));
    }
    return remembered.get(h);
}

const find = (id) => (h, found) => {
    for (const {typist, show, late} of all(h)) {
        if (late?.rule === id) {
            found.test(false, late.o.n);
        }
        const {end} = show;
        if (end === undefined || late !== undefined || end.flags.includes('quiet') ||
            hiddenByMessage(typist, show, end)) {
            continue;
        }
        const {at, rule} = until(typist, show, end.n);
        found.judged += at !== NEVER && rule === id;
    }
};

// The last word that left a node for a device was that they stopped, when the start before was over by its clock: from
// when it heard that itself, for the throttle may have held it back, or else from when it told it.
function isOver(typist, device, n) {
    const told = typist.told.filter((o) => o.n < n && o.device === device);
    const start = told.findLast(isStart);
    const stop = told.at(-1);
    if (stop === undefined || isStart(stop) || start?.node !== stop.node || start.value !== stop.value) {
        return false;
    }
    const heard = typist.last(stop.n);
    const since = heard?.node === stop.node ? heard.timestamp : start.timestamp;
    return stop.timestamp - since >= typist.h.bounds.typing_us;
}

// Shown no more, while starts went on that it was told in time, and nothing ended them.
export function breaks(h, found) {
    for (const {typist, show} of all(h)) {
        const {end, device} = show;
        if (end === undefined || end.flags.includes('quiet') || hiddenByMessage(typist, show, end)) {
            continue;
        }
        const run = typist.run(end.n);
        if (run === NEVER || typist.end(end.n) !== undefined || isOver(typist, device, end.n)) {
            continue;
        }
        const from = typist.from(device, run, end.n);
        const since = from + typist.b.shown + (from === run ? 0 : h.bounds.typing_us);
        found.test(!(end.at > since && end.at < typist.last(end.n).at + h.bounds.typing_us), end.n);
    }
}

const needs = ['typed', 'typist'];

export const invariants = {
    'TYP-01': {needs, find(h, found) {
        for (const {typist, show: {device, begin}} of all(h)) {
            const last = typist.last(begin.n);
            found.test(last !== undefined && (begin.at <= last.at + typist.b.lost ||
                typist.from(device, last.at, begin.n) !== last.at), begin.n);
        }
    }},
    'TYP-02': {needs, find: find('TYP-02')},
    'TYP-03': {needs, find: find('TYP-03')},
    'TYP-07': {needs, find: find('TYP-07')},
};
