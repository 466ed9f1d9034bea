/* A small plan for tests of the world: 24 clients, 4 rooms of 6, 3 nodes, 20 virtual seconds. */
#ifndef HUBBUB_SIM_WORLD_TESTS_SMALL_PLAN_H
#define HUBBUB_SIM_WORLD_TESTS_SMALL_PLAN_H

#include "sim/plan/plan.h"

/* Without faults; one generator: each client writes every 2 s on average. */
struct plan small_plan(uint64_t seed);

void small_plan_fault(struct plan *plan, struct plan_fault fault); /* its id is the next */
void small_plan_generator(struct plan *plan, struct plan_generator generator);
void small_plan_drop_action(struct plan *plan, struct plan_action_name name);

#endif
