/* See balancer.h. */
#include "sim/world/balancer.h"

void world_balancer_init(struct world *world)
{
    struct text names[PLAN_NODES_MAX];

    for (uint32_t i = 0; i < world->plan->nodes; i++) {
        names[i] = names_text(&world->names, NAME_NODE, i);
    }
    ring_init(&world->ring, names, world->plan->nodes);
}

bool world_route(const struct world *world, uint64_t user_key, uint16_t *ret)
{
    struct ring_walk walk = ring_walk(&world->ring, user_key);
    uint16_t node;

    while (ring_next(&world->ring, &walk, &node)) {
        if (world->nodes[node].node != NULL && world->nodes[node].ready) {
            *ret = node;
            return true;
        }
    }
    return false;
}
