// The second judge's view of tokens: SEC-03, and what of them is a cause of an end in LIV-13.
//
// A connection stands on the token of its hello, then on each other one that a refresh brought and that ends no sooner.
import {HELLO, WELCOME} from './brute_edge.mjs';
import {NO_KEY} from './brute_history.mjs';
import {Knowledge, NEVER} from './brute_time.mjs';

// Keys (XXH3 64) of types of frames and codes of errors.
export const REFRESH = 'cce784ec7d94e438';
export const REFRESHED = '945af5d5788132ce';
export const UNAUTHENTICATED = 'e61d0b095b114a4a';
const EXPIRED = 4001;
const WALL_STEP_US = 999; // it shows whole milliseconds
const {max, min} = Math;

const tokenOf = (h, id, n) => h.of('issued').find((o) => o.id === id && o.n < n);

// When a token was revoked first, as far as was told before n.
export const revokedAt = (h, token, n) => min(NEVER, ...h.of('revoked').filter((o) => o.n < n &&
    (o.user === null ? o.id === token.id : o.user === token.user && token.seq <= o.seq)).map((o) => o.until));

// By the slowest clock, as T of typing.
function revokedBound(b) {
    const [us, ppm] = [b.revoked_us ?? 0, b.drift_ppm ?? 0];
    return us + Math.floor(us / 1e6) * ppm + Math.floor((us % 1e6) * ppm / 1e6) + (ppm > 0 ? 1 : 0) + 2 * b.database_us;
}

// From when on a node has no excuse for a token that was revoked; NEVER: it has.
function known(h, know, node, token, n) {
    const at = revokedAt(h, token, n);
    return at === NEVER ? NEVER : max(at, know.databaseOf(node, n), know.paused(node, n)) + revokedBound(h.bounds);
}

// What happened to the tokens of a connection, in order: those that it was offered, and the frames between them.
function story(h, conn) {
    const last = conn.all.at(-1);
    const end = ['gone', 'hangup'].includes(last.kind) ? last.n
        : h.of('node_down').find((o) => o.n > conn.arrived.n && o.node === conn.node)?.n ?? NEVER;
    const offers = h.of('token').filter((o) => o.n > conn.arrived.n && o.n < end && o.device === conn.device &&
        o.value === conn.value && !o.flags.includes('held') && tokenOf(h, o.id, o.n) !== undefined);
    const frames = conn.all.filter((o) => ['heard', 'said', 'hangup', 'gone'].includes(o.kind));
    return {end, all: [...offers, ...frames].sort((a, b) => a.n - b.n)};
}

class Bearer {
    constructor(h, know, conn) {
        Object.assign(this, {h, know, conn, offer: null, refreshes: false, stands: []});
    }

    isGood(offer) {
        const token = tokenOf(this.h, offer.id, offer.n);
        return offer.seq > 0 && this.h.devices.get(this.conn.device) === token.user &&
            !(known(this.h, this.know, offer.node, token, offer.n) < offer.at);
    }

    // By the node's clock; `n`: since when.
    stand(offer, n) {
        const token = tokenOf(this.h, offer.id, n);
        const old = this.stands.at(-1);
        const left = offer.timestamp + offer.seq * 1000;
        if (old !== undefined && token.value < old.token.value) {
            return;
        }
        const later = old === undefined ? left : old.end + (token.value - old.token.value) * 1000;
        this.stands.push({token, n, end: min(left, later), wall: left - WALL_STEP_US});
    }

    // Each clause as (judged, holds, n).
    walk(test) {
        const {all} = story(this.h, this.conn);
        for (const o of all) {
            this[o.kind](o, test);
        }
        return this.stands;
    }

    token(o) {
        this.offer = o;
        this.lastOffer = o;
    }

    heard(o, test) {
        if (this.refreshes) {
            test(false, o.n);
        }
        this.refreshes = this.offer !== null && o.content === REFRESH && this.stands.length > 0;
        if (this.offer !== null && o.content === HELLO && this.stands.length === 0 && this.isGood(this.offer)) {
            this.stand(this.offer, o.n);
        }
        this.offer = this.refreshes ? this.offer : null;
    }

