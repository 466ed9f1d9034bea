/* MEM-01 to MEM-04: rooms that people make, join and leave.
 *
 * The truth is what the world made people ask for, and the joins and leaves that the log has. Who put somebody into
 * a room is seen by the client id: an own join has one, as has the first entry of a room that was made by its maker. */
#ifndef HUBBUB_SIM_CHECK_MEMBER_H
#define HUBBUB_SIM_CHECK_MEMBER_H

#include "sim/check/truth.h"

void member_init(struct judge *judge);
void member_deinit(struct judge *judge);
/* OBS_INVITES, OBS_ASKS, OBS_GRANTED, OBS_DENIED. */
void member_observe(struct judge *judge, const struct obs *obs);
/* OBS_MEMBER, behind the commit of its entry; tells stays.h. */
void member_placed(struct judge *judge, const struct obs *obs);
/* Whether something that the device asked about the room is not answered. */
bool member_waits(const struct judge *judge, uint32_t device, uint32_t room);
/* What the device asked and has no answer to is not asked again. */
void member_forgot(struct judge *judge, uint32_t device);
void member_end(struct judge *judge, const struct obs *obs);

#endif
