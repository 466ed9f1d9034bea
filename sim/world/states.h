/* In which states of a node faults begin: from what the world sees of it, and from its notes. For counting alone:
 * nothing that happens depends on it. */
#ifndef HUBBUB_SIM_WORLD_STATES_H
#define HUBBUB_SIM_WORLD_STATES_H

#include "sim/world/core.h"

/* A life begins, or leaves a note. */
void world_states_begin(struct world *world, uint16_t node);
void world_states_note(struct world *world, uint16_t node, enum note_code code);

/* A fault begins: at its target, OBS_NONE: at all nodes. */
void world_states_meet(struct world *world, enum fault_kind kind, uint32_t target);
/* The same of what a client does, at the node that it is connected to; what it asks for itself counts. */
void world_states_meet_client(struct world *world, enum fault_kind kind, uint32_t client);

#endif
