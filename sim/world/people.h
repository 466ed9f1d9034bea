/* What Redis has of people, at rest. */
#ifndef HUBBUB_SIM_WORLD_PEOPLE_H
#define HUBBUB_SIM_WORLD_PEOPLE_H

#include "sim/world/core.h"

/* OBS_RECORD of every user, and OBS_LISTED of those who are. */
void world_people_tell(struct world *world);

#endif
