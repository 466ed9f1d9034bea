/* Ids: what a room, user, device, node or client message may be called.
 *
 * One narrow alphabet, [A-Za-z0-9_-], so that no id can be read as two, as a pattern, or as part of
 * a key: Redis channels are `room:{id}` and `user:{id}`. */
#ifndef HUBBUB_SERVER_PROTOCOL_ID_H
#define HUBBUB_SERVER_PROTOCOL_ID_H

#include "server/base/text.h"

bool id_valid(struct text id);      /* 1..ID_BYTES_MAX */
bool id_valid_node(struct text id); /* 1..NODE_ID_BYTES_MAX */

/* A node's public address: http:// or https://, a host and perhaps a port, nothing behind; 1..URL_BYTES_MAX */
bool id_valid_url(struct text url);

/* 64 bits that stand for an id or a content in observations and look-ups (XXH3). 0 for absent. */
uint64_t id_key(struct text id);

#endif
