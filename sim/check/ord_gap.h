/* ORD-03, ORD-04 and ORD-08 of a view with markers: what is shown comes at an edge of one, or above all. */
#ifndef HUBBUB_SIM_CHECK_ORD_GAP_H
#define HUBBUB_SIM_CHECK_ORD_GAP_H

#include "sim/check/truth.h"

/* OBS_GAP. */
void ord_gap(struct judge *judge, const struct obs *obs);
/* OBS_SHOWN in a view with VIEW_MARKED; sets its `last`. */
void ord_gap_shown(struct judge *judge, const struct obs *obs, struct view *view,
                   const struct row *row);
/* OBS_SYNC_BEGIN: SYN-08. */
void ord_gap_asked(struct judge *judge, const struct obs *obs);

#endif
