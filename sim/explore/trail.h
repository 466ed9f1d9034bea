/* The hash of a run after every so many events: where two runs of one plan part. */
#ifndef HUBBUB_SIM_EXPLORE_TRAIL_H
#define HUBBUB_SIM_EXPLORE_TRAIL_H

#include "server/base/base.h"
#include "server/base/hash.h"

#define TRAIL_MAX       64 /* checkpoints: of a long run each stands for more events */
#define TRAIL_EVERY_MAX (UINT64_C(1) << 40) /* events, of one that is read */

struct trail {
    uint64_t
        every; /* events from one checkpoint to the next: a power of two; 0: nothing is known */
    uint32_t len;
    uint64_t hashes[TRAIL_MAX]; /* after event every * (i + 1): half of the run's hash */
};

/* After each event, with its number from 1. */
void trail_add(struct trail *trail, uint64_t event, struct hash128 hash);

/* Runs part between two events: after the first they were one still, after the second they are not. */
struct parting {
    uint64_t after, by; /* by 0: after the last checkpoint that both have */
};
/* False: there is nothing to compare. The runs are known to differ. */
bool trail_parting(const struct trail *one, const struct trail *two, struct parting *ret);

#endif
