/* What people do of themselves, kind by kind: they write, read, choose, watch, type. */
#ifndef HUBBUB_SIM_WORLD_WORK_H
#define HUBBUB_SIM_WORLD_WORK_H

#include "sim/world/core.h"

/* One action of a workload's kind; its parameters are drawn from `rng`. False: it is not done: there is
 * nowhere to do it, nobody to do it to, or the app is closed. */
bool world_work(struct world *world, uint32_t index, enum fault_kind kind, struct rng *rng);

#endif
