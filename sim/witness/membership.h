/* Rooms that people make, join and leave, as observations. See witness.h. */
#ifndef HUBBUB_SIM_WITNESS_MEMBERSHIP_H
#define HUBBUB_SIM_WITNESS_MEMBERSHIP_H

#include "sim/witness/told.h"

/* CLIENT_OUT_INVITES, _ASKS, _GRANTED, _DENIED. `obs` is begun. */
void membership_effect(struct names *names, struct obs obs, const struct client_effect *effect,
                       struct obs_list *out);

#endif
