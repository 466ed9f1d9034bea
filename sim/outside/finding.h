/* A broken promise, with the last lines of everyone whom it involves. */
#ifndef HUBBUB_SIM_OUTSIDE_FINDING_H
#define HUBBUB_SIM_OUTSIDE_FINDING_H

#include "sim/outside/ledger.h"

/* A line of a seat, so that a finding can show it. */
void sight_note(struct ledger *ledger, struct seat *seat, enum record_verb verb, const char *label);

/* The same in every room of a device. */
void sight_note_device(struct ledger *ledger, uint32_t device, enum record_verb verb,
                       struct text reason);

struct involved { /* seats, in the order of their columns; NONE: nobody */
    uint32_t seats[FINDING_PEOPLE_MAX];
};

/* Counts it, and keeps the first few of each invariant. */
void finding_add(struct ledger *ledger, enum invariant invariant, uint32_t room,
                 struct involved involved, const char *format, ...) HB_PRINTF(5, 6);

/* A device that showed it, other than `but`; NONE. */
uint32_t seat_that_showed(const struct ledger *ledger, const struct message *message, uint32_t but);

/* "lobby", or words for the room without a name. */
const char *room_words(const struct ledger *ledger, uint32_t room);
const char *seat_name(const struct ledger *ledger, uint32_t seat);

#endif
