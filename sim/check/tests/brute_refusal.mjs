// The second judge's view of answers to what people wrote: SYN-12, SYN-17, SYN-19, SYN-22, LIV-01.
//
// An attempt is a `put` or `resend`; its answer is an `ack` or `nack` of the message that comes before the next
// attempt.
import {NO_KEY} from './brute_history.mjs';
import {Knowledge} from './brute_time.mjs';

const of = (h, kinds, sender, client_id, n = Infinity) => h.of(...kinds).filter((o) =>
    o.n < n && o.client_id === client_id && h.writer(o.device) === sender);

// The messages that people wrote: [{send, sender}].
function written(h, n = Infinity) {
    return h.of('send').filter((o) => o.n < n && o.client_id !== NO_KEY).map((send) =>
        ({send, sender: h.writer(send.device)})).filter(({send, sender}) =>
        h.sendOf(sender, send.client_id) === send);
}

const known = (h, sender, client_id, n) => h.sendOf(sender, client_id, n) !== undefined ||
    h.commitsOf(sender, client_id, n).length > 0 || of(h, ['ack'], sender, client_id, n).length > 0;

function attempts(h, sender, client_id, n = Infinity) {
    return of(h, ['put', 'resend'], sender, client_id, n).filter((o) => (o.kind === 'put' || h.saw('put', o.n)) &&
        known(h, sender, client_id, o.n));
}

function refusals(h, sender, client_id, n = Infinity) {
    return of(h, ['nack'], sender, client_id, n).filter((o) => h.saw('put', o.n) &&
        known(h, sender, client_id, o.n));
}

// Before observation n, whether nothing is left that may commit the message: it was refused for good, or each
// attempt was.
function refused(h, sender, client_id, n) {
    const answers = refusals(h, sender, client_id, n);
    return answers.some((o) => !o.flags.includes('temporary')) ||
        answers.length >= attempts(h, sender, client_id, n).length;
}

// Whether a device shows this place of a room, as far as its display is in order.
function isShown(h, device, room, seq, n) {
    return seq > 0 && h.shownBefore(device, room, n).some((o) => o.seq === seq);
}

export const invariants = {
    // What a device shows of what its person wrote is replaced once, before its entry is shown or acked.
    'SYN-19': {needs: ['send', 'replaced'], find(h, found) {
        for (const {send, sender} of written(h)) {
            const {device, room, client_id} = send;
            const all = h.of('replaced').filter((o) => o.n > send.n && o.device === device && o.client_id === client_id);
            for (const o of all) {
                const row = h.row(o.room, o.seq, o.n);
                found.test(o === all[0] && !isShown(h, device, room, o.seq, o.n) &&
                    (row === undefined || (row.id === o.id && row.client_id === client_id)), o.n);
            }
            const acks = of(h, ['ack'], sender, client_id);
            for (const o of acks.filter(({n}) => n > send.n && h.saw('replaced', n) && h.welcome(device, n) !== null)) {
                found.test(all.some((other) => other.n < o.n), o.n);
            }
            const failed = of(h, ['failed'], sender, client_id).length > 0;
            for (const end of h.of('end').filter(({n}) => h.saw('replaced', n))) {
                if (all.length === 0 && acks.length === 0 && !failed && !h.lost(send, end.n)) {
                    const place = h.commitsOf(sender, client_id, end.n).at(-1)?.seq ?? 0;
                    found.test(!isShown(h, device, room, place, end.n), end.n);
                }
            }
        }
    }},

    // At rest each message was acked, or is shown as failed.
    'SYN-12': {needs: ['send', 'end'], find(h, found) {
        for (const end of h.of('end').filter((o) => o.flags.includes('quiet'))) {
            for (const {send, sender} of written(h, end.n).filter((one) => !h.lost(one.send, end.n))) {
                const told = of(h, ['ack', 'failed'], sender, send.client_id, end.n).some((o) =>
                    o.kind === 'ack' || known(h, sender, send.client_id, o.n));
                found.test(told, end.n);
            }
        }
    }},

    // What was refused is not in the log, and does not come there.
    'SYN-17': {needs: ['put', 'commit', 'nack'], find(h, found) {
        for (const o of h.of('nack')) {
            const sender = h.writer(o.device);
            if (refusals(h, sender, o.client_id).includes(o)) {
                const committed = h.commitsOf(sender, o.client_id, o.n).length > 0;
                found.test(!committed || !refused(h, sender, o.client_id, o.n + 1), o.n);
            }
        }
        for (const o of h.of('commit').filter((c) => c.client_id !== NO_KEY && c.node !== null)) {
            if (refusals(h, o.sender, o.client_id, o.n).length > 0) {
                found.test(!refused(h, o.sender, o.client_id, o.n), o.n);
            }
        }
    }},

    // Who was a member before the message was first put on the wire is not refused for good.
    'SYN-22': {needs: ['send', 'ack', 'member'], find(h, found) {
        found.judged += h.of('ack').length;
        for (const o of h.of('nack').filter((nack) => !nack.flags.includes('temporary'))) {
            const sender = h.writer(o.device);
            const send = h.sendOf(sender, o.client_id, o.n);
            const [first] = attempts(h, sender, o.client_id, o.n);
            if (!refusals(h, sender, o.client_id).includes(o)) {
                continue;
            }
            const from = send === undefined ? null : h.memberFrom(o.device, send.room, o.n);
            const joined = from === null ? undefined : h.row(send.room, from, o.n);
            found.test(joined === undefined || (first !== undefined && joined.until > first.until), o.n);
        }
    }},

    // From a put on the wire to its answer, while the whole way was well from before it on.
    'LIV-01': {needs: ['put', 'commit'], find(h, found) {
        const know = new Knowledge(h);
        const b = h.bounds;
        for (const o of h.of('put', 'resend')) {
            const sender = h.writer(o.device);
            if (o.client_id === NO_KEY || !attempts(h, sender, o.client_id).includes(o)) {
                continue;
            }
            const welcome = h.welcome(o.device, o.n);
            const node = welcome !== null ? welcome.node : o.node;
            const connection = h.connection(o.device, o.n);
            const direct = h.of('writes_to').some((w) => w.n < o.n && w.client_id === o.client_id &&
                h.writer(w.device) === sender); // the room of the two may have to be made first
            const bound = 2 * b.client_latency_us + (welcome !== null && !direct ? 1 : 2) * b.database_us;
            const next = h.all.find((other) => other.n > o.n && other.at > o.until + bound);
            const answer = of(h, ['ack', 'nack', 'put', 'resend'], sender, o.client_id).find((other) => other.n > o.n);
            const judged = [answer, next].filter((other) => other !== undefined).sort((x, y) => x.n - y.n)[0];
            if (judged === undefined || ['put', 'resend'].includes(judged.kind) && judged === answer) {
                continue;
            }
            const n = judged.n;
            const there = welcome === null ||
                (h.welcome(o.device, n) !== null && h.connection(o.device, n) === connection);
            const well = there && node !== null && know.device(o.device, n) < o.until && know.database(n) < o.until &&
                know.lastOf('node_down', node, n) < o.until && know.lastOf('node_up', node, n) < o.until &&
                know.paused(node, n) < o.until;
            if (well) {
                found.test(judged === answer && judged !== next, n); // the first to come late may be the answer
            }
        }
    }},
};
