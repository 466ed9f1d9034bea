/* The rooms that somebody is in, to requests: GET /api/rooms. */
#ifndef HUBBUB_SERVER_NODE_ROOMS_ASK_H
#define HUBBUB_SERVER_NODE_ROOMS_ASK_H

#include "server/node/room.h"
#include "server/node/session.h"

/* A page of the asker's rooms, in the order of their names. The query was read once; the session's rooms are known. */
void rooms_ask(struct node *node, struct session *session, struct text query);

#endif
