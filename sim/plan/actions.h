/* What people do, written out: each action by its name, at its instant. */
#ifndef HUBBUB_SIM_PLAN_ACTIONS_H
#define HUBBUB_SIM_PLAN_ACTIONS_H

#include "sim/plan/plan.h"

/* Writes the plan's actions out. If none of them is dropped, its run stays as it is, bit for bit; those that
 * are dropped are left out for good, and need no name in `drop` any more. False: there are more than
 * PLAN_ACTIONS_MAX; nothing is changed. */
bool plan_write_actions(struct plan *plan);
/* In order of time; of one instant by client, kind and number. */
void plan_sort_actions(struct plan *plan);

#endif
