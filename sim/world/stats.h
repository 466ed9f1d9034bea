/* What a run counts. */
#ifndef HUBBUB_SIM_WORLD_STATS_H
#define HUBBUB_SIM_WORLD_STATS_H

#include "server/node/effects.h"
#include "sim/plan/plan.h"

/* What a node is at when a fault begins; several may hold. */
#define NODE_STATE_MAP(X)                                                                          \
    X(STATE_CALM, "calm") /* none of the others */                                                 \
    X(STATE_DOWN, "down")                                                                          \
    X(STATE_NOT_READY, "not ready")                                                                \
    X(STATE_DRAINING, "draining")                                                                  \
    X(STATE_PAUSED, "paused")                                                                      \
    X(STATE_NO_REDIS, "no Redis")           /* no command link */                                  \
    X(STATE_NO_LEASE, "without lease")      /* the same, for longer than a lease */                \
    X(STATE_RESUBSCRIBING, "resubscribing") /* until a channel is confirmed again */               \
    X(STATE_REPAIRING, "repairing")         /* entries wait for an earlier one */                  \
    X(STATE_HELLO, "hello in progress")     /* of a connection */                                  \
    X(STATE_SYNC, "sync under way")         /* the same */                                         \
    X(STATE_COMMIT, "commit under way")                                                            \
    X(STATE_DOUBT, "commit in doubt")

enum node_state {
#define X(name, word) name,
    NODE_STATE_MAP(X)
#undef X
        NODE_STATE_COUNT
};

struct world_fault_count {
    uint64_t planned;  /* in the plan, not dropped */
    uint64_t fired;    /* of what people do: done */
    uint64_t mattered; /* it touched something that was in use: an open stream, a transaction */
    uint64_t
        dropped; /* came due, and the plan leaves it out; of what nobody generates: all of these */
};

struct world_stats {
    int64_t now_us;
    uint64_t events;     /* steps of the scheduler */
    uint64_t messages;   /* content entries committed */
    uint64_t deliveries; /* entries shown to one client */
    uint64_t frames;     /* frames that reached clients */
    uint64_t sends;      /* messages written by people */
    uint64_t people;     /* clients that did anything, or whose doing the plan leaves out */
    uint64_t resends;
    uint64_t connects;   /* sessions welcomed */
    uint64_t reconnects; /* of these, not the first of their client */
    uint64_t sync_pages;
    uint64_t transactions;
    struct world_fault_count faults[FAULT_KIND_COUNT];
    uint64_t notes[NOTE_COUNT];     /* of all nodes: the coverage points */
    uint16_t met[FAULT_KIND_COUNT]; /* a bit for each enum node_state that one of them began in */
    bool quiet;                     /* at the end: everything came to rest in time */
};

#endif
