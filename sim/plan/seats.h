/* Who is in which room from the start.
 *
 * By `members_per_room`, room r has the members (r * members_per_room + k) mod users. By
 * `rooms_per_person`, how many rooms a person is in, and which, comes from that person's own stream, so
 * that another person more or less moves nobody; the first is room (user mod rooms), so that no room
 * stays empty while there are as many users. */
#ifndef HUBBUB_SIM_PLAN_SEATS_H
#define HUBBUB_SIM_PLAN_SEATS_H

#include "sim/plan/plan.h"

struct seats {
    uint32_t *first; /* owned: by room, where its members begin; one more: where they end */
    uint32_t *users; /* owned: the members, by room; within one in the order of their joins */
};

void seats_init(struct seats *seats, const struct plan *plan);
void seats_deinit(struct seats *seats);

#endif
