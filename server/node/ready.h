/* Whether the node takes new connections: registered, not asked to go, its life is not over, and the database
 * took a write of it within ready_write_us. Redis is no part of it: without Redis the database tells what is
 * new, at the pace of the sweeps. */
#ifndef HUBBUB_SERVER_NODE_READY_H
#define HUBBUB_SERVER_NODE_READY_H

#include "server/node/state.h"

/* Looks again at this and at Redis, and tells the driver of a change. */
void ready_check(struct node *node);

/* The database took a write, just now. */
void ready_written(struct node *node);
/* Of TIMER_WRITTEN, which it sets again: looks, and has a node that wrote nothing for a while write. */
void ready_timer(struct node *node);

/* Whether this node can neither publish nor hear: a link is down, or not subscribed yet. */
bool redis_away(const struct node *node);

#endif
