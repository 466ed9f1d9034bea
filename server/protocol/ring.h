/* The ring: to which node a user's connections belong.
 *
 *   key --> the first place at or above it --> next places, round and round, until a node will do
 *
 * Each node has places by the hashes of its name, "<name>:0", "<name>:1" and so on, and a user has one by the hash
 * of theirs: XXH64, seed 0. A key belongs to the node of the next place; of equal places the node whose name comes
 * first has it. So
 * a node that comes or goes moves about one key in n, and moves it to or from that node alone;
 * whoever passes over nodes that are down is where a ring without them would send him. Whoever
 * knows the same names computes the same, in whichever order they were given.
 *
 * Pure. Source: Karger et al., "Consistent Hashing and Random Trees" (1997). */
#ifndef HUBBUB_SERVER_PROTOCOL_RING_H
#define HUBBUB_SERVER_PROTOCOL_RING_H

#include "server/base/base.h"
#include "server/base/text.h"

#define RING_PLACES    128 /* of a node: the shares of four nodes differ by a fifth or so */
#define RING_NODES_MAX 1024

struct ring_place {
    uint64_t key;
    uint16_t node;
};

struct ring { /* all zero: no node */
    struct ring_place *places;
    uint32_t len;
};

/* Of nodes 0, 1, 2, ... by these names, which are borrowed for the call. */
void ring_init(struct ring *ring, const struct text *names, uint32_t names_len);
void ring_deinit(struct ring *ring);

uint64_t ring_key(struct text user);

struct ring_walk {
    uint32_t at, left;
};
/* Begins a walk from a user's key. */
struct ring_walk ring_walk(const struct ring *ring, uint64_t key);
/* The next node on the walk; each comes RING_PLACES times. False: once around. */
bool ring_next(const struct ring *ring, struct ring_walk *walk, uint16_t *ret);

#endif
