/* The log of a room on this node: entries are applied and delivered in order, never past a gap (I1). */
#ifndef HUBBUB_SERVER_NODE_LOG_H
#define HUBBUB_SERVER_NODE_LOG_H

#include "server/node/room.h"
#include "server/node/state.h"

/* Takes the entry's wire. What is not the next one waits, is a duplicate, or is of a room that is not
 * followed. */
void log_apply(struct node *node, struct room *room, struct room_entry entry);
/* The head was read: from LOADING to LIVE. The caller repairs what is missing, then looks after those who
 * wait. */
void log_live(struct node *node, struct room *room, uint64_t head);

#endif
