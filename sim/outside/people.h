/* Devices, rooms, and who is in them. */
#ifndef HUBBUB_SIM_OUTSIDE_PEOPLE_H
#define HUBBUB_SIM_OUTSIDE_PEOPLE_H

#include "sim/outside/ledger.h"

/* "bob" of "bob/phone". */
struct text user_of_name(struct text who);
/* Made at first sight. */
uint32_t user_get(struct ledger *ledger, struct text name);
uint32_t device_get(struct ledger *ledger, struct text who);
uint32_t room_get(struct ledger *ledger, struct text name); /* absent: the one without a name */
uint32_t seat_get(struct ledger *ledger, uint32_t device, uint32_t room);

/* Who writes, shows or gets an ack in a room is in it, unless it was said that it left. */
void seat_member_by_deed(struct ledger *ledger, struct seat *seat);
/* Nobody waits for what it shows any more (loss_released comes first): its slot goes to another. */
void seat_left(struct ledger *ledger, struct seat *seat);
/* `who` with a device's name: this one; without: all of the user's, present and to come. */
void member_joined(struct ledger *ledger, struct text who, uint32_t room);

const char *device_name(const struct ledger *ledger, uint32_t device);
const char *room_name(const struct ledger *ledger, uint32_t room);

#endif
