/* `roomsPerPerson`, of a scenario and of a plan: how many rooms people are in.
 *
 *     [{"rooms": 1, "permille": 250}, {"rooms": [2, 4], "permille": 700}, {"rooms": 8, "permille": 50}] */
#ifndef HUBBUB_SIM_EXPLORE_ROOMS_H
#define HUBBUB_SIM_EXPLORE_ROOMS_H

#include "sim/explore/config.h"

#define ROOMS_WORD "roomsPerPerson"

struct rooms_shares {
    struct rooms_share items[PLAN_SHARES_MAX];
    uint32_t len; /* 0: the field is not there */
};

/* Refuses shares that are not all of the people. */
void rooms_read(const struct config *config, struct rooms_shares *ret);
/* Refuses one that wants more rooms than there are. */
void rooms_check(const struct config *config, const struct rooms_shares *shares, int64_t rooms);
/* As a member of a plan. */
void rooms_write(const struct plan *plan, struct buf *out);

#endif
