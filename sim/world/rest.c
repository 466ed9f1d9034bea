/* See rest.h. */
#include "sim/world/rest.h"

#include "sim/plan/facts.h"
#include "sim/world/people.h"

/* Whose end at the node is open. */
static uint32_t connections_at(const struct world *world, uint16_t node)
{
    uint32_t connections = 0;

    for (uint32_t slot = 0; slot < world->conns_len; slot++) {
        const struct world_conn *conn = &world->conns[slot];
        connections += conn->used && conn->node_open && conn->node == node;
    }
    return connections;
}

static void tell(struct world *world, enum obs_kind kind, uint16_t node, enum obs_holding what,
                 uint32_t count)
{
    struct obs obs = OBS(kind, world_now(world));

    obs.node = node;
    obs.seq = what;
    obs.value = count;
    world_observe(world, &obs);
}

void world_rest_tell(struct world *world)
{
    if (world->plan->server.presence != 0) {
        world_people_tell(world);
    }
    const bool typing = plan_bounds(world->plan).typing_us != 0;
    for (uint16_t i = 0; i < world->plan->nodes; i++) {
        if (world->nodes[i].node == NULL) {
            continue;
        }
        const struct node_holds holds = node_holds(world->nodes[i].node);
        tell(world, OBS_SERVES, i, HOLDING_CONNECTIONS, connections_at(world, i));
        tell(world, OBS_HOLDS, i, HOLDING_CONNECTIONS, holds.connections);
        tell(world, OBS_HOLDS, i, HOLDING_ROOMS, holds.rooms);
        tell(world, OBS_HOLDS, i, HOLDING_ENTRIES, holds.entries);
        tell(world, OBS_HOLDS, i, HOLDING_COMMANDS, holds.commands);
        tell(world, OBS_HOLDS, i, HOLDING_CHANNELS, holds.channels);
        tell(world, OBS_HOLDS, i, HOLDING_FOLLOWED, holds.followed);
        if (typing) {
            tell(world, OBS_TYPISTS, i, HOLDING_COUNT, holds.typists);
        }
    }
}

bool world_rest_is_told(const struct world *world)
{
    const struct node_params *server = &world->plan->server;
    const int64_t told_us = world->committed_us + server->lease_us + server->sweep_us +
                            2 * server->announce_us + server->gap_us + REST_LOOK_US;

    return world->committed_us <= world->plan->duration_us + REST_LOOK_US ||
           told_us <= world_now(world);
}
