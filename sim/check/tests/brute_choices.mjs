// What people choose for all their devices, for the second judge, and which of it may be the last.
import {OFFLINE} from './brute_there.mjs';
import {NEVER} from './brute_time.mjs';

const {max} = Math;

export const NOT_CHOSEN = -1;

// Frames with choices: when each is committed, as far as that is ever known. `at`, `n`: when it is settled.
function frames(there, conns) {
    const {h, know, b} = there;
    return h.of('choose').filter((o) => o.seq <= OFFLINE).flatMap((o) => {
        const conn = conns.find((c) => c.device === o.device && c.value === h.connection(o.device, o.n));
        const said = conn?.known(o.n) && conn.overFrom(o.n) > o.at ? conn.known(o.n) : null;
        const frame = {o, conn, from: NEVER, by: NEVER, lost: false, at: NEVER, n: NEVER};
        for (let due = o.at + b.chosen; said; ) {
            const next = h.all.slice(o.n + 1).find((other) => other.at > due);
            if (next === undefined) {
                break;
            }
            const from = max(o.at, know.databaseOf(said.node, next.n), know.device(o.device, next.n));
            const {ended, gone} = conn.known(next.n);
            const unheard = ended < from + b.chosen; // with its connection: its node may still hear it
            const down = know.lastOf('node_down', said.node, next.n); // before it told Redis
            const lost = unheard || (down >= from && there.kept(said.node, from, down, next.n));
            const early = from + b.chosen <= due;
            if (from === NEVER || (early && unheard && gone === NEVER) ||
                (early && !lost && there.kept(said.node, from, due, next.n))) {
                due += b.chosen;
            } else if (from + b.chosen > due) {
                due = from + b.chosen;
            } else {
                Object.assign(frame, {from, by: max(from, lost ? gone : from) + b.chosen, lost, at: due, n: next.n});
                break;
            }
        }
        return said ? [frame] : [];
    });
}

// All values that were chosen of one kind: each may be the last until one that came after it is committed for certain.
function valuesOf(kind, all) {
    const read = {
        status: (o) => o.flags.includes('quiet') ? undefined : o.flags.includes('left') ? NOT_CHOSEN : o.seq,
        line: (o) => o.flags.includes('more') ? o.content : undefined,
        quiet: (o) => o.flags.includes('held') ? o.value : undefined,
    }[kind];
    const none = {status: NOT_CHOSEN, line: '0'.repeat(16), quiet: 0}[kind];
    const values = [{value: none, said: -1, frame: {by: -NEVER, n: -1, at: -NEVER}, until: NEVER, end: undefined},
        ...all.filter(({o}) => read(o) !== undefined).map((frame) =>
            ({value: read(frame.o), said: frame.o.n, frame, until: NEVER, end: undefined}))];
    for (const now of all.filter(({n}) => n < NEVER).sort((x, y) => x.n - y.n || x.at - y.at)) {
        const settled = ({frame}) => frame.n < now.n || (frame.n === now.n && frame.at <= now.at);
        const follows = (newer, older) => settled(newer) && !newer.frame.lost && newer.said >= 0 && (
            (settled(older) && older.frame.by < newer.frame.o.at) ||
            (older.frame.conn === newer.frame.conn && older.said < newer.said));
        for (const older of values.filter(({until, said}) => until === NEVER && said < now.n)) {
            if (values.some((newer) => follows(newer, older))) {
                Object.assign(older, {until: now.from, end: now});
            }
        }
    }
    return values;
}

export function choicesOf(there, conns) {
    const all = frames(there, conns);
    return {frames: all, status: valuesOf('status', all), line: valuesOf('line', all), quiet: valuesOf('quiet', all)};
}
