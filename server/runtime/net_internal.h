/* What the parts of net share: a peer (one accepted socket, from its first byte to its last), the
 * lists that carry time-outs, and the answers of HTTP.
 *
 *   accepted --> HEADERS --handshake--> OPEN --close--> CLOSING --peer's close or NET_CLOSE_MS--> gone
 *                 ^   |                 |
 *                 |   |                 +--a breach that libwebsockets found--> FAILING --> gone
 *                 |   |
 *                 |   +--request--> BODY --> ASKED --net_respond--> ANSWERED
 *                 +------------- keep-alive ---------------------------+
 *   any of them --peer_kill--> DEAD --next turn of the loop--> gone
 *
 *   I1  a peer is in the list of its phase; all waits of a phase are equally long, so that the list
 *       is in the order of its deadlines and only its head is looked at;
 *   I2  `conns` holds exactly the connections whose holder wants events, `requests` exactly the
 *       requests that may still be answered;
 *   I3  libwebsockets frees a peer's wsi and then nobody has the peer any more: it is freed in
 *       WSI_DESTROY, the last callback of a wsi, and nowhere else;
 *   I4  after `close_sent` nothing is written to a WebSocket any more.
 *
 * Thread: the loop's. */
#ifndef HUBBUB_SERVER_RUNTIME_NET_INTERNAL_H
#define HUBBUB_SERVER_RUNTIME_NET_INTERNAL_H

#include "server/base/base.h"
#include "server/base/map.h"
#include "server/base/mem.h"
#include "server/runtime/net.h"

#include <uv.h>

struct lws;
struct lws_context;
struct lws_vhost;

#define NET_COALESCE_BYTES_MAX 131072 /* of one write; libwebsockets may have to keep all of it */
#define NET_SWEEP_MS           100    /* how exact time-outs are */
#define NET_FLOOD_CHECK_MS     2000   /* between two looks at a connection's control frames */
#define NET_FRAME_HEADER_MAX   14     /* RFC 6455 5.2, of a client */
#define NET_FAILING_MS         200    /* for a close to arrive before the end of the stream */

enum peer_phase {
    PEER_HEADERS,
    PEER_BODY,
    PEER_ASKED,
    PEER_ANSWERED,
    PEER_OPEN,
    PEER_CLOSING,
    PEER_FAILING, /* libwebsockets found a breach: what follows is not understood any more */
    PEER_DEAD,
    PEER_PHASES
};

struct peer {
    struct net *net;
    struct lws *wsi;
    int fd; /* its socket; to look at only */
    enum peer_phase phase;
    uint64_t since_ms; /* in this phase */
    struct peer *prev, *next;
    uint32_t dirty_slot; /* in net->dirty, + 1; 0: not there */
    /* WebSocket */
    struct conn_id conn; /* from `open` until it is down; 0: not now */
    bool close_sent, writable_asked;
    bool mask_unseen;        /* its first frame is to be looked at */
    struct net_watch *watch; /* while that one is waited for */
    uint16_t close_code;     /* to be sent behind what waits; 0: none */
    struct {                 /* a ring; cap is 0 or a power of two */
        struct wire **wires; /* owns a reference each */
        uint32_t first, len, cap;
        size_t bytes;
    } out;
    struct {
        struct buf bytes; /* of a message in pieces */
        uint32_t fragments;
        uint32_t controls; /* in the second that began at controls_ms */
        uint64_t controls_ms;
        uint64_t read_count;  /* bytes of the socket when it was last looked at */
        uint64_t known_bytes; /* since then, of messages with the longest headers */
    } in;
    /* HTTP */
    uint64_t request; /* while it is not answered; 0: not now */
    struct buf body;
    struct buf answer;       /* LWS_PRE bytes and then the answer */
    size_t sent;             /* bytes of it, without libwebsockets */
    struct {                 /* of a connection that is kept for the next request */
        bool any;            /* there was one before */
        bool unsure;         /* something may be read before its answer is written */
        uint64_t read_count; /* bytes of the socket when it was answered */
        unsigned completions;
    } kept;
    bool head;        /* the answer has no body */
    bool close_after; /* the answer is the last one */
};

struct peer_list {
    struct peer *first, *last;
};

