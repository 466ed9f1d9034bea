// The second judge's view of when people were seen last: PRE-06. By any node's clock, so never nearer than these differ.
import {NO_KEY} from './brute_history.mjs';
import {OFFLINE} from './brute_there.mjs';
import {NEVER} from './brute_time.mjs';

const {max, min} = Math;

// No clock of a node shows more, and none shows less, than these at an instant, ms; by all walls that were seen.
const remembered = new WeakMap();
export function clocks(h, n) {
    if (!remembered.has(h)) {
        remembered.set(h, h.of('stamp', 'came', 'wall').filter((o) => o.value > 0)
            .map((o) => ({n: o.n, ahead: o.value - Math.floor(o.at / 1000)})));
    }
    const ahead = remembered.get(h).filter((o) => o.n < n).map((o) => o.ahead);
    const {offset_ms: offset} = h.bounds;
    return {fastest: (at) => ahead.length > 0 ? Math.trunc(at / 1000) + min(...ahead) + offset + 1 : NEVER,
        slowest: (at) => ahead.length > 0 ? Math.trunc(at / 1000) + max(...ahead) - offset - 1 : -NEVER};
}

// Since when it is certain that somebody is to be shown as offline whatever they do.
function hiddenSince(person, {n, at}) {
    const before = (moment) => moment.n < n || (moment.n === n && moment.at <= at);
    const open = person.choices.status.filter(({said, end}) => said < n && !(end !== undefined && before(end)));
    return open.some(({value}) => value !== OFFLINE) ? NEVER
        : min(NEVER, ...open.filter(({frame}) => before(frame) && !frame.lost).map(({frame}) => frame.by));
}

// Whether what is said may still be of before they were there last.
function mayBeOld({there}, person, o, state) {
    if (o.device === null || state.absent === -NEVER) {
        return false; // a record at rest, or they never were away before
    }
    const {start, bound} = there.path(person, o.device, state.there, o.n, true);
    return o.at <= start + bound;
}

// Who is said to be offline, and was not shortly before they were this time.
function isAbsence(views, person, o, state) {
    const {until} = views.there.know.redisOfAll(o.n);
    const told = views.there.b.seenRepair;
    return o.seq === OFFLINE && state.until[OFFLINE] === NEVER && until + told < state.there && // else Redis lost it
        !person.choices.status.some(({value, said}) => said < o.n && value === OFFLINE) &&
        !mayBeOld(views, person, o, state) && (state.absent === -NEVER || state.absent + told < state.there);
}

// Between what is the most and the least that may be said of them.
export function judgeSpan(views, o) {
    const person = views.all.get(o.user);
    const state = person.state(o.n);
    const {fastest, slowest} = clocks(views.h, o.n);
    if (state.last === -NEVER) {
        return; // of before the history
    }
    const since = hiddenSince(person, state);
    const hidden = since === NEVER ? NEVER : views.there.allSaid(since, o.n);
    const early = isAbsence(views, person, o, state) && o.timestamp < slowest(state.there - views.there.b.beat);
    views.test('PRE-06', o.timestamp <= fastest(state.last) && !early &&
        (hidden === NEVER || o.timestamp <= fastest(hidden)), o.n);
}

// What a device is told, unless it fell (PRE-05's).
export function seenJudged(views, o, before) {
    const fell = before !== undefined && before.id !== NO_KEY && o.timestamp < before.timestamp;
    if (o.timestamp !== 0 && o.id !== NO_KEY && !fell) {
        judgeSpan(views, o);
    }
}
