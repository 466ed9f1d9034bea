/* See clocks.h. */
#include "sim/world/clocks.h"

#define PPM 1000000

int64_t world_node_local_us(const struct world_node *node, int64_t true_us)
{
    const int64_t since = true_us - node->true_base_us;
    return node->local_base_us + since + since * node->ppm / PPM;
}

struct mono world_node_mono(const struct world *world, const struct world_node *node)
{
    return (struct mono){world_node_local_us(node, world_now(world)) - node->start_local_us};
}

int64_t world_node_wall_ms(const struct world *world, uint16_t index)
{
    const struct world_node *node = &world->nodes[index];
    return WORLD_EPOCH_MS + world_node_local_us(node, world_now(world)) / 1000 + node->offset_ms;
}

void world_node_set_clock(struct world *world, uint16_t index, int64_t ppm, int64_t offset_ms)
{
    struct world_node *node = &world->nodes[index];
    const int64_t local = world_node_local_us(node, world_now(world));

    node->true_base_us = world_now(world);
    node->local_base_us = local;
    node->ppm = ppm;
    node->offset_ms = offset_ms;
}

int64_t world_node_true_us(const struct world *world, const struct world_node *node, struct mono at)
{
    const int64_t now = world_now(world);
    if (at.us == INT64_MAX) {
        return INT64_MAX;
    }
    const int64_t left = at.us - world_node_mono(world, node).us;
    if (left <= 0) {
        return now;
    }
    int64_t guess = now + left - left * node->ppm / (PPM + node->ppm);
    while (guess > now && world_node_local_us(node, guess - 1) - node->start_local_us >= at.us) {
        guess--;
    }
    while (world_node_local_us(node, guess) - node->start_local_us < at.us) {
        guess++;
    }
    return guess;
}
