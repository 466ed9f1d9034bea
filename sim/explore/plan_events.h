/* What happens in a plan, read from its file: faults, what clients do, and what of both is dropped. */
#ifndef HUBBUB_SIM_EXPLORE_PLAN_EVENTS_H
#define HUBBUB_SIM_EXPLORE_PLAN_EVENTS_H

#include "sim/explore/config.h"

/* Reads `faults` and `generators`; the plan's sizes and times are there already. What a scenario may not
 * say, a plan may not hold. */
void plan_read_events(const struct config *drawn, struct plan *plan);
/* Reads `drop` of the file itself, behind that: what is not there cannot be dropped. */
void plan_read_drop(const struct config *root, struct plan *plan);

#endif
