/* LIV-03: what a device asks for comes page by page, each in time. */
#ifndef HUBBUB_SIM_CHECK_SYNC_TIME_H
#define HUBBUB_SIM_CHECK_SYNC_TIME_H

#include "sim/check/truth.h"

/* A session begins, before device->sync knows of it. */
void sync_time_begins(struct judge *judge, struct device *device, int64_t at_us);
/* A page of the present session came. */
void sync_time_page(struct judge *judge, struct device *device);
/* The device begins a room anew, and what it asks for. */
void sync_time_reset(struct judge *judge, const struct obs *obs);

/* A deadline that ended before `now_us`: it is judged, or pushed again for later. */
void sync_time_due(struct judge *judge, struct due due, int64_t now_us);

#endif
