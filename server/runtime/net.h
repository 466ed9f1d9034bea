/* Clients on real sockets: WebSocket and HTTP/1.1 on one port, by libwebsockets on the libuv loop.
 *
 *   handshake, frames, requests --> net --open, frame, closed, request, gone--> whoever holds it
 *   net_send, net_close_conn, net_respond --> queues --once a turn of the loop--> one write a conn
 *
 * Whole text messages go up, put together from their pieces under FRAME_BYTES_MAX; frames go down
 * in order. What RFC 6455 forbids is answered here and never seen above: the tables of PROTOCOL.md
 * say how, and where libwebsockets leaves the RFC.
 *
 *   I1  a connection's events are open, then frames, then exactly one closed, unless its holder
 *       closed it first: then nothing more;
 *   I2  no event is given from within a net_ function;
 *   I3  frames waiting for a connection never exceed `queue_bytes_max`, but for one alone: then it
 *       is cut, with CLOSE_SLOW_CONSUMER if the close can still be sent. Beside them libwebsockets
 *       may keep what it could not write of the last write, at most 128 KiB;
 *   I4  a request is given once and may be answered once; `gone` says that nobody waits any more.
 *
 * Sending: a connection with something to send is put on a list; a prepare handle walks it once per
 * turn of the loop and writes all that waits for a connection as one buffer of WebSocket frames
 * made by hand (LWS_WRITE_RAW): a quarter of the CPU of one write a frame when four wait, and a
 * third less when one does. The plain path, one lws_write when libwebsockets calls for it, is there
 * to be compared with.
 *
 * Files: net.c (life, the callback of libwebsockets), net_listen.c, net_peer.c (lists, deadlines),
 * net_handshake.c, net_conn.c (messages, closes), net_mask.c and net_flood.c (what libwebsockets
 * does not tell), net_send.c, net_http.c, net_answer.c, net_socket.c.
 * Thread: the loop's. */
#ifndef HUBBUB_SERVER_RUNTIME_NET_H
#define HUBBUB_SERVER_RUNTIME_NET_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/node/effects.h"
#include "server/node/request.h"

#include <uv.h>

struct net;

/* A file of the page, served by GET and HEAD without asking anybody. All static storage. */
struct net_file {
    const char *path; /* "/", "/app.js" */
    const char *content_type;
    const unsigned char *bytes;
    size_t bytes_len;
};

struct net_config {
    const char *host; /* an address, not a name: "127.0.0.1", "::"; borrowed until net_close */
    uint16_t port;    /* 0: any free one */
    /* Origins that a browser's page may come from besides this server's own (the Host of the
     * handshake): exact texts such as "https://chat.example"; borrowed until net_close. A handshake
     * with another Origin gets 403. One without an Origin is no browser and is let in. */
    const char *const *origins;
    size_t origins_len;
    size_t queue_bytes_max; /* per connection; 0: NET_QUEUE_BYTES_MAX */
    bool plain_writes;      /* never the direct path: for tests and comparisons */
    const struct net_file *files;
    size_t files_len;
};
#define NET_QUEUE_BYTES_MAX  1048576 /* a reader this far behind is cut */
#define NET_HANDSHAKE_MS     10000 /* to the end of the headers; for a body; for the next request */
#define NET_CLOSE_MS         2000  /* a close that the peer does not answer is cut */
#define NET_FRAGMENTS_MAX    1024  /* pieces of one message as the peer cut it: more are 1008 */
#define NET_PINGS_PER_SECOND 10    /* control frames of one connection: more are 1008, if seen */
#define NET_REQUEST_MS       30000 /* a request that nobody answered gets 503 */

/* All borrow their arguments for the call; each may call any net_ function. */
struct net_events {
    void *context;
    /* `token` is what stood behind "Bearer " in the Authorization header, or absent. */
    void (*open)(void *context, struct conn_id conn, struct text token);
    void (*frame)(void *context, struct conn_id conn, struct wire *wire); /* may take a reference */
    void (*closed)(void *context, struct conn_id conn);
    /* The path is encoded anew by net, and so is the query: libwebsockets decodes them, resolves
     * "..", joins "//" and takes ';' for '&'. A "%2F" of a path comes as '/'. */
    void (*request)(void *context, const struct http_request *request);
    void (*gone)(void *context, uint64_t request);
};

/* Listens. HB_EAGAIN: the port is in use; HB_EDENIED: it cannot be used (no such address, no
 * right), or libwebsockets does not start. `message` then says in one line what was wrong and what
 * to do. Silences libwebsockets' log, which is the process'. */
HB_MUST_USE enum hb_err net_open(uv_loop_t *loop, const struct net_config *config,
                                 const struct net_events *events, struct net **ret,
                                 struct buf *message);
uint16_t net_port(const struct net *net); /* that it listens on */

/* Takes one reference. For a connection that is gone it is dropped. */
void net_send(struct net *net, struct conn_id conn, struct wire *wire);
/* Sends what waits, then the close; no event of `conn` is given any more. */
void net_close_conn(struct net *net, struct conn_id conn, enum close_code code);

struct net_response {
    uint64_t request;
    uint16_t status;
    const char *content_type;
    struct text body;
    uint32_t retry_after_ms; /* 0: no Retry-After */
    const char *allow;       /* of a 405; NULL: none */
};
/* For a request that is gone or answered nothing happens. Copies; the answer to HEAD is sent without
 * its body, one of 401 with WWW-Authenticate. */
void net_respond(struct net *net, const struct net_response *response);

/* No further connections; those that are there go on. */
void net_stop_listening(struct net *net);

struct net_stats {
    uint64_t conns;        /* now */
    uint64_t conns_total;  /* so far */
    uint64_t queued_bytes; /* now, all connections */
    uint64_t frames_in, frames_out, bytes_in, bytes_out,
        writes;                 /* `writes`: system calls for frames */
    uint64_t slow_cut, refused; /* refused: handshakes */
    uint64_t requests;
};
struct net_stats net_stats(const struct net *net);

/* Ends every connection and request at once and frees it when the loop has closed the handles; no
 * event comes any more. */
void net_close(struct net **net);

#endif
