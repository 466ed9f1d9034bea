// The second judge's view of rooms on screen: SYN-23. What is missing there comes before that of other rooms.
import {display} from './brute_marks.mjs';
import {asked, firstHead, given, notYetJoined, pagesOf, sessions} from './brute_pages.mjs';

// No page has an entry of another room while that one lacks something.
function inPages(h, found) {
    for (const session of sessions(h)) {
        const {device, number, begin} = session;
        const end = session.end ?? Infinity;
        const focusAt = (n) => h.of('focus').findLast((o) => o.n > begin.n && o.n < n && o.n < end &&
            o.device === device && o.value === number && o.value !== 0)?.room ?? null;
        let since = -1;
        for (const page of pagesOf(session)) {
            const room = focusAt(page.n);
            const others = session.all.some((o) => o.kind === 'sync_row' && o.n > since && o.n < page.n &&
                o.room !== focusAt(o.n));
            since = page.n;
            const head = room === null || !asked(session, page.n).has(room) ? undefined
                : firstHead(session, room, page.n);
            if (head !== undefined) {
                found.test(!others || given(session, room, page.n) >= head ||
                    notYetJoined(h, device, room, head + 1, page.n), page.n);
            }
        }
    }
}

// The room that a hello named as on screen, and the head up to which what it lacks there follows its welcome.
function followed(h, welcome, n) {
    const {device} = welcome;
    const before = h.of('focus', 'conn_open', 'welcome').findLast((o) => o.n < welcome.n && o.device === device &&
        (o.kind !== 'focus' || o.value === 0));
    const room = before?.kind === 'focus' ? before.room : null;
    const head = h.of('head').findLast((o) => o.n > welcome.n && o.n < n && o.device === device && o.room === room &&
        o.flags.includes('more'));
    return room === null || head === undefined ? null : {room, head: head.seq};
}

// The first row of each other room after a welcome comes behind what was to follow it.
function afterWelcomes(h, found) {
    for (const o of h.of('shown')) {
        const welcome = h.of('welcome').findLast((w) => w.n < o.n && w.device === o.device);
        const begun = (room) => h.epoch(o.device, room, o.n) > welcome.n ||
            h.of('shown', 'gap').some((other) => other.n > welcome.n && other.n < o.n && other.device === o.device &&
                other.room === room && (other.kind === 'shown' || (!other.flags.includes('left') &&
                    display(h, o.device, room, other.n + 1).holds)));
        const knew = welcome !== undefined && h.of('member').some((m) => m.n < welcome.n && m.room === o.room &&
            m.user === h.devices.get(o.device));
        const first = !knew || begun(o.room) ? null : followed(h, welcome, o.n);
        if (first === null || first.room === o.room) {
            continue;
        }
        const {last} = display(h, o.device, first.room, o.n);
        if (last > 0 && h.memberFrom(o.device, first.room, o.n) !== null) { // or it begins at the head
            found.test(last >= first.head, o.n);
        }
    }
}

export const invariants = {
    'SYN-23': {needs: ['focus'], find(h, found) {
        inPages(h, found);
        afterWelcomes(h, found);
    }},
};
