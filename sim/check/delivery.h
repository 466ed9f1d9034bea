/* SYN-02 and LIV-11: what was committed is shown in time. */
#ifndef HUBBUB_SIM_CHECK_DELIVERY_H
#define HUBBUB_SIM_CHECK_DELIVERY_H

#include "sim/check/truth.h"

void delivery_placed(struct judge *judge, const struct placed *placed);
void delivery_shown_slow(struct judge *judge, const struct device *device, const struct room *room,
                         const struct row *row, const struct obs *obs);

/* Deadlines that ended before `now_us`: each is judged, or pushed again for later. */
void delivery_commit_due(struct judge *judge, const struct due_commit *due, int64_t now_us);
void delivery_late_due(struct judge *judge, struct due due, int64_t now_us);
/* Redis is back somewhere: what was allowed the time of a path without it may be due earlier. */
void delivery_look_again(struct judge *judge, int64_t now_us);

#endif
