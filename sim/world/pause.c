/* See pause.h. */
#include "sim/world/pause.h"

#include "sim/world/balancer.h"

void world_pause(struct world *world, uint16_t node)
{
    HB_ASSERT(world->nodes[node].node != NULL);
    world->nodes[node].paused = true;
}

void world_pause_end(struct world *world, uint16_t node)
{
    if (world->nodes[node].paused) {
        sched_push(&world->sched, world_now(world),
                   (struct sched_event){.kind = EV_NODE_RESUME, .node = node});
    }
}

/* The node that this connection is to. False: its event is nobody's any more. */
static bool node_of_conn(const struct world *world, const struct sched_event *event, uint16_t *ret)
{
    const struct world_conn *conn = &world->conns[event->slot];

    if (!conn->used || conn->generation != event->generation) {
        return false;
    }
    if (event->kind == EV_CONNECT) {
        return conn->client_open && world_route(world, world->clients[conn->client].user->key, ret);
    }
    *ret = conn->node;
    return true;
}

/* The node that takes this event. False: nobody who could be paused. */
static bool node_of(const struct world *world, const struct sched_event *event, uint16_t *ret)
{
    static const enum {
        ELSEWHERE,
        BY_CONNECTION,
        NAMED
    } whose[EV_KIND_COUNT] = {
        [EV_CONNECT] = BY_CONNECTION, [EV_FRAME_UP] = BY_CONNECTION, [EV_CLOSE_UP] = BY_CONNECTION,
        [EV_NODE_WAKE] = NAMED,       [EV_REDIS_OPENED] = NAMED,     [EV_REDIS_DOWN] = NAMED,
        [EV_REDIS_LOST] = NAMED,      [EV_DB_ANSWER] = NAMED,        [EV_POST_UP] = NAMED,
        [EV_POST_GONE] = NAMED,       [EV_REVOKE] = NAMED,
    };

    if (whose[event->kind] == BY_CONNECTION) {
        return node_of_conn(world, event, ret);
    }
    *ret = event->node;
    return whose[event->kind] == NAMED;
}

bool world_pause_takes(struct world *world, const struct sched_event *event)
{
    uint16_t index;

    if (!node_of(world, event, &index) || !world->nodes[index].paused) {
        return false;
    }
    struct world_node *node = &world->nodes[index];
    if (event->kind != EV_NODE_WAKE) { /* which it is given when it goes on */
        HB_GROW(node->held, node->held_len, node->held_cap);
        node->held[node->held_len++] = *event;
    }
    return true;
}

struct sched_event *world_pause_over(struct world *world, uint16_t index, uint32_t *ret_len)
{
    struct world_node *node = &world->nodes[index];
    struct sched_event *held = node->held;

    *ret_len = node->held_len;
    node->paused = false;
    node->held = NULL;
    node->held_len = node->held_cap = 0;
    return held;
}
