/* What comes in: frames of clients, and all that Redis says. The one list of who gets what. */
#ifndef HUBBUB_SERVER_NODE_INBOX_H
#define HUBBUB_SERVER_NODE_INBOX_H

#include "server/node/state.h"

void inbox_frame(struct node *node, struct conn_id conn, struct wire *wire);
/* Carries out what the Redis client made of its bytes, and of what was asked of it. */
void inbox_redis(struct node *node);

#endif
