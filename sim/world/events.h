/* The kinds of events in the scheduler: what each says of itself, and what it owns until it happens. */
#ifndef HUBBUB_SIM_WORLD_EVENTS_H
#define HUBBUB_SIM_WORLD_EVENTS_H

#include "sim/world/sched.h"

/* name, word, what `p` owns; the comment: which of the other fields count */
/* clang-format off: it would melt the comments of the map into paragraphs */
#define EV_MAP(X)                                                                                  \
    X(EV_NODE_START, "node start", NOTHING)     /* node */                                         \
    X(EV_NODE_WAKE, "node timer", NOTHING)      /* node, life */                                   \
    X(EV_CLIENT_START, "app opened", NOTHING)   /* client */                                       \
    X(EV_CLIENT_WAKE, "client timer", NOTHING)  /* client */                                       \
    X(EV_ACTION, "action", NOTHING)             /* client, generator */                            \
    X(EV_AWAY_END, "app opened again", NOTHING) /* action, client, nth */                          \
    X(EV_NONE, "nothing", NOTHING)    /* recorded hashes hold the numbers of those behind it */    \
    X(EV_CONNECT, "connect", NOTHING) /* slot, generation */                                       \
    X(EV_CONNECTED, "connected", NOTHING)             /* slot, generation */                       \
    X(EV_REFUSED, "refused", NOTHING)                 /* slot, generation */                       \
    X(EV_FRAME_UP, "frame to node", WIRE)             /* slot, generation */                       \
    X(EV_FRAME_DOWN, "frame to client", WIRE)         /* slot, generation */                       \
    X(EV_CLOSE_UP, "close to node", NOTHING)          /* slot, generation */                       \
    X(EV_CLOSE_DOWN, "close to client", NOTHING)      /* close_code, slot, generation */           \
    X(EV_REDIS_OPEN, "stream to Redis", CHUNK)        /* node */                                   \
    X(EV_REDIS_OPENED, "stream to Redis open", CHUNK) /* node */                                   \
    X(EV_REDIS_UP, "bytes to Redis", CHUNK)           /* node */                                   \
    X(EV_REDIS_DOWN, "bytes from Redis", CHUNK)       /* node */                                   \
    X(EV_REDIS_CLOSED, "stream to Redis closed by the node", CHUNK) /* node */                     \
    X(EV_REDIS_LOST, "stream to Redis lost", CHUNK)                 /* node */                     \
    X(EV_DB_RUN, "transaction", TX)                                 /* node */                     \
    X(EV_DB_ANSWER, "transaction answered", TX)                     /* node */                     \
    X(EV_FAULT_BEGIN, "fault begins", NOTHING)                      /* fault */                    \
    X(EV_FAULT_END, "fault ends", NOTHING)                          /* fault */                    \
    X(EV_POST_UP, "request to node", NOTHING)                       /* node, client, request */    \
    X(EV_POST_DOWN, "answer to poster", WIRE)    /* http_status, client, request */                \
    X(EV_POST_GONE, "poster went away", NOTHING) /* node, life, request */                         \
    X(EV_POST_WAKE, "poster timer", NOTHING)     /* client, wakes */                               \
    X(EV_CALM, "no more faults", NOTHING)                                                          \
    X(EV_END, "end", NOTHING)                                                                      \
    X(EV_NODE_RESUME, "node goes on", NOTHING)               /* node */                            \
    X(EV_KEY, "key pressed", NOTHING)                        /* client */                          \
    X(EV_STRANGER, "somebody else writes to Redis", NOTHING) /* fault */                           \
    X(EV_TOKEN, "token given", NOTHING)                      /* client */                          \
    X(EV_REVOKE, "revocation to node", NOTHING) /* node, client, request: 1: of its token alone */
/* clang-format on */

enum ev_kind {
#define X(name, word, owns) name,
    EV_MAP(X)
#undef X
        EV_KIND_COUNT
};

enum ev_owns { EV_OWNS_NOTHING, EV_OWNS_WIRE, EV_OWNS_TX, EV_OWNS_CHUNK };

#endif
