/* LIV, and SYN-02: what must happen in time. */
#ifndef HUBBUB_SIM_CHECK_LIV_H
#define HUBBUB_SIM_CHECK_LIV_H

#include "sim/check/truth.h"

void liv_placed(struct judge *judge, const struct placed *placed);
void liv_shown_slow(struct judge *judge, const struct device *device, const struct room *room,
                    const struct row *row, const struct obs *obs);
void liv_opened(struct judge *judge, const struct obs *obs); /* CONN_OPEN, WELCOME */
void liv_closed(struct judge *judge, struct device *device, const struct obs *obs);
void liv_held(struct judge *judge, const struct obs *obs);
void liv_held_shown(struct judge *judge, struct view *view, uint64_t seq);
void liv_held_forget(struct judge *judge, struct view *view);

/* Deadlines that ended before `now_us`: each is judged, or pushed again for later. */
void liv_commit_due(struct judge *judge, const struct due_commit *due, int64_t now_us);
void liv_late_due(struct judge *judge, struct due due, int64_t now_us);
void liv_held_due(struct judge *judge, struct due due, int64_t now_us);
void liv_online_due(struct judge *judge, struct due due, int64_t now_us);

#endif
