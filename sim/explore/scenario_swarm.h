/* What a seed of a swarm draws: a form of its own, out of the one that is written.
 *
 * Of the seeds so many permille (`swarm.seeds` of the form; none, if it says nothing) do, the others have the form as it is. One that
 * does draws which kinds of faults are on, how long and how often, the sizes, the latencies, what people do, and
 * the parameters that the scenario does not name, from what its rows say (`swarm_least`); the rest is as
 * written. What comes of it is a plan like any other. Nothing is drawn that does not fit (fits.h).
 *
 * Source: Groce et al., "Swarm Testing" (ISSTA 2012): what is left out lets the rest come to where it does not
 * come otherwise. */
#ifndef HUBBUB_SIM_EXPLORE_SCENARIO_SWARM_H
#define HUBBUB_SIM_EXPLORE_SCENARIO_SWARM_H

#include "server/base/mem.h"
#include "sim/explore/scenario_form.h"

#define SWARM_WORD "swarm"

/* Each value from a stream of its own. False: this seed has the form as it is written; so has *ret. */
bool swarm_draw(const struct form *written, uint64_t seed, struct form *ret);

/* What this seed has other than is written, as one clause; nothing if it has all as it is. */
void swarm_tell(const struct form *written, uint64_t seed, struct buf *out);

#endif
