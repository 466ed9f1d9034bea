/* The event queue: a total order by (virtual time, order of scheduling).
 *
 *   now                                now + SCHED_HORIZON_US
 *    |  wheel: one bucket a microsecond  |  4-ary heap: far timers, moved in as `now` advances
 *
 *   bucket: its last event --next--> its first --next--> ... --next--> its last
 *
 * A near event waits in a short list while the memory of its bucket is fetched, until the list is full
 * or the next event is taken (1.8 % of the reference run: a fan-out touches random buckets).
 * A bucket holds one instant and is first in, first out; a far event enters the wheel before any
 * near one of its instant can be scheduled: so no comparison of near events is ever made, and ties
 * are in order of scheduling. Source: Varghese and Lauck, "Hashed and Hierarchical Timing Wheels"
 * (1987). */
#ifndef HUBBUB_SIM_WORLD_SCHED_H
#define HUBBUB_SIM_WORLD_SCHED_H

#include "server/base/base.h"

#define SCHED_HORIZON_US 65536 /* covers the client latencies; a power of two */

struct wire;
struct chunk;
struct world_tx;

/* The scheduler reads none of it but `next`. Which names count is the kind's business (events.h);
 * `small`, `a`, `b` and `p` are whatever stands there. */
struct sched_event {
    uint32_t next;
    uint16_t kind;
    union {
        uint16_t small;
        uint16_t node;
        uint16_t close_code;
        uint16_t http_status;
        uint16_t action; /* its kind */
    };
    union {
        uint32_t a;
        uint32_t slot; /* of a connection */
        uint32_t client;
        uint32_t life;  /* of a node */
        uint32_t fault; /* its place in the plan */
    };
    union {
        uint32_t b;
        uint32_t generation; /* of the slot */
        uint32_t request;
        uint32_t wakes; /* a poster's time-outs and pauses so far */
        uint32_t generator;
        uint32_t nth; /* action of its kind */
    };
    union { /* owned */
        void *p;
        struct wire *wire;
        struct world_tx *tx;
        struct chunk *chunk;
    };
};

struct sched_far { /* four, the children of one, are a cache line's worth */
    int64_t at_us;
    uint32_t order;
    uint32_t event;
};

struct sched_entry {
    uint32_t bucket;
    uint32_t event;
};
#define SCHED_ENTERING_MAX 16

struct sched {
    int64_t now_us;
    /* Near events on their way to their buckets. */
    struct sched_entry entering[SCHED_ENTERING_MAX];
    uint32_t entering_len;
    uint64_t near_count;
    uint32_t order;    /* of far events: how many were scheduled */
    uint32_t *buckets; /* the last event; 0: empty (event 0 is never used) */
    uint64_t *bits;    /* a bit a bucket */
    uint64_t *summary; /* a bit a word of `bits` */
    struct sched_event *events;
    uint32_t events_len, events_cap, free_list;
    struct sched_far *far;
    size_t far_len, far_cap;
};

void sched_init(struct sched *sched);
void sched_deinit(struct sched *sched);

/* A place at `at_us`, or now if that is past, whose event the caller fills: all but `next`. It stands
 * until the next call of the scheduler. */
struct sched_event *sched_place(struct sched *sched, int64_t at_us);

/* Schedules `event` (its `next` is ignored). Inline, field by field: an event that is written in
 * fields and copied as a whole has the copy wait for the writes (1.5 % of the reference run). */
static inline void sched_push(struct sched *sched, int64_t at_us, struct sched_event event)
{
    struct sched_event *place = sched_place(sched, at_us);
    place->kind = event.kind;
    place->small = event.small;
    place->a = event.a;
    place->b = event.b;
    place->p = event.p;
}

/* Looks at the events of the `ahead`-th stretch of SCHED_STRETCH_US after the present one, so that
 * what they will touch can be fetched early; a hint, in no defined order: nothing may depend on it.
 * `ret` has room for `max`; how many were found. */
#define SCHED_STRETCH_US 64
uint32_t sched_stretch(const struct sched *sched, uint32_t ahead, const struct sched_event **ret,
                       uint32_t max);

/* When the earliest event is. False: there is none. */
bool sched_next_us(struct sched *sched, int64_t *ret);

/* Takes out, unseen, whatever `drop` says yes to, which is asked in the order of time; the others stay in theirs. */
void sched_drop(struct sched *sched, bool (*drop)(void *user, const struct sched_event *event),
                void *user);

/* Takes the earliest event and moves `now_us` to its instant. False: there is none. */
bool sched_pop(struct sched *sched, struct sched_event *ret);

#endif