struct net {
    struct net_config config;
    struct net_events events;
    uv_loop_t *loop;
    struct lws_context *context; /* set to NULL by libwebsockets when it is freed */
    struct lws_vhost *vhost;
    const uv_handle_t *lws_timer, *lws_idle; /* its own handles on the loop */
    int lws_fd;                              /* and the descriptor by which it wakes itself */
    uv_prepare_t prepare;                    /* writes; and ends the closing */
    uv_timer_t sweep;
    struct {
        uv_poll_t poll;
        int fd; /* -1: none */
        uint16_t port;
        bool paused; /* out of file descriptors: until the next sweep */
    } listen;
    unsigned handles_open;
    struct peer_list phases[PEER_PHASES];
    struct u64map conns, requests; /* id -> struct peer */
    uint64_t conn_last, request_last;
    struct peer **dirty; /* have something to write; entries may be NULL */
    size_t dirty_len, dirty_cap;
    bool kicked; /* libwebsockets was woken in this turn */
    bool closing, destroyed;
    unsigned char *scratch; /* LWS_PRE + NET_COALESCE_BYTES_MAX */
    struct buf path, query, host, authorization, content_type, value; /* of the request at hand */
    struct net_stats stats;
};

/* --- Life: net.c --- */
void net_handle_closed(struct net *net); /* one of handles_open less */

/* --- Peers: net_peer.c --- */
struct peer *peer_new(struct net *net, struct lws *wsi, int fd) HB_MUST_USE;
void peer_free(struct peer *peer);
void peer_enter(struct peer *peer, enum peer_phase phase);
/* It ends at the next turn of the loop, without a word. Its memory but for itself is freed. */
void peer_kill(struct peer *peer);
/* Tells the holder, once, and forgets the id. */
void peer_down(struct peer *peer);
struct peer *net_conn_find(const struct net *net, struct conn_id conn); /* NULL: gone */
/* Deadlines. */
void net_sweep(struct net *net);
/* For tests: all that wait have waited so much longer. */
void net_age(struct net *net, uint64_t ms);

/* --- Listening: net_listen.c --- */
HB_MUST_USE enum hb_err net_listen(struct net *net, struct buf *message);
void net_listen_resume(struct net *net);

/* --- Handshakes: net_handshake.c --- */
/* The value of a header into `ret`. False: it is not there. */
bool net_header(struct lws *wsi, int token, struct buf *ret);
/* 0: let in; else the status of a refusal, with its reason in *ret_text. */
uint16_t net_handshake_check(struct peer *peer, const char **ret_text);
/* What stands behind "Bearer ". False: another scheme, or too long. `ret` is absent without the
 * header; it points into net->authorization. */
bool net_bearer(struct peer *peer, struct text *ret);

/* --- Connections: net_conn.c. Results are those of libwebsockets' callback: not 0 ends it. --- */
int conn_established(struct peer *peer);
int conn_received(struct peer *peer, char *bytes, size_t bytes_len);
int conn_peer_closes(struct peer *peer, const unsigned char *payload, size_t payload_len);
void conn_control_received(struct peer *peer);
void conn_dropped(struct peer *peer); /* libwebsockets begins to end it */
/* The peer broke a rule: it is told `code`, its holder that it is closed. */
void conn_fail(struct peer *peer, enum close_code code);

/* --- Control frames that nobody tells of: net_flood.c --- */
void conn_flood_begin(struct peer *peer);
void conn_flood_check(struct peer *peer); /* every NET_FLOOD_CHECK_MS */

/* --- Masks: net_mask.c --- */
/* Looks at the first frame before libwebsockets reads it. To be called when nothing was read yet. */
void peer_watch_begin(struct peer *peer);
void peer_watch_end(struct peer *peer); /* also when there is none */

/* --- Sending: net_send.c --- */
void peer_dirty(struct peer *peer); /* at the next turn it is flushed */
void peer_queue_clear(struct peer *peer);
void peer_flush(struct peer *peer);
int peer_writable(struct peer *peer);
void net_flush(struct net *net);
/* The close, now, if nothing stands before it. */
void peer_write_close(struct peer *peer, enum close_code code);

/* --- HTTP: net_http.c, net_answer.c --- */
int http_request_begins(struct peer *peer);
int http_body(struct peer *peer, const char *bytes, size_t bytes_len);
int http_body_done(struct peer *peer);
int http_writable(struct peer *peer);
int http_refuse_upgrade(struct peer *peer, uint16_t status, const char *text);
void http_overdue(struct peer *peer); /* nobody answered */
/* As much of its answer as its socket takes; then libwebsockets goes on. */
void http_answer_send(struct peer *peer);

struct net_answer {
    uint16_t status;
    const char *content_type;
    const char *body;
    size_t body_len;
    uint32_t retry_after_s; /* 0: none */
    const char *allow;      /* NULL: none */
    bool file;              /* of the page: with the headers that keep it to itself */
    bool head;              /* no body, its length all the same */
    bool close;             /* the last one on this connection */
};
/* Appends it as HTTP/1.1. */
void net_answer_add(struct buf *out, const struct net_answer *answer);

#endif
