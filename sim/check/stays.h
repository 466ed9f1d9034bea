/* SYN-14: a member is shown the entries of their stays, each from its join to its leave, and nothing beside. */
#ifndef HUBBUB_SIM_CHECK_STAYS_H
#define HUBBUB_SIM_CHECK_STAYS_H

#include "sim/check/truth.h"

void stays_init(struct judge *judge);
void stays_deinit(struct judge *judge);
/* OBS_MEMBER. */
void stays_member(struct judge *judge, const struct obs *obs);
/* Whether the device's user may see none of these places, and was in the room at all: they are passed over. */
bool stays_hide(struct judge *judge, uint32_t device, uint32_t room, uint64_t low, uint64_t high);
/* Whether they may see this one. */
bool stays_hold(struct judge *judge, uint32_t device, uint32_t room, uint64_t seq);
/* A row that a device was shown, and that its present stay does not hold. */
void stays_shown(struct judge *judge, const struct obs *obs);

#endif
