/* What follows from a plan and is true of every run of it. */
#ifndef HUBBUB_SIM_PLAN_FACTS_H
#define HUBBUB_SIM_PLAN_FACTS_H

#include "server/base/rng.h"
#include "sim/history/obs.h"
#include "sim/plan/plan.h"

/* The parameters of all bounds. */
struct bounds plan_bounds(const struct plan *plan);

/* How far ahead of true time any node's wall clock can be. */
int64_t plan_clock_ahead_ms(const struct plan *plan);

/* How long after the one before it the n-th action of a client comes. Gives its stream, whose next draws
 * are the action's own. */
int64_t plan_action_gap(const struct plan *plan, const struct plan_generator *generator,
                        uint32_t client, uint32_t n, struct rng *ret);

/* How far the actions of a client by one generator were counted; {.count = 0} at first. */
struct plan_action_place {
    uint32_t client;
    enum fault_kind kind;
    uint32_t count; /* behind a false: all that there are */
    int64_t at_us;  /* of the last of them */
};
/* Whether an action of this name is in the plan, dropped or not. Quick for names in order. */
bool plan_has_action(const struct plan *plan, const struct plan_action_name *name,
                     struct plan_action_place *place);

#endif
