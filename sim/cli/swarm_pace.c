/* How long a seed may take: from those that are done. See swarm.h. */
#include "sim/cli/swarm.h"

#include <string.h>

#define SAMPLES_LEAST 3 /* before that nothing is known of a form */
#define TIMES_MEDIAN  20
#define UNKNOWN_US    (600 * SECOND)
#define LEAST_US      (30 * SECOND) /* a machine may be busy with other things for a while */

static struct pace *pace_of(struct swarm *swarm, uint64_t place)
{
    return &swarm->loaded[place_scenario(swarm, place)].pace[place_small(swarm, place)];
}

void pace_add(struct swarm *swarm, uint64_t place, int64_t wall_us)
{
    struct pace *pace = pace_of(swarm, place);
    uint32_t at = pace->len;

    if (pace->len == PACE_SAMPLES_MAX) {
        return;
    }
    while (at > 0 && pace->sorted_us[at - 1] > wall_us) {
        pace->sorted_us[at] = pace->sorted_us[at - 1];
        at--;
    }
    pace->sorted_us[at] = wall_us;
    pace->len++;
}

int64_t pace_limit_us(const struct swarm *swarm, uint64_t place)
{
    const struct pace *pace =
        &swarm->loaded[place_scenario(swarm, place)].pace[place_small(swarm, place)];

    if (swarm->args.timeout_us > 0) {
        return swarm->args.timeout_us;
    }
    if (pace->len < SAMPLES_LEAST) {
        return UNKNOWN_US;
    }
    const int64_t limit_us = TIMES_MEDIAN * pace->sorted_us[pace->len / 2];
    return limit_us > LEAST_US ? limit_us : LEAST_US;
}
