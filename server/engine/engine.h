/* A Redis within the process: one command engine, RESP bytes in and out, no sockets and no clock.
 *
 * It speaks the RESP2 that redis-server 7.0 speaks, for the commands that the node uses; a
 * differential test plays the same seeded commands to both and compares the bytes. Its state is
 * what a restart loses. An unknown command gets Redis' own error text.
 *
 * Bounded: what is gone (a key, a field, a channel that nobody listens to) is forgotten, a key whose
 * time is over is freed by the commands that come after, whichever they are, and an answer costs
 * what is there. Whatever a connection sends is answered, with Redis' words where it has some, or is
 * the end of that connection.
 *
 * Pure: the instant comes with each call. Replies are appended per client connection, in the order
 * in which Redis would write them. */
#ifndef HUBBUB_SERVER_ENGINE_ENGINE_H
#define HUBBUB_SERVER_ENGINE_ENGINE_H

#include "server/base/base.h"
#include "server/base/mem.h"

/* Bytes of an argument, and of all arguments before the last; more is a protocol error. Redis takes
 * 512 MiB. */
#define ENGINE_QUERY_BYTES_MAX 1048576
/* Arguments of one command; Redis takes 2^31. More is a protocol error here: nothing that the node
 * sends comes near. */
#define ENGINE_ARGS_MAX 1024
/* Bytes of a line without its end: of an inline command, of a count or of a length. As Redis. */
#define ENGINE_LINE_BYTES_MAX 65536
/* Bytes of the commands that wait in one transaction; more ends the connection without a word, as
 * Redis' client-query-buffer-limit does. */
#define ENGINE_QUEUED_BYTES_MAX 16777216
/* Bytes for one connection from one call; more ends the connection without a word, as Redis'
 * client-output-buffer-limit does. Who holds the bytes back bounds what waits from several calls. */
#define ENGINE_OUTPUT_BYTES_MAX 67108864
/* Estimated bytes of keys and channels past which nothing is added (-OOM), as Redis' maxmemory. */
#define ENGINE_STORED_BYTES_MAX 1073741824

struct engine_out {
    struct engine_write {
        uint64_t client;
        size_t offset, len; /* in bytes; len may be 0 where `close` is set */
        bool close; /* Redis ends this connection after the bytes (an error, QUIT, a limit) */
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

/* Feeds bytes, in pieces of any size; executes each complete command at `now_ms` (>= 0). Writes of
 * one client that follow one another in `out` may be merged into one item. */
void engine_feed(struct engine *engine, uint64_t client_id, const char *bytes, size_t bytes_len,
                 int64_t now_ms, struct engine_out *out);

/* A restart: every connection, subscription and key is gone. */
void engine_restart(struct engine *engine);

/* What its keys and channels take, estimated; and another limit than ENGINE_STORED_BYTES_MAX. */
size_t engine_stored_bytes(const struct engine *engine);
void engine_stored_bytes_limit(struct engine *engine, size_t stored_bytes_max);

#endif
