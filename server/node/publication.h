/* What is published in a room's channel: entries of its log, who types, receipts. */
#ifndef HUBBUB_SERVER_NODE_PUBLICATION_H
#define HUBBUB_SERVER_NODE_PUBLICATION_H

#include "server/node/room.h"

/* What opened its seal: seq, space, frame; or 0, and who types; or r or R, and a receipt. A node of ours sealed it;
 * nothing in it is trusted for that. The room is followed (LOADING, LIVE). */
void publication_heard(struct node *node, struct room *room, const char *bytes, size_t bytes_len);

#endif
