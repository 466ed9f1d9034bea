/* `refresh`: another token for a connection that goes on. */
#ifndef HUBBUB_SERVER_NODE_REFRESH_H
#define HUBBUB_SERVER_NODE_REFRESH_H

#include "server/node/session.h"
#include "server/node/state.h"

/* A token that is not good, or somebody else's, changes nothing: the connection stands on what it had. */
void refresh_frame(struct node *node, struct session *session, const struct frame_refresh *refresh);

#endif
