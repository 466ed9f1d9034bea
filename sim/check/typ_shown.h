/* What devices show of who types: in time, with a cause, without a break (TYP-01, 02, 03, 06, 07, 08). */
#ifndef HUBBUB_SIM_CHECK_TYP_SHOWN_H
#define HUBBUB_SIM_CHECK_TYP_SHOWN_H

#include "sim/check/typ_people.h"

void typ_shown_observe(struct judge *judge, const struct obs *obs); /* OBS_TYPIST */
/* An entry of somebody is shown: OBS_SHOWN. */
void typ_shown_entry(struct judge *judge, const struct obs *obs);
/* Something of this view, or of all of the pair, is to be looked at earlier than was known. */
void typ_shown_look(struct judge *judge, struct typ_view *view, int64_t now_us);
void typ_shown_look_all(struct judge *judge, const struct typ_pair *pair, int64_t now_us);
void typ_shown_due(struct judge *judge, struct due due); /* DUE_TYPIST */

#endif
