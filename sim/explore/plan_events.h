/* What happens in a plan, read from its file: faults, and what clients do. */
#ifndef HUBBUB_SIM_EXPLORE_PLAN_EVENTS_H
#define HUBBUB_SIM_EXPLORE_PLAN_EVENTS_H

#include "sim/explore/config.h"

/* Reads `faults`, `generators` and `actions`; the plan's sizes and times are there already. What a scenario
 * may not say, a plan may not hold. */
void plan_read_events(const struct config *drawn, struct plan *plan);

#endif
