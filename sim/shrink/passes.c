/* The order of all that is tried. See shrink.h. */
#include "server/base/mem.h"
#include "sim/explore/fits.h"
#include "sim/plan/actions.h"
#include "sim/shrink/ask.h"
#include "sim/shrink/remove.h"
#include "sim/shrink/settings.h"
#include "sim/shrink/shrink.h"
#include "sim/shrink/times.h"

#include <stdlib.h>

#define ROUNDS_MAX   8
#define WRITE_MAX    20000 /* actions that are written out at most: before, people have to go */
#define MESSAGES_FEW 8     /* of more than so many, smaller pages and the like may spare some */

void shrink_result_deinit(struct shrink_result *result)
{
    plan_deinit(&result->plan);
    for (uint32_t i = 0; i < result->others_len; i++) {
        plan_deinit(&result->others[i].plan);
    }
    free(result->left);
    *result = (struct shrink_result){.failed = false};
}

/* --- Passes --------------------------------------------------------------------------------- */

static void write_actions(struct shrink *shrink)
{
    struct candidates candidates = {.len = 0};
    struct plan *plan = candidates_add(&candidates, &shrink->best, 0);

    if (!shrink->best.written_out && plan_write_actions(plan) && plan->actions_len <= WRITE_MAX) {
        (void)ask(shrink, &candidates, false);
        return;
    }
    candidates_drop_last(&candidates);
}

static void remove_all(struct shrink *shrink, bool coarse)
{
    remove_pieces(shrink, PIECE_GENERATOR, coarse);
    remove_pieces(shrink, PIECE_FAULT, coarse);
    remove_pieces(shrink, PIECE_PERSON, coarse);
    remove_pieces(shrink, PIECE_DEVICE, coarse);
    write_actions(shrink);
    remove_pieces(shrink, PIECE_ROOM, coarse);
    remove_pieces(shrink, PIECE_NODE, coarse);
    remove_pieces(shrink, PIECE_ACTION, coarse);
    if (coarse) {
        remove_to_numbers(shrink);
    }
}

/* Smaller pages are worth it only if fewer messages follow; settings_default takes back what was not. */
static void spare_messages(struct shrink *shrink)
{
    if (shrink->best_run.messages > MESSAGES_FEW) {
        settings_least(shrink);
        remove_pieces(shrink, PIECE_ACTION, true);
    }
}

static void round_of_all(struct shrink *shrink, bool first)
{
    remove_all(shrink, first);
    times_cut(shrink);
    if (first) {
        spare_messages(shrink);
    }
    times_move(shrink);
    settings_default(shrink);
    settings_sizes(shrink);
}

/* Until a whole round leaves it as it is. */
static void until_nothing_goes(struct shrink *shrink)
{
    remove_bystanders(shrink);
    settings_text(shrink);
    times_cut(shrink);
    for (uint32_t i = 0; i < ROUNDS_MAX && !shrink->over; i++) {
        const uint64_t before = shrink->taken;
        round_of_all(shrink, i == 0);
        if (shrink->taken == before) {
            shrink->result->whole = !shrink->over;
            return;
        }
    }
}

/* --- The certificate ------------------------------------------------------------------------ */

static void certify_kind(struct shrink *shrink, enum piece_kind kind)
{
    struct shrink_result *result = shrink->result;
    uint32_t len;
    struct piece *pieces = pieces_of(&shrink->best, kind, &len);

    result->left = hb_realloc(result->left, (result->left_len + len + 1) * sizeof *result->left);
    for (uint32_t i = 0; i < len; i++) {
        struct shrink_left left = {.piece = pieces[i], .without.end = SHRINK_WRONG};
        struct plan plan;
        plan_copy(&shrink->best, &plan);
        left.why = pieces_remove(&plan, &pieces[i], 1);
        left.why = left.why != NULL ? left.why : ask_wrong(shrink, &plan);
        const bool told = left.why != NULL || ask_one(shrink, &plan, &left.without);
        plan_deinit(&plan);
        if (told) {
            result->left[result->left_len++] = left;
        }
    }
    free(pieces);
}

static void certify(struct shrink *shrink)
{
    for (int kind = 0; kind < PIECE_KINDS; kind++) {
        if (kind != PIECE_GENERATOR || !shrink->best.written_out) {
            certify_kind(shrink, (enum piece_kind)kind);
        }
    }
}

/* --- All ------------------------------------------------------------------------------------ */

void shrink_plan(const struct plan *plan, const struct scenario *scenario,
                 const struct reason *wanted, const struct shrink_oracle *oracle,
                 struct shrink_result *ret)
{
    struct shrink shrink = {.scenario = scenario, .oracle = oracle, .result = ret};

    *ret = (struct shrink_result){.failed = false};
    if (oracle->run(oracle->user, plan, 1, wanted, UINT64_MAX, &ret->was) < 1) {
        return;
    }
    ret->runs = 1;
    ret->failed =
        ret->was.end == SHRINK_FAILS && (wanted == NULL || reason_same(&ret->was.reason, wanted));
    if (!ret->failed) {
        return;
    }
    shrink.asked = 1;
    shrink.any = plan_misfit(plan) != NULL;
    shrink.wanted = ret->was.reason;
    shrink.best_run = ret->was;
    plan_copy(plan, &shrink.best);
    until_nothing_goes(&shrink);
    if (!shrink.over) {
        certify(&shrink);
    }
    ret->whole = ret->whole && !shrink.over;
    ret->plan = shrink.best;
    ret->run = shrink.best_run;
    ret->runs = shrink.asked;
    u64map_deinit(&shrink.known);
    free(shrink.runs);
}
