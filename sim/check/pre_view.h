/* What devices are told of people: PRE-01 to PRE-06, PRE-08, PRE-10, PRE-11, SEC-01.
 *
 * What a device was told last of somebody may be what was true until the bound of its path ago. So it is
 * looked at when it is told, and when the time of what is not true any more is over. */
#ifndef HUBBUB_SIM_CHECK_PRE_VIEW_H
#define HUBBUB_SIM_CHECK_PRE_VIEW_H

#include "sim/check/pre_people.h"

void pre_view_observe(struct judge *judge, const struct obs *obs);
/* A device was welcomed, or somebody came into a room: they are to be told of all there. */
void pre_view_welcome(struct judge *judge, const struct obs *obs);
void pre_view_member(struct judge *judge, const struct obs *obs);
/* OBS_WATCH. */
void pre_view_watch(struct judge *judge, const struct obs *obs);
/* DUE_PERSON: what all others show of them. */
void pre_person_due(struct judge *judge, struct due due);
/* DUE_ARRIVAL: what it shows of all others. */
void pre_arrival_due(struct judge *judge, struct due due);
/* PRE-07: all views of those who are online, at rest. */
void pre_view_end(struct judge *judge);

#endif
