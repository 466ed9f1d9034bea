/* The same plan again. In lockstep it must give the same hash after every event; that also shows that
 * runs in one process cannot touch each other. */
#include "sim/explore/verify.h"

#include "server/base/hash.h"
#include "sim/world/world.h"

#include <stdio.h>

void run_record_node(const struct plan *plan, uint16_t node, struct buf *out)
{
    struct world *world = world_new(plan, (struct obs_sink){0}, false);

    world_record_node(world, node, out);
    while (world_step(world)) {
    }
    world_free(&world);
}

bool run_verify(const struct plan *plan, uint64_t plant_at_event, char *ret_where, size_t ret_cap)
{
    const struct obs_sink none = {.observe = NULL};
    struct world *one = world_new(plan, none, false);
    struct world *two = world_new(plan, none, false);
    uint64_t event = 0;
    bool same = true;
    bool more = true;

    while (more && same) {
        event++;
        more = world_step(one);
        if (event == plant_at_event) {
            world_plant_difference(two);
        }
        const bool other = world_step(two);
        const struct hash128 a = world_hash(one);
        const struct hash128 b = world_hash(two);
        same = more == other && a.lo == b.lo && a.hi == b.hi;
    }
    if (!same) {
        char first[120];
        char second[120];
        world_describe_last(one, first, sizeof first);
        world_describe_last(two, second, sizeof second);
        (void)snprintf(ret_where, ret_cap, "%s; in the other world %s", first, second);
    }
    world_free(&one);
    world_free(&two);
    return same;
}
