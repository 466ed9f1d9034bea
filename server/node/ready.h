/* Whether the node takes new connections: registered, not asked to go, and its life is not over. Redis is
 * no part of it: without Redis the database tells what is new, at the pace of the sweeps. */
#ifndef HUBBUB_SERVER_NODE_READY_H
#define HUBBUB_SERVER_NODE_READY_H

#include "server/node/state.h"

/* Looks again at this and at Redis, and tells the driver of a change. */
void ready_check(struct node *node);

/* Whether this node can neither publish nor hear: a link is down, or not subscribed yet. */
bool redis_away(const struct node *node);

#endif
