/* From here on the same world draws other random numbers: what would have become of it otherwise. */
#ifndef HUBBUB_SIM_WORLD_RESEED_H
#define HUBBUB_SIM_WORLD_RESEED_H

#include "sim/world/core.h"

/* All streams begin anew, of another seed; what people will do next is drawn anew, from now on. What the plan
 * writes out stays: each fault at its instant, and what is dropped, by name. Between two steps, and once. */
void world_reseed(struct world *world, uint64_t seed);

#endif
