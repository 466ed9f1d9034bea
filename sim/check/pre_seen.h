/* When people were seen last: PRE-05, PRE-06. By any node's clock, so never nearer than these differ. */
#ifndef HUBBUB_SIM_CHECK_PRE_SEEN_H
#define HUBBUB_SIM_CHECK_PRE_SEEN_H

#include "sim/check/pre_people.h"

/* No later may be said of them, wall ms; INT64_MIN: they never were there. */
int64_t pre_seen_most_ms(const struct judge *judge, const struct pre_person *person);
/* No earlier of whoever was there at `there_us`. */
int64_t pre_seen_least_ms(const struct judge *judge, int64_t there_us);
/* A device is told of them; `before_ms`: what it was told before on this connection, 0: nothing. */
void pre_seen_told(struct judge *judge, const struct obs *obs, int64_t before_ms);
void pre_seen_record(struct judge *judge, const struct obs *obs);
/* No clock shows more than this now, true time us. */
int64_t pre_seen_fastest_ms(const struct judge *judge, int64_t at_us);
/* No clock shows less than this; INT64_MIN: none was seen. */
int64_t pre_seen_slowest_ms(const struct judge *judge, int64_t at_us);

#endif
