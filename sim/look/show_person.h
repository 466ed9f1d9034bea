/* A person: their devices, how these stand in their rooms, and what waits to be sent. */
#ifndef HUBBUB_SIM_LOOK_SHOW_PERSON_H
#define HUBBUB_SIM_LOOK_SHOW_PERSON_H

#include "sim/world/core.h"

void show_person(const struct world *world, uint32_t user, struct buf *out);

#endif
