/* See states.h. */
#include "sim/world/states.h"

#define CLIENTS_MOST 1000 /* in a larger world nobody counts what all of them wait for */
#define BIT(state)   ((uint16_t)(1U << (state)))

_Static_assert(NODE_STATE_COUNT <= 16, "a bit for each");

void world_states_begin(struct world *world, uint16_t index)
{
    world->nodes[index].seen =
        (struct world_node_seen){.redis_lost_us = world_now(world), .doubt_us = INT64_MIN};
}

void world_states_note(struct world *world, uint16_t index, enum note_code code)
{
    struct world_node_seen *seen = &world->nodes[index].seen;

    if (code == NOTE_REDIS_CONNECTED) {
        seen->redis_lost_us = INT64_MAX;
    } else if (code == NOTE_REDIS_DISCONNECTED) {
        seen->redis_lost_us = world_now(world);
    } else if (code == NOTE_SUBSCRIPTIONS_LOST) {
        seen->unsubscribed = true;
    } else if (code == NOTE_RESUBSCRIBED) {
        seen->unsubscribed = false;
    } else if (code == NOTE_SEND_UNKNOWN) {
        seen->doubt_us = world_now(world);
    }
}

/* An outcome stays in doubt until the same has been submitted once more, and answered. */
static bool in_doubt(const struct world *world, const struct world_node_seen *seen)
{
    const struct plan *plan = world->plan;
    const int64_t for_us = plan->server.db_retry_us + plan->database_latency_us.high;

    return seen->doubt_us != INT64_MIN && world_now(world) <= seen->doubt_us + for_us;
}

static uint16_t of_client(const struct world *world, uint32_t index)
{
    const struct client *client = world->clients[index].client;

    return client_syncing(client) ? BIT(STATE_SYNC) : !client_online(client) ? BIT(STATE_HELLO) : 0;
}

/* What those who are connected to it wait for. */
static uint16_t of_clients(const struct world *world, uint16_t index)
{
    uint16_t states = 0;

    for (uint32_t i = 0; i < world->plan->clients; i++) {
        const uint32_t slot = world->clients[i].conn;
        if (world->clients[i].client != NULL && slot != CONN_NONE &&
            world->conns[slot].node == index) {
            states |= of_client(world, i);
        }
    }
    return states;
}

/* Without those of its clients. */
static uint16_t of_node(const struct world *world, uint16_t index)
{
    const struct world_node *node = &world->nodes[index];
    const struct world_node_seen *seen = &node->seen;
    uint16_t states = 0;

    if (node->node == NULL) {
        return BIT(STATE_DOWN);
    }
    const bool drains = node->drain_life == node->life;
    states |= drains ? BIT(STATE_DRAINING) : 0;
    states |= !drains && !node->ready ? BIT(STATE_NOT_READY) : 0;
    states |= node->paused ? BIT(STATE_PAUSED) : 0;
    states |= seen->redis_lost_us != INT64_MAX ? BIT(STATE_NO_REDIS) : 0;
    states |= seen->redis_lost_us != INT64_MAX &&
                      world_now(world) - seen->redis_lost_us > world->plan->server.lease_us
                  ? BIT(STATE_NO_LEASE)
                  : 0;
    states |= seen->unsubscribed ? BIT(STATE_RESUBSCRIBING) : 0;
    states |= in_doubt(world, seen) ? BIT(STATE_DOUBT) : 0;
    if (world->plan->clients <= CLIENTS_MOST) {
        const struct node_holds holds = node_holds(node->node);
        states |= holds.entries > 0 ? BIT(STATE_REPAIRING) : 0;
        states |= holds.commands > 0 ? BIT(STATE_COMMIT) : 0;
    }
    return states;
}

static void meet(struct world *world, enum fault_kind kind, uint16_t states)
{
    world->stats.met[kind] |= states != 0 ? states : BIT(STATE_CALM);
}

void world_states_meet(struct world *world, enum fault_kind kind, uint32_t target)
{
    for (uint16_t i = 0; i < world->plan->nodes; i++) {
        if (target == OBS_NONE || target == i) {
            const bool few = world->plan->clients <= CLIENTS_MOST;
            meet(world, kind, of_node(world, i) | (few ? of_clients(world, i) : 0));
        }
    }
}

void world_states_meet_client(struct world *world, enum fault_kind kind, uint32_t client)
{
    const uint32_t slot = world->clients[client].conn;

    if (world->clients[client].client != NULL && slot != CONN_NONE) {
        meet(world, kind, of_node(world, world->conns[slot].node) | of_client(world, client));
    }
}
