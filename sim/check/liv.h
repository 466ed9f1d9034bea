/* LIV-02 and LIV-04: what must happen in time; LIV-11 is in delivery.h. */
#ifndef HUBBUB_SIM_CHECK_LIV_H
#define HUBBUB_SIM_CHECK_LIV_H

#include "sim/check/truth.h"

void liv_truth_init(struct judge *judge);
void liv_truth_deinit(struct judge *judge);

void liv_opened(struct judge *judge, const struct obs *obs); /* CONN_OPEN, WELCOME */
void liv_closed(struct judge *judge, struct device *device, const struct obs *obs);
void liv_held(struct judge *judge, const struct obs *obs);
void liv_held_shown(struct judge *judge, struct view *view, uint64_t seq);
void liv_held_forget(struct judge *judge, struct view *view);

/* Deadlines that ended before `now_us`: each is judged, or pushed again for later. */
void liv_held_due(struct judge *judge, struct due due, int64_t now_us);
void liv_online_due(struct judge *judge, struct due due, int64_t now_us);

#endif