    said(o, test) {
        const now = this.stands.at(-1);
        if (now !== undefined && o.timestamp >= now.end) {
            test(false, o.n);
        }
        if (o.content === WELCOME && this.lastOffer !== undefined) {
            test(now !== undefined && !(known(this.h, this.know, o.node, now.token, o.n) < o.at), o.n);
        }
        if (this.refreshes && [REFRESHED, UNAUTHENTICATED].includes(o.content)) {
            const good = this.isGood(this.offer);
            const revoked = revokedAt(this.h, tokenOf(this.h, this.offer.id, o.n), o.n) < NEVER;
            test(o.content === REFRESHED ? good : !good || revoked, o.n);
            if (o.content === REFRESHED && good) {
                this.stand(this.offer, o.n);
            }
            this.refreshes = false;
            this.offer = null;
        }
    }

    hangup(o, test) {
        if (o.seq === EXPIRED && this.stands.length > 0) {
            test(true, o.n);
        }
    }

    gone() {}
}

// How far the wall of a node was set forward between two observations.
function jumped(h, node, from, to) {
    const walls = h.of('wall').filter((o) => o.node === node);
    let ms = 0;
    for (let i = 1; i < walls.length; i += 2) {
        ms += walls[i].n > from && walls[i].n < to ? walls[i].value - walls[i - 1].value : 0;
    }
    return ms;
}

// Whether the node may say of a connection that its token is over, as it closes it.
export function isOver(h, know, conn, o) {
    const now = new Bearer(h, know, conn).walk(() => {}).findLast((one) => one.n < o.n);
    return now !== undefined && (o.timestamp >= now.end || revokedAt(h, now.token, o.n) <= o.at ||
        o.timestamp >= now.wall - jumped(h, conn.node, now.n, o.n) * 1000);
}

// Whether what it came with was revoked.
export function wasRevoked(h, conn, o) {
    const offer = story(h, conn).all.findLast((x) => x.kind === 'token' && x.n < o.n);
    return offer !== undefined && revokedAt(h, tokenOf(h, offer.id, offer.n), o.n) < NEVER;
}

// The first observation at which a connection is there that should not be, or null.
function outlived(h, know, conn, stands) {
    const {end} = story(h, conn);
    let clock = -NEVER;
    let at = 0;
    for (let n = conn.arrived.n + 1; n <= end && n < h.all.length; n++) {
        const o = h.all[n];
        const now = stands.findLast((one) => one.n < n);
        if (now !== undefined && o.at > know.paused(conn.node, n) && (clock - now.end > h.bounds.announce_us ||
            known(h, know, conn.node, now.token, n) < o.at)) {
            return n;
        }
        if (o.node === conn.node && ['heard', 'said', 'hangup', 'gone'].includes(o.kind)) {
            clock = o.timestamp;
            at = o.at;
        }
    }
    return at < 0 ? at : null;
}

export const bearers = (connections) => ({
    'SEC-03': {needs: ['token', 'heard'], find(h, found) {
        const know = new Knowledge(h);
        for (const conn of connections(h)) {
            const stands = new Bearer(h, know, conn).walk((holds, n) => found.test(holds, n));
            const n = stands.length > 0 ? outlived(h, know, conn, stands) : null;
            if (n !== null) {
                found.test(false, n);
            }
        }
        for (const ack of h.of('ack_sent')) {
            const post = h.of('token').findLast((o) => o.n < ack.n && o.device === ack.device &&
                o.flags.includes('held') && tokenOf(h, o.id, o.n) !== undefined);
            if (post !== undefined) {
                const token = tokenOf(h, post.id, post.n);
                found.test(post.seq > 0 && h.devices.get(post.device) === token.user &&
                    !(known(h, know, post.node, token, post.n) < post.at), ack.n);
            }
        }
    }},
});
