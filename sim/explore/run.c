/* One execution: a world is made, judged and counted. See run.h. */
#include "sim/explore/run.h"

#include "sim/plan/facts.h"
#include "sim/world/world.h"

#include <stdlib.h>
#include <string.h>

#define AFTERMATH_US 1000000 /* a violated run goes on for this long: what follows explains it */

void run_result_deinit(struct run_result *result)
{
    judgement_deinit(&result->judgement);
    free(result->faults);
    free(result->points);
    *result = (struct run_result){0};
}

struct both {
    struct judge *judge;
    struct obs_sink recorder;
};

static void observe_both(void *user, const struct obs *obs)
{
    struct both *both = user;
    both->recorder.observe(both->recorder.user, obs);
    judge_observe(both->judge, obs);
}

static void aside_to_recorder(void *user, const struct aside *aside)
{
    const struct both *both = user;
    both->recorder.aside(both->recorder.user, aside);
}

/* --- A planted bug -------------------------------------------------------------------------- */

struct planting {
    struct judge *judge;
    enum plant plant;
    uint64_t left; /* things shown until it comes */
    bool done;
};

static void observe_planted(void *user, const struct obs *obs)
{
    struct planting *planting = user;
    struct obs told = *obs;

    if (obs->kind != OBS_SHOWN || planting->done || planting->left-- > 0) {
        judge_observe(planting->judge, obs);
        return;
    }
    planting->done = true;
    told.content ^= planting->plant == PLANT_CHANGED;
    if (planting->plant != PLANT_LOST) {
        judge_observe(planting->judge, &told);
    }
    if (planting->plant == PLANT_TWICE) {
        judge_observe(planting->judge, &told);
    }
}

bool run_planted(const struct plan *plan, enum plant plant, uint64_t nth, bool *ret_planted)
{
    const struct bounds bounds = plan_bounds(plan);
    struct planting planting = {.judge = judge_new(&bounds), .plant = plant, .left = nth};
    const struct obs_sink sink = {.observe = observe_planted, .user = &planting};
    struct world *world = world_new(plan, sink, false);
    const struct violation *violations;

    while (world_step(world) && judge_violations(planting.judge, &violations) == 0) {
    }
    const bool seen = judge_violations(planting.judge, &violations) > 0;
    *ret_planted = planting.done;
    judge_free(&planting.judge);
    world_free(&world);
    return seen;
}

/* --- A run ---------------------------------------------------------------------------------- */

/* What the world did, as plain counts. */
static void count(const struct world *world, struct run_result *result)
{
    struct world_stats stats;

    world_stats(world, &stats);
    result->quiet = stats.quiet;
    result->course.length_us = stats.now_us;
    result->course.acted.people = stats.people;
    memcpy(result->met, stats.met, sizeof result->met);
    result->faults = hb_calloc(FAULT_KIND_COUNT, sizeof *result->faults);
    result->points = hb_calloc(NOTE_COUNT, sizeof *result->points);
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        const struct fault_row *row = fault_row((enum fault_kind)i);
        const struct world_fault_count *fault = &stats.faults[i];
        result->faults[i] = (struct tally_fault){row->word, fault->planned, fault->fired,
                                                 fault->mattered, row->target == HITS_CLIENT};
        result->course.acted.times[i] = fault->fired + fault->dropped;
    }
    for (int i = 0; i < NOTE_COUNT; i++) {
        result->points[i] = (struct tally_point){note_text((enum note_code)i), stats.notes[i]};
    }
    result->tally = (struct tally){
        .length_us = stats.now_us,
        .messages = stats.messages,
        .deliveries = stats.deliveries,
        .frames = stats.frames,
        .events = stats.events,
        .resends = stats.resends,
        .reconnects = stats.reconnects,
        .sync_pages = stats.sync_pages,
        .transactions = stats.transactions,
        .faults = result->faults,
        .faults_len = FAULT_KIND_COUNT,
        .points = result->points,
        .points_len = NOTE_COUNT,
    };
}

static uint64_t messages(const struct world *world)
{
    struct world_stats stats;
    world_stats(world, &stats);
    return stats.messages;
}

/* One that is violated after the calm goes on to its end: whether that is ever made good, only rest shows. */
bool run_goes_on(const struct plan *plan, const struct violation *first, int64_t now_us)
{
    return first->at_us >= plan->duration_us || now_us <= first->at_us + AFTERMATH_US;
}

void run_plan(const struct plan *plan, const char *const *must_reach, uint32_t must_reach_len,
              struct obs_sink recorder, struct run_progress progress, struct run_result *ret)
{
    run_plan_within(&(struct run_within){recorder, progress, NULL}, plan, must_reach,
                    must_reach_len, ret);
}

void run_plan_within(const struct run_within *within, const struct plan *plan,
                     const char *const *must_reach, uint32_t must_reach_len, struct run_result *ret)
{
    const struct obs_sink recorder = within->recorder;
    const struct run_progress progress = within->progress;
    const struct bounds bounds = plan_bounds(plan);
    struct both both = {judge_new(&bounds), recorder};
    const struct obs_sink sink =
        recorder.observe != NULL
            ? (struct obs_sink){.observe = observe_both,
                                .user = &both,
                                .aside = recorder.aside != NULL ? aside_to_recorder : NULL}
            : (struct obs_sink){.observe = judge_sink, .user = both.judge, .ahead = judge_ahead};
    struct world *world = world_new_on(plan, sink, recorder.observe != NULL, within->kept);
    const struct violation *violations;
    struct trail trail = {.every = 0};
    uint64_t events = 0;
    uint64_t until_violated = UINT64_MAX;
    bool goes_on = true;

    while (goes_on && world_step(world)) {
        trail_add(&trail, ++events, world_hash(world));
        if (events % RUN_LOOK_EVENTS == 0 && judge_violations(both.judge, &violations) > 0) {
            const uint64_t now = messages(world);
            until_violated = now < until_violated ? now : until_violated;
            goes_on = run_goes_on(plan, &violations[0], world_now_us(world));
        }
        if (events % RUN_PROGRESS_EVENTS == 0 && progress.tell != NULL) {
            struct world_stats stats;
            world_stats(world, &stats);
            progress.tell(progress.user, stats.now_us, stats.deliveries);
        }
    }
    *ret = (struct run_result){.hash = world_hash(world), .bounds = bounds, .course.trail = trail};
    count(world, ret);
    ret->messages_until =
        until_violated < ret->tally.messages ? until_violated : ret->tally.messages;
    verdict_reach(both.judge, &ret->tally, must_reach, must_reach_len, &ret->judgement);
    judge_free(&both.judge);
    world_free(&world);
}
