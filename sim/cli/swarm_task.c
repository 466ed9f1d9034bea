/* A seed of a swarm: its run, in a worker. See swarm.h. */
#include "reports/shape.h"
#include "server/base/rng.h"
#include "sim/cli/swarm.h"
#include "sim/explore/run.h"
#include "sim/explore/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void swarm_begin_worker(void *user)
{
    struct swarm *swarm = user;
    results_leave(swarm->args.results); /* a worker that lives on does not hold the folder */
    if (swarm->seeds_fd >= 0) {
        (void)close(swarm->seeds_fd);
    }
}

static bool verify_wanted(const struct swarm *swarm, uint64_t place)
{
    struct rng rng =
        rng_stream(place_seed(swarm, place), "swarm.verify", place_scenario(swarm, place), 0);
    return rng_chance(&rng, swarm->args.verify_permille);
}

static enum seed_end end_of(enum verdict verdict)
{
    static const enum seed_end ends[] = {SEED_HELD, SEED_VIOLATED, SEED_INCONCLUSIVE};
    HB_ASSERT(verdict <= VERDICT_INCONCLUSIVE);
    return ends[verdict];
}

static void margins(const struct judgement *judgement, int32_t ret[INVARIANT_COUNT])
{
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        const struct invariant_result *result = &judgement->invariants[i];
        const int64_t permille =
            result->bound_us > 0 ? result->used_us * 1000 / result->bound_us : -1;
        ret[i] = permille < INT32_MAX ? (int32_t)permille : INT32_MAX;
    }
}

static void fill(const struct run_result *result, struct answer *ret)
{
    const struct judgement *judgement = &result->judgement;

    ret->end = end_of(judgement->verdict);
    ret->hash = result->hash;
    ret->messages = result->tally.messages;
    ret->deliveries = result->tally.deliveries;
    ret->events = result->tally.events;
    ret->frames = result->tally.frames;
    ret->course = result->course;
    memcpy(ret->met, result->met, sizeof ret->met);
    known_states(judgement, ret->told.states);
    margins(judgement, ret->told.margins_permille);
    ret->told.pairs = judgement->pairs;
    ret->judged = true;
    ret->reached = reach_of_run(&result->tally);
    (void)snprintf(ret->what, sizeof ret->what, "%s", judgement->inconclusive_why);
    if (judgement->violations_len > 0) {
        ret->invariant = (int32_t)judgement->violations[0].invariant;
        (void)snprintf(ret->what, sizeof ret->what, "%s", judgement->violations[0].summary);
    }
}

static bool same_subject(const struct violation *one, const struct violation *other)
{
    if (one->room != OBS_NONE && one->seq_high > 0) {
        return other->room == one->room && other->seq_low <= one->seq_high &&
               one->seq_low <= other->seq_high;
    }
    if (one->message != 0 || one->user != OBS_NONE) {
        return one->message == other->message && one->user == other->user;
    }
    return one->devices_len == other->devices_len && one->node == other->node &&
           (one->devices_len == 0 || one->devices[0] == other->devices[0]);
}

/* What it has in common with others, from the same plan once more. */
static void fill_shape(const struct plan *plan, const struct judgement *judgement,
                       struct shape *ret)
{
    const struct violation *first = &judgement->violations[0];
    struct buf words = {0};
    struct keep keep;
    struct run_result again;

    keep_init(&keep, first);
    run_plan(plan, NULL, 0, keep_sink(&keep), (struct run_progress){NULL, NULL}, &again);
    buf_add_text(&words, "");
    shape_of(&keep, &words);
    (void)snprintf(ret->words, sizeof ret->words, "%s", words.bytes);
    ret->faults = shape_faults(&keep);
    for (size_t i = 1; i < judgement->violations_len; i++) {
        const struct violation *other = &judgement->violations[i];
        ret->kin[other->invariant] |=
            other->invariant != first->invariant && same_subject(first, other);
    }
    buf_deinit(&words);
    keep_deinit(&keep);
    run_result_deinit(&again);
}

void swarm_task(void *user, uint64_t place, void *ret_answer)
{
    struct swarm *swarm = user;
    struct answer *ret = ret_answer;
    struct plan plan;
    struct run_result result;
    char what[SEED_WHAT_CAP];
    const char *const *must_reach;
    const struct scenario *scenario = swarm->loaded[place_scenario(swarm, place)].scenario;

    ret->invariant = -1;
    ret->end = SEED_HARNESS;
    if (!place_plan(swarm, place, &plan)) {
        (void)snprintf(ret->what, sizeof ret->what, "it has no plan");
        return;
    }
    seed_begin(place_seed(swarm, place), plan.scenario, what);
    /* What a seed must reach is asked of the scenario's full size only. */
    const uint32_t must_reach_len =
        place_small(swarm, place) ? 0 : scenario_must_reach(scenario, &must_reach);
    run_plan_within(&(struct run_within){.kept = &swarm->kept}, &plan,
                    must_reach_len > 0 ? must_reach : NULL, must_reach_len, &result);
    fill(&result, ret);
    if (result.judgement.violations_len > 0) {
        fill_shape(&plan, &result.judgement, &ret->shape);
    }
    if (verify_wanted(swarm, place)) {
        char where[300];
        if (!run_verify(&plan, 0, where, sizeof where)) {
            ret->end = SEED_HARNESS;
            (void)snprintf(ret->what, sizeof ret->what, "not deterministic: %s", where);
        }
    }
    if (ret->end == SEED_HELD && canary_wanted(swarm, place)) {
        ret->canary = canary_run(swarm, place, &plan);
    }
    run_result_deinit(&result);
    plan_deinit(&plan);
    hb_context()->what = NULL;
}
