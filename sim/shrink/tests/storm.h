/* A plan with something of all that can go. */
#ifndef HUBBUB_SIM_SHRINK_TESTS_STORM_H
#define HUBBUB_SIM_SHRINK_TESTS_STORM_H

#include "sim/explore/scenario.h"
#include "sim/plan/plan.h"

struct storm {
    struct scenario *scenario;
    struct plan plan;
};
void storm_init(struct storm *storm, uint64_t seed);
void storm_deinit(struct storm *storm);

#endif
