/* See lives.h. */
#include "sim/world/lives.h"

static bool registers(const struct db_tx *tx)
{
    for (uint32_t i = 0; i < tx->calls_len; i++) {
        if (tx->calls[i].stmt == DB_NODE_REGISTER) {
            return true;
        }
    }
    return false;
}

/* To lose its name is a fault that ends a process, as it is told. */
static void taken(struct world *world, uint16_t node)
{
    struct obs obs = OBS(OBS_FAULT_BEGIN, world_now(world));

    obs.seq = FAULT_NAME_TAKEN;
    obs.node = node;
    obs.flags = OBS_LEFT;
    world_observe(world, &obs);
    obs.kind = OBS_FAULT_END;
    world_observe(world, &obs);
}

void world_lives_committed(struct world *world, uint16_t node, uint16_t as, bool orphan,
                           const struct db_tx *tx)
{
    if (!registers(tx)) {
        return;
    }
    for (uint16_t i = 0; i < world->plan->nodes; i++) {
        if (i != node && world->nodes[i].as == as && world->nodes[i].node != NULL) {
            taken(world, i);
        }
    }
    if (!orphan) {
        struct obs obs = OBS(OBS_REGISTERED, world_now(world));
        obs.node = node;
        obs.value = world->nodes[node].life;
        world_observe_edge(world, &obs);
    }
}
