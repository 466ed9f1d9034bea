// The second judge's view of what Redis has of people at rest, and of what all who may know show then: PRE-07, PRE-09,
// PRE-12, PRE-13, and PRE-06 of the record.
import {NEVER} from './brute_time.mjs';
import {OFFLINE} from './brute_there.mjs';
import {clocks, judgeSpan} from './brute_seen.mjs';
import {fellAtRest} from './brute_presence.mjs';

const {max} = Math;

// Whether all that was disturbed, and all that changed of somebody, has had its time.
const rested = ({h, there}, {changed}, o) =>
    max(changed, h.of('fault_end', 'calm').findLast((f) => f.n < o.n)?.until ?? 0) + there.b.rest <= o.at;

// Records of people, at rest, each with what is known of them then.
const records = (views) => views.h.of('record').filter((o) => o.seq <= OFFLINE && views.all.has(o.user))
    .map((o) => ({o, state: views.all.get(o.user).state(o.n)})).filter(({o, state}) => rested(views, state, o));

function judgeRecords(views) {
    for (const {o, state} of records(views)) {
        const lacks = o.flags.includes('left');
        if (state.certain > 0) {
            views.test('PRE-13', !lacks, o.n);
        }
        if (lacks) {
            continue;
        }
        views.test('PRE-12', o.value >= state.certain && o.value <= state.possible, o.n);
        views.test('PRE-07', state.until[o.seq] === NEVER, o.n);
        if (o.seq === OFFLINE && o.value <= 0 && !fellAtRest(views.h, o)) {
            judgeSpan(views, o);
        }
    }
}

// Who is there is listed as of their last heartbeat, and nobody who never was there.
function judgeList(views) {
    const {h, there} = views;
    for (const o of h.of('listed').filter((one) => views.all.has(one.user) && one.seq <= OFFLINE)) {
        const state = views.all.get(o.user).state(o.n);
        const {fastest, slowest} = clocks(h, o.n);
        const here = state.certain > 0 && rested(views, state, o);
        views.test('PRE-09', state.last > -NEVER && o.timestamp <= fastest(state.last) &&
            !(here && o.timestamp < slowest(o.at - there.b.beat)), o.n);
    }
    for (const end of h.of('end').filter(({n}) => h.saw('record', n))) {
        for (const [user, person] of views.all) {
            const state = person.state(end.n);
            if (state.certain > 0 && rested(views, state, end)) {
                views.test('PRE-09', h.of('listed').some((o) => o.n < end.n && o.user === user), end.n);
            }
        }
    }
}

// What all who are to be told show at the end.
function judgeViews(views, streams) {
    const {h} = views;
    for (const end of h.of('end')) {
        for (const all of streams) {
            const o = all.findLast((told) => told.n < end.n);
            const welcome = o === undefined ? null : h.welcome(o.device, end.n);
            if (welcome === null || h.connection(o.device, o.n) !== h.connection(o.device, end.n) ||
                views.owedSince(o.device, o.user, end.n) === NEVER) {
                continue;
            }
            const state = views.all.get(o.user).state(end.n);
            if (welcome.until + views.there.b.rest <= end.at && rested(views, state, end)) {
                views.test('PRE-07', views.doubt(o, state, end.at, false).until === NEVER, end.n);
            }
        }
    }
}

export function judgeRest(views, streams) {
    judgeRecords(views);
    judgeList(views);
    judgeViews(views, streams);
}
