/* Who types, to requests: GET /api/typing. */
#ifndef HUBBUB_SERVER_NODE_TYPING_ASK_H
#define HUBBUB_SERVER_NODE_TYPING_ASK_H

#include "server/node/room.h"
#include "server/node/session.h"

/* In which of the asker's rooms, or in the one of the query. It was read once; the session's rooms are known. */
void typing_ask(struct node *node, struct session *session, struct text query);

#endif
