/* What each node holds at rest, beside what is there. */
#ifndef HUBBUB_SIM_WORLD_REST_H
#define HUBBUB_SIM_WORLD_REST_H

#include "sim/world/core.h"

void world_rest_tell(struct world *world);

#define REST_LOOK_US 1000000 /* between two looks whether a run that goes on is at rest */

/* What was committed last can still be on its way by the log, whatever the clients know of it. For what was
 * written before the calm, the settle is that time. */
bool world_rest_is_told(const struct world *world);

#endif
