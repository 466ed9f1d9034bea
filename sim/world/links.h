/* Byte streams between nodes and Redis, and what leaves either end: ordered, with latency, reset and
 * refused. What arrives: link_arrivals.h. */
#ifndef HUBBUB_SIM_WORLD_LINKS_H
#define HUBBUB_SIM_WORLD_LINKS_H

#include "sim/world/core.h"

struct chunk {      /* bytes on their way */
    uint64_t redis; /* the stream */
    uint32_t len;
    char bytes[];
};
struct chunk *world_chunk_new(uint64_t redis, const char *bytes, size_t bytes_len) HB_MUST_USE;

void world_redis_open(struct world *world, uint16_t node, uint64_t id);
void world_redis_write(struct world *world, uint16_t node, uint64_t id, const char *bytes,
                       size_t bytes_len);
void world_redis_close(struct world *world, uint16_t node, uint64_t id);
/* Resets a node's streams, as seen from both sides. True: one was open. */
bool world_redis_reset(struct world *world, uint16_t node);
void world_redis_node_down(struct world *world, uint16_t node);

/* The place of a stream by Redis' name for it; NULL: gone. */
struct world_link *world_link_find(struct world *world, uint64_t redis, uint16_t *ret_node);
/* Frees the place when both ends are gone. */
void world_link_done(struct world *world, struct world_link *link);
/* Schedules what leaves Redis for the node; takes the chunk. */
void world_link_push_down(struct world *world, uint16_t node, struct world_link *link,
                          enum ev_kind kind, struct chunk *chunk);
/* Redis' end of a stream ends now; the node hears of it after a latency. */
void world_link_redis_end(struct world *world, uint16_t node, struct world_link *link);

#endif
