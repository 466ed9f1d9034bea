/* One execution of a plan in a world, under the judge. */
#ifndef HUBBUB_SIM_EXPLORE_RUN_H
#define HUBBUB_SIM_EXPLORE_RUN_H

#include "server/base/base.h"
#include "server/base/hash.h"
#include "sim/check/verdict.h"
#include "sim/explore/expect.h"
#include "sim/history/obs.h"
#include "sim/plan/plan.h"
#include "sim/world/stats.h"

struct run_result {
    struct judgement judgement;
    struct hash128 hash;
    struct bounds bounds;
    struct tally tally;
    struct course course;
    uint64_t messages_until; /* committed when the first violation was seen; without one, all */
    uint16_t met[FAULT_KIND_COUNT]; /* as of struct world_stats */
    bool quiet;                     /* everything came to rest in time */
    struct tally_fault *faults;     /* those of the tally, by kind; owned */
    struct tally_point *points;     /* owned */
};
void run_result_deinit(struct run_result *result);

/* Told after every RUN_PROGRESS_EVENTS events of a run. May be NULL. */
#define RUN_PROGRESS_EVENTS 65536
struct run_progress {
    void (*tell)(void *user, int64_t now_us, uint64_t deliveries);
    void *user;
};

/* Whether a run goes on after its first violation; asked after every RUN_LOOK_EVENTS events. */
#define RUN_LOOK_EVENTS 256
bool run_goes_on(const struct plan *plan, const struct violation *first, int64_t now_us);

/* Executes `plan` to its end under a judge. `recorder.observe` may be NULL; if not, it is told
 * every observation too, with texts. A violated run ends a virtual second after its first
 * violation. `must_reach` as scenario_must_reach gives it. */
void run_plan(const struct plan *plan, const char *const *must_reach, uint32_t must_reach_len,
              struct obs_sink recorder, struct run_progress progress, struct run_result *ret);

/* The same for one of many runs in a process: with the database of the one before, as world_new_on has it. */
struct vdb;
struct run_within {
    struct obs_sink recorder;
    struct run_progress progress;
    struct vdb **kept; /* NULL: a database of its own */
};
void run_plan_within(const struct run_within *within, const struct plan *plan,
                     const char *const *must_reach, uint32_t must_reach_len,
                     struct run_result *ret);
/* A bug that nobody wrote, to see whether the judge bites: of what clients are shown, one thing is told wrong. No
 * plan has it, and nothing that happens depends on it. */
enum plant {
    PLANT_LOST,    /* an entry is shown, and it is not told */
    PLANT_TWICE,   /* it is told twice */
    PLANT_CHANGED, /* with another content */
    PLANT_COUNT,
    PLANT_NOTHING = PLANT_COUNT, /* nothing is wrong: as if the judge were blind */
};
/* Executes the plan with the bug at the nth thing shown. `ret_planted`: so many were shown. Whether the judge
 * found a violation. */
bool run_planted(const struct plan *plan, enum plant plant, uint64_t nth, bool *ret_planted);

#endif
