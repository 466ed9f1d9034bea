/* See remove.h. */
#include "sim/shrink/remove.h"

#include "server/base/mem.h"
#include "sim/plan/seats.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW        16 /* chunks that are asked of at once */
#define PEOPLE_FEW    4  /* of more, numbers are tried */
#define NUMBERS       6  /* of people and of actions */
#define FEW           4 /* of more than so many pieces of a kind, and at most MANY, each number is tried */
#define MANY          64
#define BYSTANDERS_OF 3 /* so few people are tried one by one */

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

/* Where many are left, each number of them: halves miss what goes by sixteen. */
static void remove_first_ones(struct shrink *shrink, enum piece_kind kind)
{
    uint32_t len;
    struct piece *pieces = pieces_of(&shrink->best, kind, &len);
    struct candidates candidates = {.len = 0};
    bool gone = len <= FEW || len > MANY;

    for (uint32_t count = len - 1; !gone && count > 1 && !shrink->over; count--) {
        struct plan *plan = candidates_add(&candidates, &shrink->best, count);
        if (pieces_remove(plan, pieces, count) != NULL) {
            candidates_drop_last(&candidates);
        }
        if (candidates.len == WINDOW || count == 2) {
            gone = ask(shrink, &candidates, false) != ASK_NONE;
        }
    }
    free(pieces);
}

static void remove_chunks(struct shrink *shrink, enum piece_kind kind, bool coarse)
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

void remove_pieces(struct shrink *shrink, enum piece_kind kind, bool coarse)
{
    remove_chunks(shrink, kind, coarse);
    if (coarse) {
        remove_first_ones(shrink, kind);
    }
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

/* --- Numbers -------------------------------------------------------------------------------- */

/* Only so many actions, the last or the first ones. */
static void keep_actions(struct plan *plan, uint32_t count, bool last)
{
    if (last) {
        memmove(plan->actions, plan->actions + (plan->actions_len - count),
                count * sizeof *plan->actions);
    }
    plan->actions_len = count;
}

/* Who does the plan's actions and whom the failure names; how many. */
static uint32_t keep_actors(const struct shrink *shrink, const struct plan *plan, bool *kept)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < plan->actions_len; i++) {
        kept[plan_user_of(plan, plan->actions[i].name.client)] = true;
    }
    for (uint32_t i = 0; i < shrink->best_run.devices_len; i++) {
        if (shrink->best_run.devices[i] < plan->clients) {
            kept[plan_user_of(plan, shrink->best_run.devices[i])] = true;
        }
    }
    for (uint32_t user = 0; user < plan_users(plan); user++) {
        kept[user] = kept[user] && !plan_drops_user(plan, user);
        count += kept[user];
    }
    return count;
}

/* Others, from the first on, until there are so many. */
static uint32_t fill_up(const struct plan *plan, bool *kept, uint32_t count, uint32_t wanted)
{
    for (uint32_t user = 0; user < plan_users(plan) && count < wanted; user++) {
        if (!kept[user] && !plan_drops_user(plan, user)) {
            kept[user] = true;
            count++;
        }
    }
    return count;
}

/* Nothing, if so many actions take more people, or there are not so many. */
static void add_numbers(const struct shrink *shrink, struct candidates *candidates,
                        uint32_t actions, uint32_t people, bool last)
{
    struct plan few;
    bool *kept = hb_calloc(plan_users(&shrink->best), sizeof *kept);

    plan_copy(&shrink->best, &few);
    keep_actions(&few, actions, last);
    const uint32_t actors = keep_actors(shrink, &few, kept);
    if (actors <= people && fill_up(&few, kept, actors, people) == people) {
        add_only(candidates, &few, kept);
    }
    plan_deinit(&few);
    free(kept);
}

void remove_to_numbers(struct shrink *shrink)
{
    const uint32_t all = shrink->best.actions_len;
    struct candidates candidates = {.len = 0};

    if (!shrink->best.written_out || pieces_count(&shrink->best, PIECE_PERSON) <= PEOPLE_FEW) {
        return;
    }
    for (uint32_t people = 1; people <= NUMBERS; people++) {
        for (uint32_t actions = 0; actions <= all && actions <= NUMBERS; actions++) {
            for (int last = 0; last <= 1; last++) {
                add_numbers(shrink, &candidates, actions, people, last != 0);
                if (candidates.len == CANDIDATES_MAX &&
                    ask(shrink, &candidates, false) != ASK_NONE) {
                    return;
                }
            }
        }
    }
    (void)ask(shrink, &candidates, false);
}
