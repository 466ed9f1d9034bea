/* What a client says of its person and is told of others, as observations (OBS_PRESENCE_MAP).
 *
 * Pure. */
#ifndef HUBBUB_SIM_WITNESS_PEOPLE_H
#define HUBBUB_SIM_WITNESS_PEOPLE_H

#include "sim/client/client_out.h"
#include "sim/witness/told.h"

/* Of VIEW, STALE, WATCH, PRESENT, CHOOSE and WRITES_TO. `obs` says of which device, and when. */
void people_effect(struct names *names, struct obs obs, const struct client_effect *effect,
                   struct obs_list *out);

#endif
