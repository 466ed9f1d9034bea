/* The end of a session: by us, by the peer, by silence. */
#ifndef HUBBUB_SERVER_NODE_SESSION_END_H
#define HUBBUB_SERVER_NODE_SESSION_END_H

#include "server/node/session.h"
#include "server/node/state.h"

void session_end(struct node *node, struct session *session);
/* By us: a connection is closed with `code`, a request that was not answered is refused. */
/* Those in node->excess. */
void session_excess_flush(struct node *node);
void session_close(struct node *node, struct session *session, enum close_code code);
void session_gone(struct node *node, struct conn_id conn); /* the peer or the network ended it */
void session_timer(struct node *node, uint32_t index, uint64_t serial, int64_t at_us);

#endif
