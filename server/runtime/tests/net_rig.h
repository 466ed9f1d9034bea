/* Tests of net: the loop and net in this thread, its events as a text, and clients on plain sockets
 * that send any bytes.
 *
 * Every waiting function turns the loop until what it waits for is there; after NET_RIG_MS_MAX it
 * fails the test. */
#ifndef HUBBUB_SERVER_RUNTIME_TESTS_NET_RIG_H
#define HUBBUB_SERVER_RUNTIME_TESTS_NET_RIG_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/runtime/net.h"

#define NET_RIG_MS_MAX 15000

struct net_rig {
    uv_loop_t loop;
    struct net *net;
    struct net_config config; /* before net_rig_open; the host is 127.0.0.1 */
    struct buf trace;         /* "open 1 token=t", "frame 1 text", "closed 1", "request 1 GET /x
                               * query=- auth=- type=- body=-", "gone 1": a line each */
    uint64_t open_count, frame_count, closed_count, request_count, gone_count;
    uint64_t last_conn, last_request;
    bool within; /* a net_ function runs: no event may come */
    /* May be NULL: what the holder does in an event. */
    void (*on_open)(struct net_rig *rig, struct conn_id conn);
    void (*on_frame)(struct net_rig *rig, struct conn_id conn, struct wire *wire);
    void (*on_request)(struct net_rig *rig, const struct http_request *request);
};

void net_rig_open(struct net_rig *rig);
/* Closes net, and demands that the loop ends by itself and nothing is left in it. */
void net_rig_close(struct net_rig *rig);
void net_rig_turn(struct net_rig *rig, int fd); /* one turn; waits a little for it or `fd` (-1) */
/* Turns until *count is at least `wanted`. */
void net_rig_wait(struct net_rig *rig, const uint64_t *count, uint64_t wanted);
void net_rig_turns(struct net_rig *rig, unsigned count);
void net_rig_send(struct net_rig *rig, uint64_t conn, const char *text);

struct net_client {
    int fd; /* -1: not open */
    struct buf in;
    bool ended; /* the server closed */
    bool reset;
};

void net_client_open(struct net_rig *rig, struct net_client *client);
void net_client_close(struct net_client *client);
void net_client_write(struct net_rig *rig, struct net_client *client, const void *bytes,
                      size_t bytes_len);
void net_client_text(struct net_rig *rig, struct net_client *client, const char *text);
/* Reads what is there. */
void net_client_read(struct net_client *client);
/* Turns until `client->in` holds `text`. */
void net_client_expect(struct net_rig *rig, struct net_client *client, const char *text);
void net_client_expect_end(struct net_rig *rig, struct net_client *client);

/* --- HTTP --- */
/* Reads one answer, by its Content-Length. The status; head and body into `ret_head`, `ret_body`
 * (NULL: not wanted). */
unsigned net_client_answer(struct net_rig *rig, struct net_client *client, bool head_only,
                           struct buf *ret_head, struct buf *ret_body);

/* --- WebSocket --- */
/* Opens and shakes hands; `headers` are more lines, each with its CR LF. The status. */
unsigned net_client_handshake(struct net_rig *rig, struct net_client *client, const char *headers);
/* The same, demands 101 and waits for `open`. */
void net_client_join(struct net_rig *rig, struct net_client *client);
/* A masked frame; first byte as it is given. */
void net_frame_add(struct buf *out, unsigned first, const void *payload, size_t payload_len);
void net_client_frame(struct net_rig *rig, struct net_client *client, unsigned first,
                      const void *payload, size_t payload_len);
/* Takes the next frame out of client->in, if it is whole. */
bool net_client_take(struct net_client *client, unsigned *ret_first, struct buf *ret_payload);
/* Turns until a whole frame is there: its first byte, or 0 at the end of the stream. */
unsigned net_client_next(struct net_rig *rig, struct net_client *client, struct buf *ret_payload);
/* The code of the next close, 1005 for one without, 1006 for none before the end; texts and pongs
 * before it are skipped. */
unsigned net_client_close_code(struct net_rig *rig, struct net_client *client);

#endif
