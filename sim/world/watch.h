/* Somebody who looks on: told of each event before it happens, and of what nodes and clients were given and
 * want before that is carried out. Reads and changes nothing, so a run is the same with it. */
#ifndef HUBBUB_SIM_WORLD_WATCH_H
#define HUBBUB_SIM_WORLD_WATCH_H

#include "server/node/node.h"
#include "sim/client/client.h"
#include "sim/world/events.h"

struct world;

struct world_watch { /* all are told; what they are given is borrowed for the call */
    void *user;
    void (*event)(void *user, const struct world *world, const struct sched_event *event);
    void (*node)(void *user, const struct world *world, uint16_t node,
                 const struct node_event *event, const struct effects *effects);
    void (*client)(void *user, const struct world *world, uint32_t client,
                   const struct client_event *event, const struct client_out *out);
};

#endif
