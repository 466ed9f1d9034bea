/* Timed faults: how each begins and ends. */
#ifndef HUBBUB_SIM_WORLD_FAULTS_H
#define HUBBUB_SIM_WORLD_FAULTS_H

#include "sim/world/core.h"

void world_faults_init(struct world *world);
void world_fault_begin(struct world *world, uint32_t index);
void world_fault_end(struct world *world, uint32_t index);
/* Every fault ends: the calm after `duration`. */
void world_faults_calm(struct world *world);

#endif
