/* Timed faults: how each begins and ends. */
#ifndef HUBBUB_SIM_WORLD_FAULTS_H
#define HUBBUB_SIM_WORLD_FAULTS_H

#include "sim/world/core.h"

void world_faults_init(struct world *world);
/* One begins or ends, or does something while it lasts. */
void world_fault_event(struct world *world, const struct sched_event *event);
/* Every fault ends: the calm after `duration`. */
void world_faults_calm(struct world *world);

#endif
