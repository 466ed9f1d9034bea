// Histories that no server made: some lines of a good one are changed, so that every rule is broken in ways
// that neither judge was written for. The same seed gives the same changes.

const LIKELY = ['shown', 'commit', 'ack', 'ack_sent', 'stamp', 'sync_row', 'sync_head', 'sync_cursor', 'sync_page',
    'welcome', 'head', 'recv', 'conn_close', 'send', 'final', 'put', 'nack', 'failed', 'resend', 'reset', 'arrived', 'came',
    'position', 'heard', 'said', 'said_head', 'said_cursor', 'sent', 'hangup', 'ready', 'registered', 'wall',
    'announced', 'sync_begin', 'gone', 'want', 'fault_begin', 'fault_end', 'holds', 'writes_to', 'member',
    'view', 'record', 'read_row', 'read_said', 'read_told', 'arrived_row', 'arrived_told', 'typed', 'typist',
    'typing_told', 'replaced', 'watch'];

function stream(seed) { // xorshift, 32 bits
    let state = (seed * 2654435761 + 1) >>> 0 || 1;
    return (below) => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        state >>>= 0;
        return state % below;
    };
}

const kindOf = (line) => line.split(' ')[1];
const fieldOf = (line, name) => new RegExp(` ${name}=(\\S+)`).exec(line)?.[1];
const withField = (line, name, value) => line.replace(new RegExp(` ${name}=\\S+`), ` ${name}=${value}`);
// What a line says, at another time; a node's own clock goes with that.
const CLOCKED = ['arrived', 'heard', 'gone', 'said', 'hangup'];
function moved(line, at) {
    const [from] = line.split(' ');
    const there = at + line.slice(line.indexOf(' '));
    return CLOCKED.includes(kindOf(line))
        ? withField(there, 'timestamp', Number(fieldOf(line, 'timestamp')) + Number(at) - Number(from)) : there;
}

// Whether both are of one life of a node, whose clock runs steadily.
function oneLife(a, b) {
    const [ahead, other] = [a, b].map((line) => Number(fieldOf(line, 'timestamp')) - Number(line.split(' ')[0]));
    return fieldOf(a, 'node') === fieldOf(b, 'node') && Math.abs(ahead - other) < 100000;
}

function another(lines, at, name, draw) {
    const others = lines.filter((line) => fieldOf(line, name) !== undefined && !fieldOf(line, name).startsWith('0'.repeat(16)));
    return withField(lines[at], name, fieldOf(others[draw(others.length)], name));
}

// From `at` on the lines of these kinds go, of the device that it is about.
function without(lines, at, kinds) {
    const device = fieldOf(lines[at], 'device');
    for (let i = at; device !== undefined && i < lines.length; i++) {
        if (kinds.includes(kindOf(lines[i])) && fieldOf(lines[i], 'device') === device) {
            lines.splice(i--, 1);
        }
    }
}

const twists = {
    drop(lines, at) {
        lines.splice(at, 1);
    },
    again(lines, at, draw) {
        const to = Math.min(lines.length, at + 1 + draw(40));
        lines.splice(to, 0, moved(lines[at], lines[to - 1].split(' ')[0]));
    },
    swap(lines, at, draw) { // what it says, not when
        const kind = kindOf(lines[at]);
        const other = lines.findIndex((line, i) => i > at && kindOf(line) === kind && draw(2) === 0 &&
            (!CLOCKED.includes(kind) || oneLife(line, lines[at])));
        if (other > 0) {
            [lines[at], lines[other]] = [moved(lines[other], lines[at].split(' ')[0]),
                moved(lines[at], lines[other].split(' ')[0])];
        }
    },
    seq(lines, at, draw) {
        const seq = fieldOf(lines[at], 'seq');
        if (seq !== undefined) {
            lines[at] = withField(lines[at], 'seq', Math.max(0, Number(seq) + [1, -1, 2, 7][draw(4)]));
        }
    },
    id: (lines, at, draw) => void (lines[at] = another(lines, at, 'id', draw)),
    sender: (lines, at, draw) => void (lines[at] = another(lines, at, 'sender', draw)),
    client: (lines, at, draw) => void (lines[at] = another(lines, at, 'client_id', draw)),
    content: (lines, at, draw) => void (lines[at] = another(lines, at, 'content', draw)),
    hlc: (lines, at, draw) => void (lines[at] = another(lines, at, 'hlc', draw)),
    user: (lines, at, draw) => void (lines[at] = another(lines, at, 'user', draw)),
    timestamp(lines, at, draw) {
        if (!CLOCKED.includes(kindOf(lines[at]))) { // a node's own clock runs steadily
            lines[at] = another(lines, at, 'timestamp', draw);
        }
    },
    room: (lines, at, draw) => void (lines[at] = another(lines, at, 'room', draw)),
    // From here on a device is shown nothing for a while, or for ever.
    deaf(lines, at, draw) {
        const device = fieldOf(lines[at], 'device');
        const many = 1 + draw(30);
        let left = many;
        for (let i = at; device !== undefined && i < lines.length && left > 0; i++) {
            if (kindOf(lines[i]) === 'shown' && fieldOf(lines[i], 'device') === device) {
                lines.splice(i--, 1);
                left--;
            }
        }
    },
    // From here on a node hears nothing of a device, or does not notice that it ends.
    unheard: (lines, at) => void without(lines, at, ['heard']),
    unended: (lines, at) => void without(lines, at, ['heard', 'hangup', 'gone', 'fault_end']),
    // A device's syncs have no more pages.
    unanswered: (lines, at) => void without(lines, at, ['sync_page']),
    // A device is welcomed no more, so that it waits.
    unwelcome: (lines, at) => void without(lines, at, ['welcome', 'head']),
};

export function twist(text, seed, kinds = LIKELY, most = 3) {
    const draw = stream(seed);
    const [header, ...lines] = text.split('\n').filter((line) => line !== '');
    const names = Object.keys(twists);
    for (let times = 1 + draw(most); times > 0; times--) {
        const kind = kinds[draw(kinds.length)];
        const of = lines.flatMap((line, i) => (kindOf(line) === kind ? [i] : []));
        if (of.length > 0) {
            twists[names[draw(names.length)]](lines, of[draw(of.length)], draw);
        }
    }
    return [header, ...lines].join('\n') + '\n';
}
