/* What follows from a plan and is true of every run of it. */
#ifndef HUBBUB_SIM_PLAN_FACTS_H
#define HUBBUB_SIM_PLAN_FACTS_H

#include "sim/history/obs.h"
#include "sim/plan/plan.h"

/* The parameters of all bounds. */
struct bounds plan_bounds(const struct plan *plan);

#endif
