/* One execution and its verdict. See run.h. */
#include "sim/explore/run.h"

#include "sim/plan/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_EVENTS 65536   /* between two looks of whoever wants to know */
#define LOOK_EVENTS     256     /* between two looks at the judge */
#define AFTERMATH_US    1000000 /* a violated run goes on for this long: what follows explains it */

const char *verdict_word(enum verdict verdict)
{
    static const char *const words[] = {"held", "violated", "inconclusive"};
    HB_ASSERT(verdict <= VERDICT_INCONCLUSIVE);
    return words[verdict];
}

void run_result_deinit(struct run_result *result)
{
    free(result->violations);
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

static uint64_t reached(const struct world_stats *stats, const char *word)
{
    for (int i = 0; i < NOTE_COUNT; i++) {
        if (strcmp(note_text((enum note_code)i), word) == 0) {
            return stats->notes[i];
        }
    }
    enum fault_kind kind;
    return fault_find(word, strlen(word), &kind) ? stats->faults[kind].mattered : 0;
}

/* A run that proves nothing is not green: says why in `why`, or leaves it empty. */
static void inconclusive(const struct world_stats *stats, const char *const *must_reach,
                         uint32_t must_reach_len, char why[160])
{
    why[0] = 0;
    if (stats->messages == 0) {
        (void)snprintf(why, 160, "no message was committed");
    }
    for (int i = 0; i < FAULT_KIND_COUNT && why[0] == 0; i++) {
        const struct fault_row *row = fault_row((enum fault_kind)i);
        const struct world_fault_count *count = &stats->faults[i];
        if (row->target != HITS_CLIENT && count->fired < count->planned) {
            (void)snprintf(why, 160, "a planned %s never fired", row->word);
        } else if (row->target == HITS_CLIENT && count->planned > 0 && count->mattered == 0) {
            (void)snprintf(why, 160, "%s was planned and never met an open connection", row->word);
        }
    }
    for (uint32_t i = 0; i < must_reach_len && why[0] == 0; i++) {
        if (reached(stats, must_reach[i]) == 0) {
            (void)snprintf(why, 160, "must_reach: \"%s\" was not reached", must_reach[i]);
        }
    }
}

void run_plan(const struct plan *plan, const char *const *must_reach, uint32_t must_reach_len,
              struct obs_sink recorder, struct run_progress progress, struct run_result *ret)
{
    const struct bounds bounds = plan_bounds(plan);
    struct both both = {judge_new(&bounds), recorder};
    const struct obs_sink sink =
        recorder.observe != NULL
            ? (struct obs_sink){.observe = observe_both, .user = &both}
            : (struct obs_sink){.observe = judge_sink, .user = both.judge, .ahead = judge_ahead};
    struct world *world = world_new(plan, sink, recorder.observe != NULL);
    const struct violation *violations;
    uint64_t events = 0;
    bool goes_on = true;

    while (goes_on && world_step(world)) {
        events++;
        if (events % LOOK_EVENTS == 0 && judge_violations(both.judge, &violations) > 0) {
            goes_on = world_now_us(world) <= violations[0].at_us + AFTERMATH_US;
        }
        if (events % PROGRESS_EVENTS == 0 && progress.tell != NULL) {
            struct world_stats stats;
            world_stats(world, &stats);
            progress.tell(progress.user, &stats);
        }
    }
    *ret = (struct run_result){.hash = world_hash(world), .bounds = bounds};
    world_stats(world, &ret->stats);
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        ret->invariants[i] = judge_result(both.judge, (enum invariant)i);
    }
    ret->violations_len = judge_violations(both.judge, &violations);
    if (ret->violations_len > 0) {
        ret->violations = hb_malloc(ret->violations_len * sizeof *violations);
        memcpy(ret->violations, violations, ret->violations_len * sizeof *violations);
    }
    if (ret->violations_len == 0) { /* else it ended early, and proves enough */
        inconclusive(&ret->stats, must_reach, must_reach_len, ret->inconclusive_why);
    }
    ret->verdict = ret->violations_len > 0         ? VERDICT_VIOLATED
                   : ret->inconclusive_why[0] != 0 ? VERDICT_INCONCLUSIVE
                                                   : VERDICT_HELD;
    judge_free(&both.judge);
    world_free(&world);
}
