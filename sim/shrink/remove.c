/* See remove.h. */
#include "sim/shrink/remove.h"

#include "server/base/mem.h"
#include "sim/plan/seats.h"

#include <stdlib.h>

#define WINDOW        16 /* chunks that are asked of at once */
#define BYSTANDERS_OF 3  /* so few people are tried one by one */

/* Asks of the chunks from piece `from` on, as many as fit. The first piece of the chunk that went; ASK_NONE: none.
 * `ret_next`: the first that was not asked of. */
static uint32_t remove_one_of(struct shrink *shrink, const struct piece *pieces, uint32_t len,
                              uint32_t size, uint32_t from, uint32_t *ret_next)
{
    struct candidates candidates = {.len = 0};

    while (from < len && candidates.len < WINDOW) {
        const uint32_t chunk = len - from < size ? len - from : size;
        struct plan *plan = candidates_add(&candidates, &shrink->best, from);
        if (pieces_remove(plan, pieces + from, chunk) != NULL) {
            candidates_drop_last(&candidates);
        }
        from += chunk;
    }
    *ret_next = from;
    return ask(shrink, &candidates, false);
}

void remove_pieces(struct shrink *shrink, enum piece_kind kind, bool coarse)
{
    uint32_t len;
    struct piece *pieces = pieces_of(&shrink->best, kind, &len);
    uint32_t size = coarse ? len : 1;

    for (; len > 0 && size > 0 && !shrink->over; size = size < len ? size / 2 : len / 2) {
        for (uint32_t from = 0; from < len && !shrink->over;) {
            uint32_t next;
            const uint32_t went = remove_one_of(shrink, pieces, len, size, from, &next);
            from = went != ASK_NONE ? went : next;
            if (went != ASK_NONE) {
                free(pieces);
                pieces = pieces_of(&shrink->best, kind, &len);
            }
        }
    }
    free(pieces);
}

/* --- Bystanders ----------------------------------------------------------------------------- */

static void keep_members(const struct plan *plan, uint32_t room, bool *kept)
{
    struct seats seats;

    seats_init(&seats, plan);
    for (uint32_t place = seats.first[room]; place < seats.first[room + 1]; place++) {
        kept[seats.users[place]] = true;
    }
    seats_deinit(&seats);
}

static void add_only(struct candidates *candidates, const struct plan *best, const bool *kept)
{
    struct plan *plan = candidates_add(candidates, best, 0);
    struct piece *gone = hb_calloc(plan_users(best), sizeof *gone);
    uint32_t gone_len = 0;

    for (uint32_t user = 0; user < plan_users(best); user++) {
        if (!kept[user]) {
            gone[gone_len++] = (struct piece){.kind = PIECE_PERSON, .number = user};
        }
    }
    if (pieces_remove(plan, gone, gone_len) != NULL) {
        candidates_drop_last(candidates);
    }
    free(gone);
}

void remove_bystanders(struct shrink *shrink)
{
    const struct plan *best = &shrink->best;
    const struct shrink_run *run = &shrink->best_run;
    const uint32_t users = plan_users(best);
    struct candidates candidates = {.len = 0};

    if (pieces_count(best, PIECE_PERSON) <= BYSTANDERS_OF) {
        return;
    }
    bool *kept = hb_calloc(users, sizeof *kept);
    for (uint32_t i = 0; i < run->devices_len; i++) {
        if (run->devices[i] < best->clients) {
            kept[plan_user_of(best, run->devices[i])] = true;
        }
    }
    if (run->devices_len > 0) {
        add_only(&candidates, best, kept);
    }
    if (run->room < best->rooms) {
        keep_members(best, run->room, kept);
        add_only(&candidates, best, kept);
    }
    free(kept);
    (void)ask(shrink, &candidates, false);
}
