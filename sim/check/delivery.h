/* SYN-02, SYN-20 and LIV-11: what was committed is shown in time. */
#ifndef HUBBUB_SIM_CHECK_DELIVERY_H
#define HUBBUB_SIM_CHECK_DELIVERY_H

#include "sim/check/truth.h"

void delivery_placed(struct judge *judge, const struct placed *placed);
/* A row that took longer than judge->slowest_us: it may raise a margin. */
void delivery_shown_slow(struct judge *judge, const struct view *view, const struct room *room,
                         const struct row *row, const struct obs *obs);

/* Deadlines that ended before `now_us`: each is judged, or pushed again for later. */
void delivery_commit_due(struct judge *judge, const struct due_commit *due);
void delivery_late_due(struct judge *judge, struct due due, int64_t now_us);

/* Redis is back somewhere: what was allowed the time of a path without it may be due earlier. */
void delivery_look_again(struct judge *judge, int64_t now_us);
/* The device was welcomed, or its sync ended: the same for what it waits for. */
void delivery_device_again(struct judge *judge, const struct device *device, int64_t now_us);

/* What did not come due. */
void delivery_end(struct judge *judge);

#endif
