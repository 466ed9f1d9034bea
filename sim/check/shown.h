/* Rows that clients got: the hot path of all families, and the ways off it. */
#ifndef HUBBUB_SIM_CHECK_SHOWN_H
#define HUBBUB_SIM_CHECK_SHOWN_H

#include "sim/check/truth.h"

void shown_observe(struct judge *judge, const struct obs *obs);
void shown_row(struct judge *judge, const struct obs *obs); /* RECV, SYNC_ROW */
/* OBS_FORGOT. */
void shown_forgot(struct judge *judge, const struct device *device);
void shown_reset(struct judge *judge, const struct obs *obs);

#endif
