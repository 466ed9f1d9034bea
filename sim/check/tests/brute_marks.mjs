// What a device shows of a room, for the second judge: all places that its markers stand for, one by one.
//
// A marker is declared just above what is shown last, and shrinks from either edge; what is shown amid it splits it.

// From one observation on: `top`, the greatest place that is shown, or that a marker stood for; `open`: place -> the
// marker that stands for it; `holds`: whether this observation of a marker is as it should be.
class Display {
    constructor(n, top, open, holds) {
        Object.assign(this, {n, top, open, holds});
        this.last = open.size === 0 ? top : Math.min(...open.keys()) - 1; // all up to there is shown
    }

    shows(seq) {
        return seq <= this.top && !this.open.has(seq);
    }

    // Whether a place is the lowest or the highest of those next to each other for which a marker stands.
    edge(seq) {
        const mark = this.open.get(seq);
        return this.open.get(seq - 1) !== mark || this.open.get(seq + 1) !== mark;
    }
}

const NOTHING = new Display(-1, 0, new Map(), true);

function declared(h, before, o) {
    const had = before.top > 0 ? before.top : h.base(o.device, o.room, o.n) ?? o.seq - 1;
    if (o.seq === 0 || o.value < o.seq || o.seq !== had + 1) {
        return new Display(o.n, before.top, before.open, false);
    }
    const open = new Map(before.open);
    for (let seq = o.seq; seq <= o.value; seq++) {
        open.set(seq, o.n);
    }
    return new Display(o.n, o.value, open, true);
}

// Its upper end is given up: only what is not the person's, and nothing but an upper end.
function givenUp(h, before, o) {
    const mark = before.open.get(o.value);
    let whole = mark !== undefined && before.open.get(o.value + 1) !== mark && o.seq <= o.value + 1;
    const open = new Map(before.open);
    for (let seq = o.value; whole && seq >= o.seq; seq--) {
        whole = open.get(seq) === mark;
        open.delete(seq);
    }
    const from = h.memberFrom(o.device, o.room, o.n);
    return new Display(o.n, before.top, whole ? open : before.open, whole && (from === null || o.value <= from));
}

function shown(before, o) {
    const open = new Map(before.open);
    open.delete(o.seq);
    return new Display(o.n, Math.max(before.top, o.seq), open, true);
}

const remembered = new WeakMap();

// What a device shows of a room before observation n, in this display epoch.
export function display(h, device, room, n) {
    if (!remembered.has(h)) {
        remembered.set(h, new Map());
    }
    const key = `${device} ${room}`;
    const all = remembered.get(h);
    if (!all.has(key)) {
        const states = [NOTHING];
        all.set(key, states); // while it is followed, it is asked for what came before
        for (const o of h.of('shown', 'gap', 'reset', 'forgot').filter((other) => other.device === device &&
            (other.room === room || other.kind === 'forgot'))) {
            const before = states.at(-1);
            states.push(o.kind === 'shown' ? shown(before, o)
                : o.kind !== 'gap' ? new Display(o.n, 0, new Map(), true)
                    : o.flags.includes('left') ? givenUp(h, before, o) : declared(h, before, o));
        }
    }
    return all.get(key).findLast((state) => state.n < n);
}

// Markers that were declared, or ended, as they should be, and those that were not.
export const marks = (h) => h.of('gap').filter((o) => h.devices.has(o.device))
    .map((o) => ({o, left: o.flags.includes('left'), holds: display(h, o.device, o.room, o.n + 1).holds}));
