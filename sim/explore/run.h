/* One execution of a plan under the judge, and its verdict. */
#ifndef HUBBUB_SIM_EXPLORE_RUN_H
#define HUBBUB_SIM_EXPLORE_RUN_H

#include "server/base/base.h"
#include "server/base/hash.h"
#include "server/base/mem.h"
#include "sim/check/check.h"
#include "sim/plan/plan.h"
#include "sim/world/world.h"

enum verdict { VERDICT_HELD, VERDICT_VIOLATED, VERDICT_INCONCLUSIVE };
const char *verdict_word(enum verdict verdict);

struct run_result {
    enum verdict verdict;
    char inconclusive_why[160]; /* "" unless inconclusive */
    struct hash128 hash;
    struct world_stats stats;
    struct bounds bounds;
    struct invariant_result invariants[INVARIANT_COUNT];
    struct violation *violations; /* owned */
    size_t violations_len;
};
void run_result_deinit(struct run_result *result);

/* Told now and then during a run, for progress. May be NULL. */
struct run_progress {
    void (*tell)(void *user, const struct world_stats *stats);
    void *user;
};

/* Executes `plan` to its end under a judge. `recorder.observe` may be NULL; if not, it is told
 * every observation too, with texts. A violated run ends a virtual second after its first
 * violation. `must_reach` as scenario_must_reach gives it.
 * Inconclusive: nothing was committed, a planned fault never fired, or something of must_reach was
 * not reached. */
void run_plan(const struct plan *plan, const char *const *must_reach, uint32_t must_reach_len,
              struct obs_sink recorder, struct run_progress progress, struct run_result *ret);

#endif
