/* A virtual Redis: one command engine, RESP bytes in and out, virtual time.
 *
 * It speaks the RESP2 that redis-server 7.0 speaks, for the commands that the node uses; a
 * differential test plays the same seeded commands to both and compares the bytes. Its state is
 * what a restart loses. An unknown command gets Redis' own error text.
 *
 * Pure: the instant comes with each call. Replies are appended per client connection, in the order
 * in which Redis would write them. */
#ifndef HUBBUB_SERVER_ENGINE_ENGINE_H
#define HUBBUB_SERVER_ENGINE_ENGINE_H

#include "server/base/base.h"
#include "server/base/mem.h"

#define ENGINE_QUERY_BYTES_MAX 1048576 /* of one command; more is a protocol error */

struct engine_out {
    struct engine_write {
        uint64_t client;
        size_t offset, len; /* in bytes */
        bool close;         /* Redis ends this connection after the bytes (protocol error, QUIT) */
    } * items;
    size_t items_len, items_cap;
    struct buf bytes;
};
void engine_out_clear(struct engine_out *out);
void engine_out_deinit(struct engine_out *out);

struct engine;
struct engine *engine_new(void) HB_MUST_USE;
void engine_free(struct engine **engine);

/* A client connection with a caller-chosen id, never used again. */
void engine_connect(struct engine *engine, uint64_t client_id);
/* Forgets the connection and its subscriptions. Unknown ids are ignored. */
void engine_disconnect(struct engine *engine, uint64_t client_id);

/* Feeds bytes, in pieces of any size; executes each complete command at `now_ms`. Writes of one
 * client that follow one another in `out` may be merged into one item. */
void engine_feed(struct engine *engine, uint64_t client_id, const char *bytes, size_t bytes_len,
                 int64_t now_ms, struct engine_out *out);

/* A restart: every connection, subscription and key is gone. */
void engine_restart(struct engine *engine);

#endif
