/* A bug that is planted into a seed's run, again and again in a long swarm: as long as the judge sees each, its
 * silence says something. See swarm.h. */
#include "server/base/rng.h"
#include "sim/cli/swarm.h"
#include "sim/explore/run.h"

#include <inttypes.h>

#define SHOWN_MOST 100 /* things that are shown before it, in a world that shows hundreds */

/* Small ones are enough, and quick. */
bool canary_wanted(const struct swarm *swarm, uint64_t place)
{
    const uint64_t every =
        swarm->args.canary == CANARY_BY_DEFAULT ? CANARY_EVERY : swarm->args.canary;
    const bool lasts = swarm->args.canary != CANARY_BY_DEFAULT || swarm->places >= CANARY_PLACES;

    /* In the order in which they are run: a swarm that its time ends has some, too. */
    const uint64_t nth =
        place % swarm->seeds * swarm->args.files_len + place_scenario(swarm, place);

    return every > 0 && lasts && nth % every == every - 1 && place_small(swarm, place);
}

enum canary canary_run(const struct swarm *swarm, uint64_t place, const struct plan *plan)
{
    struct rng rng = rng_stream(place_seed(swarm, place), "swarm.canary", place, 0);
    const enum plant plant = (enum plant)rng_between(&rng, 0, PLANT_COUNT - 1);
    const uint64_t nth = (uint64_t)rng_between(&rng, 0, SHOWN_MOST - 1);
    bool planted;
    const bool seen =
        run_planted(plan, swarm->args.blind_canary ? PLANT_NOTHING : plant, nth, &planted);

    return !planted ? CANARY_NONE : seen ? CANARY_SEEN : CANARY_UNSEEN;
}

void canary_add(struct swarm *swarm, uint64_t place, enum canary canary)
{
    swarm->canaries += canary != CANARY_NONE;
    swarm->canaries_seen += canary == CANARY_SEEN;
    if (canary == CANARY_UNSEEN && !swarm->canary_lost) {
        swarm->canary_lost = true;
        swarm->canary_place = place;
    }
}

void canary_line(const struct swarm *swarm, struct buf *out)
{
    if (swarm->canaries == 0) {
        return;
    }
    buf_printf(out, "canary  %s: %" PRIu64 " bugs were planted, the judge saw %" PRIu64,
               swarm->canary_lost ? "UNSEEN" : "seen", swarm->canaries, swarm->canaries_seen);
    if (swarm->canary_lost) {
        buf_printf(out,
                   "; not that in seed %" PRIu64
                   " of %s: what it did not find in others says nothing",
                   place_seed(swarm, swarm->canary_place),
                   swarm->loaded[place_scenario(swarm, swarm->canary_place)].name);
    }
    buf_add_char(out, '\n');
}
