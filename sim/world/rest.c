/* See rest.h. */
#include "sim/world/rest.h"

#include <stdlib.h>
#include <string.h>

struct there { /* at one node */
    uint32_t connections, rooms;
};

/* By the connections whose end at the node is open, and the rooms of their people. `seen`: scratch. */
static struct there there_at(const struct world *world, uint16_t node, bool *seen)
{
    struct there there = {0};

    memset(seen, 0, world->plan->rooms * sizeof *seen);
    for (uint32_t slot = 0; slot < world->conns_len; slot++) {
        const struct world_conn *conn = &world->conns[slot];
        if (!conn->used || !conn->node_open || conn->node != node) {
            continue;
        }
        const struct world_user *user = world->clients[conn->client].user;
        there.connections++;
        for (uint32_t i = 0; i < user->rooms_len; i++) {
            const uint32_t room = user->rooms[i].ref;
            HB_ASSERT(room < world->plan->rooms);
            there.rooms += !seen[room];
            seen[room] = true;
        }
    }
    return there;
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
    bool *seen = hb_malloc(world->plan->rooms * sizeof *seen + 1);

    for (uint16_t i = 0; i < world->plan->nodes; i++) {
        if (world->nodes[i].node == NULL) {
            continue;
        }
        const struct there there = there_at(world, i, seen);
        const struct node_holds holds = node_holds(world->nodes[i].node);
        tell(world, OBS_SERVES, i, HOLDING_CONNECTIONS, there.connections);
        tell(world, OBS_SERVES, i, HOLDING_ROOMS, there.rooms);
        tell(world, OBS_HOLDS, i, HOLDING_CONNECTIONS, holds.connections);
        tell(world, OBS_HOLDS, i, HOLDING_ROOMS, holds.rooms);
        tell(world, OBS_HOLDS, i, HOLDING_ENTRIES, holds.entries);
        tell(world, OBS_HOLDS, i, HOLDING_COMMANDS, holds.commands);
    }
    free(seen);
}
