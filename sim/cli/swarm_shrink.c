/* What a swarm found, each seed shrunk. See swarm.h. */
#include "sim/cli/shrink.h"
#include "sim/cli/swarm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What the seed's plan expects is what it came to. False: it has no plan (one line was printed). */
static bool plan_of(const struct swarm *swarm, uint64_t place, struct loaded_plan *ret)
{
    const struct outcome *outcome = &swarm->outcomes[place];

    *ret = (struct loaded_plan){.scenario = swarm->loaded[place_scenario(swarm, place)].scenario};
    ret->expect.small = place_small(swarm, place);
    if (outcome->invariant >= 0) {
        ret->expect.verdict = EXPECT_VIOLATED;
        ret->expect.invariant = (enum invariant)outcome->invariant;
    }
    return place_plan(swarm, place, &ret->plan);
}

/* Its files stand beside its plan. */
static bool shrink_place(const struct swarm *swarm, uint64_t place, const struct args *args)
{
    struct loaded_plan loaded;
    char repro[REPRO_CAP];
    char under[REPRO_CAP + 16];

    if (!plan_of(swarm, place, &loaded)) {
        return false;
    }
    place_repro(swarm, place, repro);
    (void)snprintf(under, sizeof under, "%.*sshrunk-", (int)(strrchr(repro, '/') - repro) + 1,
                   repro);
    const struct shrink_task task = {.args = args,
                                     .title = "hubbub swarm",
                                     .file = repro,
                                     .loaded = &loaded,
                                     .invariant = -1,
                                     .under = under};
    const enum exit_code code = shrink_one(&task);
    (void)fflush(stdout);
    plan_deinit(&loaded.plan);
    return code != EXIT_HARNESS;
}

void swarm_shrink(struct swarm *swarm)
{
    struct args args = swarm->args;

    args.quiet = true;
    args.time_us = SWARM_SHRINK_US;
    for (uint64_t place = 0; place < swarm->places && signal_caught() == 0; place++) {
        const enum seed_end end = swarm->outcomes[place].end;
        if (swarm->outcomes[place].done && seed_code(end) == EXIT_VIOLATED &&
            !shrink_place(swarm, place, &args)) {
            swarm->unwritten = true;
        }
    }
}
