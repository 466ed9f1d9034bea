/* Timers of a node: the earliest is node_step's wake_at. */
#ifndef HUBBUB_SERVER_NODE_TIMER_H
#define HUBBUB_SERVER_NODE_TIMER_H

#include "server/node/state.h"

enum timer_kind {
    TIMER_SESSION,
    TIMER_ROOM_SUBSCRIBE,
    TIMER_ROOM_GAP,
    TIMER_JOB,
    TIMER_ANNOUNCE,
    TIMER_SWEEP,
    TIMER_FULL_PASS,
    TIMER_PRESENCE,
    TIMER_LEASE,
    TIMER_TYPING,
    TIMER_PROBE,
    TIMER_REVOKED,
    TIMER_WRITTEN,
};

struct timer {
    int64_t at_us;
    uint64_t order;
    enum timer_kind kind;
    uint32_t index;
    uint64_t serial;
};

void timer_add(struct node *node, int64_t at_us, enum timer_kind kind, uint32_t index,
               uint64_t serial);
struct timer timer_pop(struct node *node); /* the first; there must be one */

#endif
