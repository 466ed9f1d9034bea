/* What runs of a scenario can come to at all: the coverage points that its faults, its parameters and its
 * people make reachable, and the faults that it has on. A swarm that never reached one of them has not
 * tested what it says it does. */
#ifndef HUBBUB_SIM_EXPLORE_REACH_H
#define HUBBUB_SIM_EXPLORE_REACH_H

#include "server/node/effects.h"
#include "sim/check/verdict.h"
#include "sim/explore/scenario.h"

struct reach { /* what was, or can be, reached */
    bool points[NOTE_COUNT];
    uint64_t faults; /* a bit for each enum fault_kind */
};
_Static_assert(FAULT_KIND_COUNT <= 64, "a bit for each");

/* Of one of the scenario's two sizes. */
struct reach reach_of(const struct scenario *scenario, bool small);
/* Of a run: points that were counted, faults that mattered. */
struct reach reach_of_run(const struct tally *tally);

#endif
