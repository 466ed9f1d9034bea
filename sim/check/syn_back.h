/* SYN-05 and SYN-07 of pages backwards. */
#ifndef HUBBUB_SIM_CHECK_SYN_BACK_H
#define HUBBUB_SIM_CHECK_SYN_BACK_H

#include "sim/check/truth.h"

void back_truth_init(struct judge *judge);
void back_truth_deinit(struct judge *judge);

/* OBS_BACK. */
void back_begin(struct judge *judge, const struct obs *obs);
/* What comes of a sync; false: it is of no page backwards. */
bool back_observe(struct judge *judge, const struct obs *obs);

#endif
