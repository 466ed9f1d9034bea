// The second judge's view of who types: TYP-04, TYP-08, TYP-09, TYP-10.
import {NO_KEY} from './brute_history.mjs';
import {after, isMember, isStart, mayType, used} from './brute_typists.mjs';

const DENIED = 'b76298f28a52b297'; // the key of this code

const isFrom = (o, n) => o.n > n.n && o.at === n.at;

export const invariants = {
    // Starts of one person that leave a node on one connection are apart, by the node's clock.
    'TYP-04': {needs: ['typing_told'], find(h, found) {
        const starts = used(h) ? h.of('typing_told').filter(isStart) : [];
        for (const o of starts) {
            const last = starts.findLast((other) => other.n < o.n && other.device === o.device &&
                other.user === o.user && other.room === o.room);
            if (last !== undefined && last.node === o.node && last.value === o.value) {
                found.test(o.timestamp - last.timestamp >= h.bounds.typing_throttle_us, o.n);
            }
        }
    }},

    // By the end of the instant in which a message is shown, its writer is not shown as typing.
    'TYP-08': {needs: ['typist', 'shown'], find(h, found) {
        const senders = new Map([...h.names].map(([user, sender]) => [sender, user]));
        for (const o of used(h) ? h.of('shown').filter((row) => !row.event && row.sender !== NO_KEY) : []) {
            const of = h.of('typist').filter((t) => t.device === o.device && t.room === o.room &&
                t.user === senders.get(o.sender));
            if (of.findLast((t) => t.n < o.n)?.value === 1) {
                const hidden = of.some((t) => isFrom(t, o) && t.value !== 1);
                found.test(hidden || after(h, o.at, o.n) === undefined, after(h, o.at, o.n)?.n);
            }
        }
    }},

    // A node keeps no more than those of whom any node heard shortly before.
    'TYP-09': {needs: ['typed', 'typists'], find(h, found) {
        const b = h.bounds;
        const kept = b.typing_us + 2 * b.typing_throttle_us + b.redis_us;
        for (const o of used(h) ? h.of('typists') : []) {
            const most = new Set(h.of('typed').filter((t) => t.n < o.n && isStart(t) && o.at <= t.at + kept &&
                mayType(h, t))
                .map((t) => `${h.devices.get(t.device)} ${t.room}`)).size;
            found.test(o.value <= most, o.n);
        }
    }},

    // Told are the others in the room, of those in it; anybody else who says that they type is refused at once.
    'TYP-10': {needs: ['member', 'typed'], find(h, found) {
        for (const o of used(h) ? h.of('typing_told') : []) {
            const user = h.devices.get(o.device);
            found.test(user !== o.user && [user, o.user].every((one) => isMember(h, one, o.room, o.n)), o.n);
        }
        for (const o of used(h) ? h.of('typed') : []) {
            if (!mayType(h, o)) {
                const refused = h.of('said').some((s) => s.device === o.device && isFrom(s, o) && s.content === DENIED);
                found.test(refused || after(h, o.at, o.n) === undefined, after(h, o.at, o.n)?.n);
            }
        }
    }},
};
