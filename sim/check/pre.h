/* Who is there: what devices are told of people, against what people and their connections did.
 *
 *   pre_people   who there is                       pre_path    which bound counts, and from when
 *   pre_shown    what may be shown of them          pre_choice  what they choose
 *   pre_happens  what changes it                    pre_seen    when they were seen last
 *   pre_told     one device's view of one person    pre_view    all of them, in time
 *   pre_rest     what Redis has at rest */
#ifndef HUBBUB_SIM_CHECK_PRE_H
#define HUBBUB_SIM_CHECK_PRE_H

#include "sim/check/truth.h"

void pre_init(struct judge *judge);
void pre_deinit(struct judge *judge);

/* Any of OBS_PRESENCE_MAP; connections, members, nodes, faults of Redis and walls, after the shared truth knows
 * of them. Where presence is off, nothing. */
void pre_observe(struct judge *judge, const struct obs *obs);
/* DUE_PERSON, DUE_CHOICE. */
void pre_due(struct judge *judge, struct due due);
void pre_end(struct judge *judge);

#endif
