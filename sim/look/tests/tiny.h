/* A plan of a few people in one room, for tests. */
#ifndef HUBBUB_SIM_LOOK_TESTS_TINY_H
#define HUBBUB_SIM_LOOK_TESTS_TINY_H

#include "sim/plan/plan.h"

/* Four people in one room, two nodes, 5 virtual seconds; `faults` as a scenario has them. */
struct plan tiny_plan(const char *faults);

#endif
