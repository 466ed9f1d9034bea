/* Nodes with public addresses, and to which of them a user belongs. Pure. */
#ifndef HUBBUB_SERVER_NODE_PRESENCE_RING_H
#define HUBBUB_SERVER_NODE_PRESENCE_RING_H

#include "server/base/base.h"
#include "server/base/text.h"

struct presence_ring;

struct presence_ring *presence_ring_new(void) HB_MUST_USE; /* of nobody */
void presence_ring_free(struct presence_ring **ring);

struct ring_node {
    struct text name, url;
};
/* Of these alone from now on, in any order, each name once; beyond RING_NODES_MAX the last by name are left out.
 * Copies. */
void presence_ring_set(struct presence_ring *ring, const struct ring_node *nodes,
                       uint32_t nodes_len);
/* Where this user belongs; NULL: there is no node. Borrowed until the next set. */
struct text presence_ring_url(const struct presence_ring *ring, uint64_t user_key);
/* The same wherever the same names are known. */
uint64_t presence_ring_key(const struct presence_ring *ring);

#endif
