// Holds the judge (sim/check) and the second one (brute.mjs) to each other: on the same history each id must
// be held, violated (and first at the same observation) or not judged for both.
//
//     node brute_compare.mjs HUBBUB [--keep DIR] SOURCE ...
//
//     SCENARIO SEEDS              histories of runs of HUBBUB itself
//     SCENARIO SEEDS by PROGRAM   of another one, which has a bug; HUBBUB judges
//     twisted SCENARIO SEEDS      of HUBBUB's runs, in each of which some lines were then changed;
//     twisted=KIND+...[*TIMES]    lines of these kinds, up to so many times
//     FILE.txt or FILE.txt.gz     one that was kept; or a folder of them
//
// SEEDS is A..B. Exit 0: they agree; 1: a difference, each told in a line; --keep DIR keeps its history.
import {spawnSync} from 'node:child_process';
import {copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync,
    writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import {judge} from './brute.mjs';
import {twist} from './brute_twist.mjs';

const LOOK_US = 100000; // LOOK_US_LEAST of sim/check/bearer.c
const SMALL_BYTES = 2e6;
const STATES = {held: 'held', violated: 'violated'}; // all others: not judged

function judgeOfC(hubbub, file) {
    const ran = spawnSync(hubbub, ['check', '--json', file], {encoding: 'utf8', maxBuffer: 1 << 28});
    if (![0, 1, 4].includes(ran.status)) {
        throw new Error(`${hubbub} check ${file}: ${ran.stderr}`);
    }
    const summary = JSON.parse(ran.stdout);
    const results = {};
    for (const [id, row] of Object.entries(summary.invariants)) {
        const lines = summary.violations.filter((v) => v.invariant === id).map((v) => v.line);
        results[id] = {state: STATES[row.state] ?? 'not judged', judged: row.judged, lines};
    }
    return results;
}

// Settled: sim/check knows what a device was shown by places of the log. Where that was broken before it keeps
// silent of a message that comes again; where the log has two texts for one place it may speak.
// And that somebody was shown an entry it takes from a later one that they were shown.
// At a connection of a node that does nothing it looks after as long as that may be silent, and finds it by then.
function settled(id, a, b, brute, lines) {
    const first = (other) => brute[other].lines[0] ?? Infinity;
    if (['RCP-01', 'RCP-11', 'SYN-19'].includes(id)) {
        return ['ORD-01', 'ORD-03', 'ORD-04', 'ORD-09', 'SYN-10'].some((other) => first(other) <= b.lines[0]) &&
            !(a.lines[0] < b.lines[0]);
    }
    // Held to the place, here, and to the message there: two of them at one place are ORD-02's.
    if (['ORD-10', 'SYN-02', 'SYN-20', 'LIV-11'].includes(id)) {
        return first('ORD-02') <= Math.min(a.lines[0] ?? Infinity, b.lines[0] ?? Infinity);
    }
    if (id === 'LIV-15') {
        const at = (line) => Number(lines[line - 1].split(' ')[0]);
        const bound = (name) => Number(new RegExp(` ${name}=(\\d+)`).exec(lines[0])[1]);
        return a.lines[0] > b.lines[0] && at(a.lines[0] - 1) - at(b.lines[0]) <=
            bound('ping_interval_us') + bound('ping_timeout_us') + bound('client_latency_us');
    }
    if (id === 'SEC-03') { // it looks at what outlives its token so often
        const at = (line) => Number(lines[line - 1].split(' ')[0]);
        return a.lines[0] > b.lines[0] && at(a.lines[0] - 1) - at(b.lines[0]) <= LOOK_US;
    }
    return id === 'ORD-08' && (first('ORD-02') < Infinity ||
        (['ORD-01', 'ORD-03', 'ORD-04'].some((other) => first(other) <= b.lines[0]) &&
            !(a.lines[0] < b.lines[0])));
}

const told = ({state, lines, judged}) =>
    state + (lines.length > 0 ? ` first at line ${lines[0]}` : ` (${judged} times)`);

// Differences of one history, a line each; `count` gathers what was compared.
export function compare(hubbub, file, count) {
    const ours = judgeOfC(hubbub, file);
    const text = readFileSync(file, 'utf8');
    const brute = judge(text);
    const differences = [];
    for (const id of Object.keys(ours)) {
        const [a, b] = [ours[id], brute[id]];
        if (b === undefined) {
            count.lacks.add(id);
            continue;
        }
        count.of[id] ??= {held: 0, violated: 0, 'not judged': 0};
        count.of[id][a.state]++;
        const lines = a.state !== 'violated' || a.lines.length > 0; // it tells of so many in all
        if ((a.state !== b.state || (lines && a.lines[0] !== b.lines[0])) && !settled(id, a, b, brute, text.split('\n'))) {
            differences.push(`${id}: sim/check ${told(a)}; brute ${told(b)}`);
        }
    }
    return differences;
}

function seedsOf(text) {
    const [from, to] = text.split('..').map(Number);
    return Array.from({length: (to ?? from) - from + 1}, (_, i) => from + i);
}

// [{name, make: () => path of the history}]
function histories(hubbub, words, dir) {
    const out = join(dir, 'run');
    const run = (program, scenario, seed) => {
        const ran = spawnSync(program, ['run', scenario, '--small', '--seed', String(seed), '--quiet',
            '--history', '--out', out], {encoding: 'utf8', timeout: 60000});
        if (![0, 1, 4].includes(ran.status)) {
            throw new Error(`${program} run ${scenario} --seed ${seed}: ${ran.status} ${ran.stderr}`);
        }
        return join(out, 'history.txt');
    };
    const all = [];
    while (words.length > 0) {
        const word = words.shift();
        if (existsSync(word) && statSync(word).isDirectory()) {
            words.unshift(...readdirSync(word).filter((file) => /\.txt(\.gz)?$/.test(file)).sort()
                .map((file) => join(word, file)));
            continue;
        }
        const twisted = /^twisted(=|$)/.test(word);
        const [kinds, times] = word.split('=')[1]?.split('*') ?? [];
        if (/\.txt(\.gz)?$/.test(word)) {
            all.push({name: word, make() {
                const bytes = readFileSync(word);
                const file = join(dir, 'history.txt');
                writeFileSync(file, word.endsWith('.gz') ? gunzipSync(bytes) : bytes);
                return file;
            }});
            continue;
        }
        const scenario = twisted ? words.shift() : word;
        const seeds = seedsOf(words.shift());
        const other = words[0] === 'by';
        const program = other ? words.splice(0, 2)[1] : hubbub;
        for (const seed of seeds) {
            const name = `${twisted ? `${word} ` : ''}${basename(scenario, '.json')} seed ${seed}` +
                (other ? ` by ${program}` : '');
            all.push({name, make() {
                const file = run(program, scenario, seed);
                const bent = join(dir, 'twisted.txt');
                if (twisted) {
                    writeFileSync(bent, twist(readFileSync(file, 'utf8'), seed, kinds?.split('+'), Number(times ?? 3)));
                }
                return twisted ? bent : file;
            }});
        }
    }
    return all;
}

const [hubbub, ...words] = process.argv.slice(2);
const keep = words[0] === '--keep' ? words.splice(0, 2)[1] : null;
const dir = mkdtempSync(join(tmpdir(), 'brute-'));
const count = {of: {}, lacks: new Set()};
let compared = 0;
let differ = 0;
let crashed = 0;
let long = 0;
try {
    for (const {name, make} of histories(hubbub, words, dir)) {
        let file;
        try {
            file = make();
        } catch (error) {
            if (!name.includes(' by ')) {
                throw error;
            }
            crashed++; // a mutant may do that
            continue;
        }
        if (name.includes(' by ') && statSync(file).size > SMALL_BYTES) {
            long++; // a mutant may never come to rest, and brute force takes the square of that
            continue;
        }
        const differences = compare(hubbub, file, count);
        compared++;
        for (const difference of differences) {
            console.log(`${name}: ${difference}`);
        }
        if (differences.length > 0) {
            differ++;
            if (keep !== null) {
                mkdirSync(keep, {recursive: true});
                copyFileSync(file, join(keep, `${name.replace(/[^a-z0-9]+/gi, '-')}.txt`));
            }
        }
    }
} finally {
    rmSync(dir, {recursive: true});
}
for (const [id, {held, violated, 'not judged': not}] of Object.entries(count.of)) {
    console.log(`${id}  held ${held}, violated ${violated}, not judged ${not}`);
}
console.log(`${compared} histories: ${differ} differ` + (crashed > 0 ? `; ${crashed} runs crashed` : '') +
    (long > 0 ? `; ${long} runs too long` : '') +
    (count.lacks.size > 0 ? `; the second judge lacks ${[...count.lacks].join(' ')}` : ''));
process.exitCode = differ > 0 ? 1 : 0;
