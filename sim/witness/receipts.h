/* What a client says of what was read, and is told of others, as observations (OBS_RECEIPT_MAP).
 *
 * Pure. */
#ifndef HUBBUB_SIM_WITNESS_RECEIPTS_H
#define HUBBUB_SIM_WITNESS_RECEIPTS_H

#include "sim/client/client_out.h"
#include "sim/witness/told.h"

/* Of READ, READ_SAID, READ_TOLD, RECEIVED_TOLD. `obs` says of which device and room, and when. */
void receipt_effect(struct names *names, struct obs obs, const struct client_effect *effect,
                    struct obs_list *out);

#endif
