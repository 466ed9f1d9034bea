/* What each node holds at rest, beside what is there. */
#ifndef HUBBUB_SIM_WORLD_REST_H
#define HUBBUB_SIM_WORLD_REST_H

#include "sim/world/core.h"

void world_rest_tell(struct world *world);

#endif
