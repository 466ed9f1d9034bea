/* A virtual Redis: one command engine, RESP bytes in and out, virtual time.
 *
 * It speaks the RESP2 that redis-server 7.0 speaks, for the commands that the node uses; a
 * differential test plays the same seeded commands to both and compares the bytes. Its state is
 * what a restart loses. An unknown command gets Redis' own error text.
 *
 * Pure: the instant comes with each call. Replies are appended per client connection, in the order
 * in which Redis would write them. */
#ifndef HUBBUB_SIM_WORLD_VREDIS_H
#define HUBBUB_SIM_WORLD_VREDIS_H

#include "server/base/base.h"
#include "server/base/mem.h"

#define VREDIS_QUERY_BYTES_MAX 1048576 /* of one command; more is a protocol error */

struct vredis_out {
    struct vredis_write {
        uint64_t client;
        size_t offset, len; /* in bytes */
        bool close;         /* Redis ends this connection after the bytes (protocol error, QUIT) */
    } * items;
    size_t items_len, items_cap;
    struct buf bytes;
};
void vredis_out_clear(struct vredis_out *out);
void vredis_out_deinit(struct vredis_out *out);

struct vredis;
struct vredis *vredis_new(void) HB_MUST_USE;
void vredis_free(struct vredis **vredis);

/* A client connection with a caller-chosen id, never used again. */
void vredis_connect(struct vredis *vredis, uint64_t client_id);
/* Forgets the connection and its subscriptions. Unknown ids are ignored. */
void vredis_disconnect(struct vredis *vredis, uint64_t client_id);

/* Feeds bytes, in pieces of any size; executes each complete command at `now_ms`. Writes of one
 * client that follow one another in `out` may be merged into one item. */
void vredis_feed(struct vredis *vredis, uint64_t client_id, const char *bytes, size_t bytes_len,
                 int64_t now_ms, struct vredis_out *out);

/* A restart: every connection, subscription and key is gone. */
void vredis_restart(struct vredis *vredis);

#endif
