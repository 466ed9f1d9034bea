// Whom a device is to be told of, for the second judge: people in rooms of its person that are not too large, and those
// of whom it asked to be told.
import {NEVER} from './brute_time.mjs';

const {max, min} = Math;

export class Audience {
    constructor(h) {
        this.h = h;
        this.memory = new Map();
    }

    // How long two are in a room that is not too large: since when; NEVER: they are in none.
    together(a, b, n) {
        return this.remember(`together ${a} ${b}`, n, () => {
            if (a === b) {
                return -NEVER;
            }
            const rooms = new Set(this.h.of('member').filter((o) => o.n < n && o.user === a).map((o) => o.room));
            return min(NEVER, ...[...rooms].map((room) => max(this.stay(a, room, n), this.stay(b, room, n),
                this.crowded(room, n))));
        });
    }

    remember(question, n, answer) { // of members: nothing changes in between
        const at = this.h.of('member').findLastIndex((o) => o.n < n);
        const key = `${question} ${at}`;
        if (!this.memory.has(key)) {
            this.memory.set(key, answer());
        }
        return this.memory.get(key);
    }

    // Since when somebody is in a room; NEVER: is not.
    stay(user, room, n) {
        const all = this.h.of('member').filter((o) => o.n < n && o.user === user && o.room === room);
        if (all.length === 0 || all.at(-1).flags.includes('left')) {
            return NEVER;
        }
        return all[all.findLastIndex((o) => o.flags.includes('left')) + 1].until;
    }

    // Until when a room had too many.
    crowded(room, n) {
        const inside = new Set();
        let until = -NEVER;
        for (const o of this.h.of('member').filter((m) => m.n < n && m.room === room)) {
            inside[o.flags.includes('left') ? 'delete' : 'add'](o.user);
            until = inside.size > this.h.bounds.room_max ? NEVER : until === NEVER ? o.until : until;
        }
        return until;
    }

    // When the device asked to be told of somebody, on its present connection; NEVER: it did not, or does no more.
    watched(device, user, n) {
        const last = this.h.of('watch').findLast((o) => o.n < n && o.device === device && o.user === user &&
            this.h.welcome(device, o.n) !== null);
        return last === undefined || last.flags.includes('left') ||
            this.h.connection(device, last.n) !== this.h.connection(device, n) ? NEVER : last.at;
    }

    owedSince(device, user, n) {
        const mine = this.h.devices.get(device);
        const shares = this.remember(`shares ${mine} ${user}`, n, () => mine === user || [...new Set(this.h.of('member')
            .filter((o) => o.n < n && o.user === user).map((o) => o.room))].some((room) =>
            this.stay(user, room, n) < NEVER && this.stay(mine, room, n) < NEVER));
        return min(this.together(user, mine, n), shares ? this.watched(device, user, n) : NEVER);
    }
}
