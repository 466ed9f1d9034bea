/* SYN-23 of a connection's begin: what is missing in the room on screen comes before anything of the others. */
#ifndef HUBBUB_SIM_CHECK_FOCUS_H
#define HUBBUB_SIM_CHECK_FOCUS_H

#include "sim/check/truth.h"

void focus_truth_init(struct judge *judge);
void focus_truth_deinit(struct judge *judge);

/* OBS_CONN_OPEN: what an earlier hello said is of no use. */
void focus_opened(struct judge *judge, uint32_t device);
/* OBS_FOCUS of a hello. */
void focus_said(struct judge *judge, const struct obs *obs);
void focus_welcome(struct judge *judge, uint32_t device);
/* OBS_HEAD. */
void focus_head(struct judge *judge, const struct obs *obs);
/* The first row of a room after a welcome. */
void focus_resumed(struct judge *judge, const struct obs *obs);

#endif
