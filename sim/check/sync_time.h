/* LIV-03: what a device asks for comes page by page, each in time. */
#ifndef HUBBUB_SIM_CHECK_SYNC_TIME_H
#define HUBBUB_SIM_CHECK_SYNC_TIME_H

#include "sim/check/truth.h"

/* A session of so many rows begins, or another room of it. While a client syncs, new entries wait behind the
 * pages: their delivery counts from its end. */
void sync_time_begins(struct judge *judge, struct device *device, uint64_t rows, uint64_t rooms,
                      int64_t at_us);
void sync_time_ends(struct judge *judge, struct device *device);
/* A page of the present session came. */
void sync_time_page(struct judge *judge, struct device *device);
/* The device begins a room anew, and what it asks for. */
void sync_time_reset(struct judge *judge, const struct obs *obs);

/* A deadline that ended before `now_us`: it is judged, or pushed again for later. */
void sync_time_due(struct judge *judge, struct due due, int64_t now_us);

#endif
