/* See ask.h. */
#include "sim/shrink/ask.h"

#include "server/base/mem.h"
#include "sim/explore/fits.h"
#include "sim/explore/plan_file.h"

#include <stdlib.h>
#include <string.h>

struct plan *candidates_add(struct candidates *candidates, const struct plan *best, uint32_t mark)
{
    if (candidates->len == CANDIDATES_MAX) {
        return NULL;
    }
    struct plan *plan = &candidates->plans[candidates->len];
    plan_copy(best, plan);
    candidates->marks[candidates->len++] = mark;
    return plan;
}

void candidates_drop_last(struct candidates *candidates)
{
    HB_ASSERT(candidates->len > 0);
    plan_deinit(&candidates->plans[--candidates->len]);
}

/* --- What is known -------------------------------------------------------------------------- */

static uint64_t digest(const struct shrink *shrink, const struct plan *plan)
{
    struct buf text = {0};

    plan_write(plan, shrink->scenario, NULL, &text);
    const uint64_t hash = hash64_bytes(text.bytes, text.len);
    buf_deinit(&text);
    return hash;
}

static void learn(struct shrink *shrink, uint64_t key, const struct shrink_run *run)
{
    if (shrink->runs_len == shrink->runs_cap) {
        shrink->runs_cap = shrink->runs_cap > 0 ? shrink->runs_cap * 2 : 64;
        shrink->runs = hb_realloc(shrink->runs, shrink->runs_cap * sizeof *shrink->runs);
    }
    u64map_put(&shrink->known, key, shrink->runs_len);
    shrink->runs[shrink->runs_len++] = *run;
}

static uint64_t weight(const struct plan *plan)
{
    const struct plan_size size = plan_size(plan);
    return (uint64_t)size.faults + size.devices + size.rooms + size.nodes + size.actions;
}

/* A failure for another reason: the smallest plan of each is kept. */
static void remember(struct shrink *shrink, const struct plan *plan, const struct shrink_run *run)
{
    struct shrink_result *result = shrink->result;
    struct shrink_other *other = NULL;

    for (uint32_t i = 0; i < result->others_len; i++) {
        if (reason_same(&result->others[i].reason, &run->reason)) {
            other = &result->others[i];
        }
    }
    if (other == NULL && result->others_len == SHRINK_OTHERS_MAX) {
        return;
    }
    if (other == NULL) {
        other = &result->others[result->others_len++];
        *other = (struct shrink_other){.reason = run->reason};
        plan_copy(plan, &other->plan);
    } else if (weight(plan) < weight(&other->plan)) {
        plan_deinit(&other->plan);
        plan_copy(plan, &other->plan);
        other->reason = run->reason;
    }
    other->count++;
}

/* --- The question --------------------------------------------------------------------------- */

static bool is_wanted(const struct shrink *shrink, const struct shrink_run *run,
                      uint64_t messages_max)
{
    return run->end == SHRINK_FAILS && reason_same(&run->reason, &shrink->wanted) &&
           run->messages <= messages_max;
}

const char *ask_wrong(const struct shrink *shrink, const struct plan *plan)
{
    const char *wrong = plan_drop_wrong(plan);

    return wrong != NULL || shrink->any ? wrong : plan_misfit(plan);
}

/* The runs of plans in order, until the first that is wanted; those that are not known are run. How many. */
static uint32_t runs_of(struct shrink *shrink, const struct plan *plans, const uint64_t *keys,
                        uint32_t len, uint64_t messages_max, struct shrink_run *ret)
{
    struct plan news[CANDIDATES_MAX]; /* borrowed */
    struct shrink_run runs[CANDIDATES_MAX];
    uint32_t places[CANDIDATES_MAX];
    uint32_t news_len = 0;
    uint32_t end = 0;
    uint64_t place;

    for (; end < len; end++) {
        if (ask_wrong(shrink, &plans[end]) != NULL) {
            ret[end] = (struct shrink_run){.end = SHRINK_WRONG};
            continue;
        }
        if (!u64map_get(&shrink->known, keys[end], &place)) {
            news[news_len] = plans[end];
            places[news_len++] = end;
            continue;
        }
        ret[end] = shrink->runs[place];
        if (is_wanted(shrink, &ret[end], messages_max)) {
            end++;
            break;
        }
    }
    const uint32_t done = news_len > 0 ? shrink->oracle->run(shrink->oracle->user, news, news_len,
                                                             &shrink->wanted, messages_max, runs)
                                       : 0;
    HB_ASSERT(done <= news_len);
    for (uint32_t i = 0; i < done; i++) {
        const uint32_t at = places[i];
        ret[at] = runs[i];
        shrink->asked++;
        learn(shrink, keys[at], &runs[i]);
        if (runs[i].end == SHRINK_FAILS && !reason_same(&runs[i].reason, &shrink->wanted)) {
            remember(shrink, &plans[at], &runs[i]);
        }
        if (is_wanted(shrink, &runs[i], messages_max)) {
            return at + 1;
        }
    }
    if (done < news_len) {
        shrink->over = true;
        return places[done];
    }
    return end;
}

static void take(struct shrink *shrink, const struct plan *plan, const struct shrink_run *run)
{
    plan_deinit(&shrink->best);
    plan_copy(plan, &shrink->best);
    shrink->best_run = *run;
    shrink->taken++;
    if (shrink->oracle->told != NULL) {
        shrink->oracle->told(shrink->oracle->user, &shrink->best, run, shrink->asked);
    }
}

uint32_t ask(struct shrink *shrink, struct candidates *candidates, bool no_more_messages)
{
    const uint64_t messages_max = no_more_messages ? shrink->best_run.messages : UINT64_MAX;
    uint64_t keys[CANDIDATES_MAX];
    struct shrink_run runs[CANDIDATES_MAX];
    uint32_t mark = ASK_NONE;

    for (uint32_t i = 0; i < candidates->len; i++) {
        keys[i] = digest(shrink, &candidates->plans[i]);
    }
    const uint32_t done = shrink->over ? 0
                                       : runs_of(shrink, candidates->plans, keys, candidates->len,
                                                 messages_max, runs);
    if (done > 0 && is_wanted(shrink, &runs[done - 1], messages_max)) {
        mark = candidates->marks[done - 1];
        take(shrink, &candidates->plans[done - 1], &runs[done - 1]);
    }
    while (candidates->len > 0) {
        candidates_drop_last(candidates);
    }
    return mark;
}

bool ask_one(struct shrink *shrink, const struct plan *plan, struct shrink_run *ret)
{
    const uint64_t key = digest(shrink, plan);

    return !shrink->over && runs_of(shrink, plan, &key, 1, UINT64_MAX, ret) == 1;
}
