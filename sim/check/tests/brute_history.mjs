// A history file (sim/history/FORMAT.md) as an array, and the few questions that all of the second
// judge asks of it. Nothing here is fast: each question looks at everything.

import {display} from './brute_marks.mjs';

const NUMBERS = ['node', 'device', 'user', 'room', 'seq', 'uncertain_us', 'timestamp'];
export const NO_KEY = '0'.repeat(16);
const KEYS = ['id', 'sender', 'client_id', 'content', 'hlc'];

function observation(line, n) {
    const bare = line.replace(/ [a-z]+_text="(?:[^"\\]|\\.)*"/g, '');
    const [at, kind, ...fields] = bare.split(' ');
    const o = {n, at: Number(at), kind, flags: [], node: null, device: null, user: null, room: null,
        seq: 0, timestamp: 0, uncertain_us: 0, value: 0, own: NO_KEY};
    for (const key of KEYS) {
        o[key] = NO_KEY;
    }
    for (const field of fields) {
        const [name, text] = field.split('=');
        if (NUMBERS.includes(name)) {
            o[name] = Number(text);
        } else if (name === 'flags') {
            o.flags = text.split('+');
        } else if (name === 'value') {
            o.value = Number(text);
            o.own = BigInt.asUintN(64, BigInt(text)).toString(16).padStart(16, '0'); // where it is a stamp
        } else {
            o[name] = text;
        }
    }
    o.until = o.at + o.uncertain_us;
    o.event = o.flags.includes('event');
    return o;
}

export class History {
    constructor(text) {
        const lines = text.split('\n').filter((line) => line !== '');
        this.bounds = Object.fromEntries(['hello_us=10000000', 'repair_rows=100', // where it is not said
            ...lines[0].split(' ').slice(2)].map((field) => {
            const [name, number] = field.split('=');
            return [name, Number(number)];
        }));
        this.all = lines.slice(1).map(observation);
        this.kinds = new Map(); // what was asked for by `of`
        this.devices = new Map(this.of('device').map((o) => [o.device, o.user]));
        this.names = new Map(this.of('user').map((o) => [o.user, o.sender]));
        const log = this.all.find((o) => ['commit', 'member'].includes(o.kind));
        const row = this.all.find((o) => o.kind === 'shown');
        this.blackBox = log === undefined || (row !== undefined && row.n < log.n);
    }

    of(...kinds) { // nobody changes what it returns
        const name = kinds.join(' ');
        if (!this.kinds.has(name)) {
            this.kinds.set(name, this.all.filter((o) => kinds.includes(o.kind)));
        }
        return this.kinds.get(name);
    }

    saw(kind, n = Infinity) { // before observation n
        return this.of(kind).some((o) => o.n < n);
    }

    // The name of whoever holds a device.
    writer(device) {
        return this.names.get(this.devices.get(device)) ?? NO_KEY;
    }

    // From which place on the holder of a device is a member; null: is none.
    memberFrom(device, room, n) {
        const last = this.of('member').findLast((o) =>
            o.n < n && o.user === this.devices.get(device) && o.room === room);
        return last === undefined || last.flags.includes('left') ? null : last.seq;
    }

    // Who wrote what: the first `send` of a client id by this person.
    sendOf(sender, client_id, n = Infinity) {
        return client_id === NO_KEY ? undefined : this.of('send').find((o) =>
            o.n < n && o.client_id === client_id && this.writer(o.device) === sender);
    }

    // Commits of this message, in their order; those of the initial state have no node.
    commitsOf(sender, client_id, n = Infinity) {
        return client_id === NO_KEY ? [] : this.of('commit').filter((o) =>
            o.n < n && o.client_id === client_id && o.sender === sender && o.node !== null);
    }

    head(room, n) {
        return Math.max(0, ...this.of('commit').filter((o) => o.n < n && o.room === room).map((o) => o.seq));
    }

    // What stands at a place.
    row(room, seq, n) {
        return this.of('commit').findLast((o) => o.n < n && o.room === room && o.seq === seq);
    }

    // When a device lost what it had stored; -1: it has it all.
    forgot(device, n) {
        return this.of('forgot').findLast((o) => o.n < n && o.device === device)?.n ?? -1;
    }

    // Whether its writer has lost what it wrote.
    lost(send, n) {
        return this.forgot(send.device, n) > send.n;
    }

    // When the present display epoch of a device's room began: the number of its `reset`, or -1.
    epoch(device, room, n) {
        const reset = this.of('reset').findLast((o) => o.n < n && o.device === device && o.room === room)?.n ?? -1;
        return Math.max(reset, this.forgot(device, n));
    }

    // What a device was shown of a room, in this display epoch.
    shownBefore(device, room, n) {
        const since = this.epoch(device, room, n);
        return this.of('shown').filter((o) =>
            o.n > since && o.n < n && o.device === device && o.room === room);
    }

    // The greatest place up to which a device shows all in this epoch, without an open marker below; 0: none.
    last(device, room, n) {
        return display(this, device, room, n).last;
    }

    // The greatest place that it shows, above markers too; 0: none.
    top(device, room, n) {
        return display(this, device, room, n).top;
    }

    // Whether it shows a place, or began above it.
    shows(device, room, seq, n) {
        return display(this, device, room, n).shows(seq);
    }

    // Where a room went on for a device before it was shown anything: the first head it was told in
    // this epoch; null: none.
    base(device, room, n) {
        const since = this.epoch(device, room, n);
        const head = this.of('head').find((o) =>
            o.n > since && o.n < n && o.device === device && o.room === room);
        return head === undefined || this.top(device, room, head.n) > 0 ? null : head.seq;
    }

    // The welcome of a device's present connection; null: it is offline.
    welcome(device, n) {
        const last = this.of('welcome', 'conn_close').findLast((o) => o.n < n && o.device === device &&
            (o.kind === 'welcome' || o.value === this.connection(device, o.n)));
        return last === undefined || last.kind === 'conn_close' ? null : last;
    }

    connection(device, n) {
        return this.of('conn_open').findLast((o) => o.n < n && o.device === device)?.value ?? 0;
    }
}

export const ms = (hlc) => parseInt(hlc.slice(0, 12), 16);
