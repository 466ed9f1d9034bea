// The second judge's view of pages backwards, which are a part of SYN-05 and SYN-07.
//
// Each is a session of one page: of the entries next below the place that was asked for, or of the last ones.

// Each with its observations, up to its page, or to where the device asks for another one.
export function backs(h) {
    return h.of('back').map((begin) => {
        const next = h.of('back').find((o) => o.n > begin.n && o.device === begin.device)?.n ?? Infinity;
        const mine = h.of('sync_row', 'sync_head', 'sync_page').filter((o) => o.n > begin.n && o.n < next &&
            o.device === begin.device && o.value === begin.value);
        const page = mine.find((o) => o.kind === 'sync_page');
        return {number: begin.value, device: begin.device, begin, page,
            all: [begin, ...mine.filter((o) => o.n <= (page?.n ?? Infinity))]};
    });
}

const rowsOf = (back) => back.all.filter((o) => o.kind === 'sync_row');

// Where its page has to end; what is its person's begins above `from`.
function bounds(h, {begin, page, all}) {
    const head = all.findLast((o) => o.kind === 'sync_head' && o.room === begin.room)?.seq ?? 0;
    return {from: h.memberFrom(begin.device, begin.room, page.n),
        end: begin.seq === 0 || begin.seq > head ? head : begin.seq - 1};
}

const judged = (h) => backs(h).filter((back) => back.page !== undefined && bounds(h, back).from !== null);

// SYN-05: without a hole, and up to the place, or the head.
export function backsAreWhole(h, found) {
    for (const back of backs(h)) {
        rowsOf(back).forEach((o, i, rows) => found.test(o.room === back.begin.room &&
            (i === 0 || o.seq === rows[i - 1].seq + 1), o.n));
    }
    for (const back of judged(h)) {
        const {from, end} = bounds(h, back);
        found.test((rowsOf(back).at(-1)?.seq ?? 0) === end || end <= from, back.page.n);
    }
}

// SYN-07: within the limit; and who says that there is no more has given the first of all.
export function backsGoOn(h, found) {
    for (const {page} of backs(h)) {
        if (page !== undefined && h.bounds.page_rows > 0 && page.seq > h.bounds.page_rows) {
            found.broken.push(page.n);
        }
    }
    for (const back of judged(h)) {
        const {from, end} = bounds(h, back);
        const below = rowsOf(back).length > 0 ? rowsOf(back)[0].seq - 1 : end;
        found.test(back.page.flags.includes('more') || below <= from, back.page.n);
    }
}
