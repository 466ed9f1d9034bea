/* A chat node as a state machine: events in, effects out, nothing else.
 *
 *   clients' frames, Redis' bytes, the database's answers, time
 *        |                                                     one node_step at a time
 *        v
 *   +---------+   hello   +----------+  in order,   +-------+  wire shared by reference
 *   | session | --------> |   room   | -----------> | local | -------------------------> SEND
 *   +---------+   send    | (a log)  |  no gap      |members|
 *                   |     +----------+              +-------+
 *                   v        ^    ^
 *                DB commit --+    +-- publications of other nodes, repairs from the log
 *
 * Whoever drives it (server/runtime with libuv and real servers, sim/world with virtual ones)
 * keeps three promises:
 *   P1  each request among the effects is answered exactly once, by an event with its token,
 *       also when the other side is lost (the answer is then HB_EUNKNOWN);
 *   P2  events come one at a time, in one order, each with both clocks' instants;
 *   P3  `entropy` is the only other source of anything that differs between runs.
 *
 * Own invariants:
 *   I1  a room's entries are applied and delivered strictly in seq order, never past a gap;
 *   I2  an `ack` is sent only after the database said that the entry is committed;
 *   I3  an unknown outcome is neither acked nor nacked: it is submitted again (idempotent), and
 *       after SEND_TRIES_MAX the connection is closed;
 *   I4  the commands of one connection to one room are submitted one after another;
 *   I5  the sender of an entry is the subject of the connection's or the request's token;
 *   I6  a request is answered exactly once, unless its peer is gone.
 *
 * Pure, single-threaded, no global state. */
#ifndef HUBBUB_SERVER_NODE_NODE_H
#define HUBBUB_SERVER_NODE_NODE_H

#include "server/base/base.h"
#include "server/node/config.h"
#include "server/node/effects.h"
#include "server/node/request.h"
#include "server/protocol/wire.h"

/* The values of production; the simulator draws its own per seed. Name, keys, entropy are empty. */
void node_config_default(struct node_config *config);

struct node_event {
    enum node_event_kind {
        NODE_START,        /* once, first */
        NODE_CONN_OPEN,    /* a client connection; conn, token */
        NODE_CONN_FRAME,   /* conn, frame */
        NODE_CONN_CLOSED,  /* the peer or the network ended it; conn */
        NODE_HTTP,         /* http: a request; answered once by EFFECT_HTTP */
        NODE_HTTP_GONE,    /* request: its peer waits no more */
        NODE_REDIS_OPENED, /* link */
        NODE_REDIS_BYTES,  /* link, bytes */
        NODE_REDIS_LOST,   /* link: refused, reset or closed by Redis */
        NODE_DB_DONE,      /* db */
        NODE_WAKE,         /* at or after effects.wake_at */
        NODE_DRAIN,        /* take nothing new, finish what is begun, then EFFECT_DRAINED */
    } kind;
    struct mono mono;
    struct wall wall;
    union {
        struct {
            struct conn_id conn;
            struct wire *frame; /* borrows; the node may take a reference */
            struct text token;  /* OPEN: a bearer token that came with the handshake, or absent */
        } conn;
        const struct http_request *http; /* borrows */
        uint64_t request;
        struct {
            uint64_t link;
            const char *bytes; /* borrows */
            size_t bytes_len;
        } redis;
        const struct db_answer *db; /* borrows */
    };
};

struct node;

struct node *node_new(const struct node_config *config) HB_MUST_USE; /* copies config */
/* Frees everything: the crash of a node. Transactions in flight stay the driver's. */
void node_free(struct node **node);

/* What it keeps for those who are here, counted now. */
struct node_holds {
    uint32_t connections; /* in any state of theirs */
    uint32_t rooms;       /* that it follows */
    uint32_t entries;     /* that wait for an earlier one */
    uint32_t commands;    /* whose outcome is not known yet */
    uint32_t channels;    /* that it wants of Redis, but those of whom it follows */
    uint32_t followed;    /* channels of people of whom somebody here is told */
    uint32_t typists;     /* who type in a room, or did so within the throttle */
};
struct node_holds node_holds(const struct node *node);

/* Appends what the node wants done to `out`, in order, and sets out->wake_at (its next timer). */
void node_step(struct node *node, const struct node_event *event, struct effects *out);

#endif
