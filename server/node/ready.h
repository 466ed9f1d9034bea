/* Whether the node takes new connections: registered, not asked to go, and Redis was not away for longer
 * than a lease. */
#ifndef HUBBUB_SERVER_NODE_READY_H
#define HUBBUB_SERVER_NODE_READY_H

#include "server/node/state.h"

/* Looks again, and tells the driver of a change. */
void ready_check(struct node *node);

#endif
