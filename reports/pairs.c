/* See pairs.h. */
#include "reports/pairs.h"

#include <inttypes.h>

/* -1: of nothing. */
static int64_t permille(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (int64_t)(part * 1000 / whole) : -1;
}

static uint64_t all(const struct pairs *pairs)
{
    return pairs->bare + pairs->extended + pairs->excused;
}

void report_pairs_json(const struct pairs *pairs, struct buf *out)
{
    const struct {
        const char *name;
        uint64_t part, whole;
    } shares[] = {
        {"bare", pairs->bare, all(pairs)},
        {"extended", pairs->extended, all(pairs)},
        {"excused", pairs->excused, all(pairs)},
        {"excused_of_online", pairs->excused_online, pairs->online},
    };
    buf_printf(out,
               "  \"delivery_pairs\": {\"bare\": %" PRIu64 ", \"extended\": %" PRIu64
               ", \"excused\": %" PRIu64 ", \"online\": %" PRIu64 ", \"excused_online\": %" PRIu64,
               pairs->bare, pairs->extended, pairs->excused, pairs->online, pairs->excused_online);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        const int64_t share = permille(shares[i].part, shares[i].whole);
        buf_printf(out, ", \"%s_permille\": ", shares[i].name);
        if (share >= 0) {
            buf_add_i64(out, share);
        } else {
            buf_add_text(out, "null");
        }
    }
    buf_add_text(out, "},\n");
}

static void put_share(struct buf *out, uint64_t part, uint64_t whole, const char *what)
{
    const int64_t share = permille(part, whole);
    buf_printf(out, "%" PRId64 ".%" PRId64 " %% %s", share / 10, share % 10, what);
}

void report_pairs_text(const struct pairs *pairs, struct buf *out)
{
    const uint64_t whole = all(pairs);

    if (whole == 0) {
        return;
    }
    buf_add_text(out, "Delivery judged: ");
    put_share(out, pairs->bare, whole, "at the bare bound, ");
    put_share(out, pairs->extended, whole, "at a later one, ");
    put_share(out, pairs->excused, whole, "excused");
    if (pairs->online > 0) {
        buf_add_text(out, " (");
        put_share(out, pairs->excused_online, pairs->online, "of who was online)");
    }
    buf_add_char(out, '\n');
}
