/* What lies between two places: latency, order, and what is wrong on the way.
 *
 *   place --[ pipe: the order of one stream ]--( spans: what faults do to this way )--> place
 *
 * A pipe is one direction of one stream. A span is laid by a fault over every way from one place to
 * another in one direction, and is lifted by the same fault; spans that lie over the same way add up.
 * Streams are TCP's: what is lost on the way is sent again and comes late, and all behind it waits.
 * What is sent into a cut never comes, nor does anything that this pipe is given later, also when
 * the cut is lifted: such a stream ends when one of its sides gives it up.
 *
 * Own invariants:
 *   I1  arrivals of one pipe never go back;
 *   I2  without a span an arrival costs one draw, one load and one branch;
 *   I3  a span draws from a stream of its own: laying one moves no other draw. */
#ifndef HUBBUB_SIM_WORLD_PIPE_H
#define HUBBUB_SIM_WORLD_PIPE_H

#include "server/base/base.h"
#include "server/base/rng.h"
#include "sim/plan/plan.h"

struct place {
    enum place_kind { PLACE_CLIENT, PLACE_NODE, PLACE_REDIS, PLACE_DATABASE } kind;
    uint32_t index; /* PLACE_ANY in a span: all of this kind */
};
/* In a hop: not decided yet, as the node of a connection attempt; only spans over all meet it. */
#define PLACE_ANY UINT32_MAX

struct span {
    bool cut;              /* nothing passes */
    int64_t extra_us;      /* added to the latency */
    int64_t hold_until_us; /* what comes before waits here, and is released at once */
    int64_t bytes_per_s;   /* shared by all streams over it; 0: no limit */
    uint32_t loss_permille;
};

struct laid_span;
struct pipes { /* all zero but for the seed: no span */
    uint64_t seed;
    struct laid_span *spans;
    uint32_t spans_len, spans_cap;
};

struct pipe {
    int64_t last_us; /* the latest arrival; PIPE_NEVER: broken by a cut */
};
#define PIPE_NEVER INT64_MAX

struct hop { /* something on its way */
    int64_t now_us;
    struct place from, to;
    size_t bytes;
};

/* Lays `span` over the ways from `from` to `to`. `id`: of the fault that does it, which may lay
 * several (the other direction is one of its own). */
void span_begin(struct pipes *pipes, uint32_t id, struct place from, struct place to,
                struct span span);
/* Lifts all spans of this fault. */
void span_end(struct pipes *pipes, uint32_t id);
/* Losses are drawn of another seed from now on. */
void pipes_reseed(struct pipes *pipes, uint64_t seed);
void pipes_deinit(struct pipes *pipes);

/* When what would come at `at_us` does come over the spans that lie on its way; PIPE_NEVER. */
int64_t spans_arrival(struct pipes *pipes, const struct hop *hop, int64_t at_us);

/* The same without spans where there is none, and after everything that the pipe was given before. */
static inline int64_t pipe_arrival_at(struct pipes *pipes, struct pipe *pipe, const struct hop *hop,
                                      int64_t at_us)
{
    const int64_t at = pipes->spans_len > 0 ? spans_arrival(pipes, hop, at_us) : at_us;

    pipe->last_us = at > pipe->last_us ? at : pipe->last_us; /* I1 */
    return pipe->last_us;
}

/* When something comes that leaves now and takes `latency`, drawn from the stream's `rng`. */
static inline int64_t pipe_arrival(struct pipes *pipes, struct pipe *pipe, const struct hop *hop,
                                   struct range latency, struct rng *rng)
{
    return pipe_arrival_at(pipes, pipe, hop,
                           hop->now_us + rng_between(rng, latency.low, latency.high));
}

static inline struct place place_client(uint32_t client)
{
    return (struct place){PLACE_CLIENT, client};
}
static inline struct place place_node(uint32_t node)
{
    return (struct place){PLACE_NODE, node};
}
static inline struct place place_redis(void)
{
    return (struct place){PLACE_REDIS, 0};
}
static inline struct place place_database(void)
{
    return (struct place){PLACE_DATABASE, 0};
}

#endif
