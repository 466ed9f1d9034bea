/* SYN-09: a sync that is asked for by time gives, of each room, all that is of that time or later, and all
 * that the device lacks. A row that comes again is no fault. */
#ifndef HUBBUB_SIM_CHECK_SINCE_H
#define HUBBUB_SIM_CHECK_SINCE_H

#include "sim/check/truth.h"

/* The first row of the room that such a sync owes to the device, as it begins; 0: none. */
uint64_t since_due(struct judge *judge, const struct obs *begin);
/* The room's rows come from behind `place` on. */
void since_placed(struct judge *judge, const struct obs *obs, uint64_t due, uint64_t place);

#endif
