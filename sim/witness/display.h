/* How a room stands in a device's list, as observations (OBS_RESET, OBS_DISPLAY_MAP).
 *
 * Pure. */
#ifndef HUBBUB_SIM_WITNESS_DISPLAY_H
#define HUBBUB_SIM_WITNESS_DISPLAY_H

#include "sim/client/client_out.h"
#include "sim/witness/told.h"

/* Of FORGOT, RESET, BACK, FOCUS, GAP and NO_GAP. `obs` says of which device, and when; `session`: of which sync session,
 * 0: of none. */
void display_effect(struct names *names, struct obs obs, const struct client_effect *effect,
                    int64_t session, struct obs_list *out);

#endif
