/* What the seeds of a swarm never reached, though their scenario can. See swarm.h. */
#include "sim/cli/swarm.h"

#include <inttypes.h>
#include <stdio.h>

void reach_add(struct swarm *swarm, uint64_t place, const struct reach *reached)
{
    struct reached *sum =
        &swarm->loaded[place_scenario(swarm, place)].reached[place_small(swarm, place)];

    for (int i = 0; i < NOTE_COUNT; i++) {
        sum->what.points[i] |= reached->points[i];
    }
    sum->what.faults |= reached->faults;
    sum->seeds++;
}

/* How many groups of seeds, a scenario in one size each, there are. */
static uint32_t groups(const struct swarm *swarm)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < swarm->args.files_len; i++) {
        count += swarm->loaded[i].reached[0].seeds > 0 ? 1 : 0;
        count += swarm->loaded[i].reached[1].seeds > 0 ? 1 : 0;
    }
    return count;
}

static void put(const struct swarm *swarm, const struct loaded *loaded, bool small,
                const char *what, struct never *ret)
{
    if (ret->len == NEVER_MAX) {
        return;
    }
    char *line = ret->lines[ret->len++];
    if (groups(swarm) > 1) {
        (void)snprintf(line, NEVER_BYTES, "%s in %s of %.60s", what,
                       small ? "the small form" : "full size", loaded->name);
    } else {
        (void)snprintf(line, NEVER_BYTES, "%s", what);
    }
}

/* True: there is such. */
static bool put_never(const struct swarm *swarm, const struct loaded *loaded, bool small,
                      const struct reach *able, struct never *ret)
{
    const struct reach *what = &loaded->reached[small].what;
    bool any = false;

    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        if (((able->faults & ~what->faults) >> kind & 1) != 0) {
            any = true;
            put(swarm, loaded, small, fault_word((enum fault_kind)kind), ret);
        }
    }
    for (int code = 0; code < NOTE_COUNT; code++) {
        if (able->points[code] && !what->points[code]) {
            any = true;
            put(swarm, loaded, small, note_text((enum note_code)code), ret);
        }
    }
    return any;
}

void reach_never(const struct swarm *swarm, struct never *ret)
{
    const struct scenario_overrides *over = &swarm->args.overrides;
    /* A shorter or smaller run may well not come to all that the scenario can. */
    const bool as_written =
        over->clients == 0 && over->rooms == 0 && over->nodes == 0 && over->duration_us == 0;

    *ret = (struct never){.len = 0};
    for (uint32_t i = 0; i < swarm->args.files_len; i++) {
        for (int small = 0; small < 2; small++) {
            const struct loaded *loaded = &swarm->loaded[i];
            const struct reached *sum = &loaded->reached[small];
            if (sum->seeds == 0) {
                continue;
            }
            const struct reach able = reach_of(loaded->scenario, small != 0);
            const bool any = put_never(swarm, loaded, small != 0, &able, ret);
            ret->enough = ret->enough || (as_written && sum->seeds >= REACH_SEEDS && any);
        }
    }
}
