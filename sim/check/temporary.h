/* The temporary row of a message, which its writer is shown from the first: SYN-19. */
#ifndef HUBBUB_SIM_CHECK_TEMPORARY_H
#define HUBBUB_SIM_CHECK_TEMPORARY_H

#include "sim/check/truth.h"

/* OBS_REPLACED. */
void temporary_replaced(struct judge *judge, const struct obs *obs);
/* OBS_ACK of it. */
void temporary_acked(struct judge *judge, const struct send *send);
/* OBS_NACK or OBS_FAILED of it. */
void temporary_failed(const struct obs *obs, struct send *send);
void temporary_end(struct judge *judge);

#endif
