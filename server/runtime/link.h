/* Byte streams to Redis, as the node asks for them: EFFECT_REDIS_OPEN, _WRITE, _CLOSE in, opened,
 * bytes and lost out. Two kinds stand behind it: TCP to a real Redis (link_tcp.c), and a Redis within
 * the process (link_local.c), for one node alone: so the node, and every race in its Redis client, is
 * the same in both.
 *
 *   I1  a link's events are opened, then bytes, then at most one lost; none after links_shut;
 *   I2  no event is given from within a links_ function.
 *
 * Thread: the loop's. */
#ifndef HUBBUB_SERVER_RUNTIME_LINK_H
#define HUBBUB_SERVER_RUNTIME_LINK_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/runtime/link_tls.h"

#include <uv.h>

struct links;

struct link_events {
    void *context;
    void (*opened)(void *context, uint64_t link);
    void (*bytes)(void *context, uint64_t link, const char *bytes, size_t bytes_len);
    void (*lost)(void *context, uint64_t link);
};

/* `host` is a name or an address; it is looked up at each opening, and each address is tried, five
 * seconds in all, TLS included. Copies both; takes `tls` (NULL: without). The program ignores SIGPIPE:
 * libuv's writes may raise it. */
struct links *links_tcp(uv_loop_t *loop, const char *host, uint16_t port, struct tls_context *tls,
                        const struct link_events *events) HB_MUST_USE;
/* A Redis within this process: what server/engine knows, for as long as the links are there. A link for
 * which more than 64 MiB wait is lost, as over TCP. */
struct links *links_local(uv_loop_t *loop, const struct link_events *events) HB_MUST_USE;

void links_open(struct links *links, uint64_t link);
void links_write(struct links *links, uint64_t link, const char *bytes,
                 size_t bytes_len); /* copies */
void links_shut(struct links *links, uint64_t link);

/* Ends all of them; freed when the loop has closed the handles. No event comes any more. */
void links_close(struct links **links);

#endif
