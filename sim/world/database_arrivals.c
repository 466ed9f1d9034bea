/* See database_arrivals.h. */
#include "sim/world/database_arrivals.h"

#include "sim/world/database.h"
#include "sim/world/nodes.h"

void world_db_event(struct world *world, const struct sched_event *event)
{
    struct world_tx *way = event->tx;
    const struct world_node *node = &world->nodes[event->node];

    if (event->kind == EV_DB_RUN) {
        world_db_run(world, event->node, way);
        return;
    }
    HB_ASSERT(event->kind == EV_DB_ANSWER);
    if (node->node != NULL && node->life == way->life) {
        struct node_event done = {.kind = NODE_DB_DONE};
        done.db = &way->answer;
        world_node_event(world, event->node, &done);
    }
    world_tx_free(&way);
}
