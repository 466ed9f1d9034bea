/* Spans: where they lie, and what they do to an arrival. See pipe.h. */
#include "sim/world/pipe.h"

#include "server/base/mem.h"

#include <stdlib.h>

/* A lost segment is sent again after this, then after twice this, and so on. RFC 6298 says 1 s at
 * first; Linux, whose smallest it is, and with round trips of tens of ms says 200 ms. */
#define RETRANSMIT_US  200000
#define RETRANSMIT_MAX 6 /* the next one passes: a draw has an end */

struct laid_span {
    uint32_t id;
    struct place from, to;
    struct span span;
    int64_t free_us; /* when the last byte given to it has left */
    struct rng rng;  /* of losses */
};

void span_begin(struct pipes *pipes, uint32_t id, struct place from, struct place to,
                struct span span)
{
    uint64_t nth = 0;

    HB_ASSERT(span.extra_us >= 0 && span.bytes_per_s >= 0);
    HB_ASSERT(span.loss_permille <= 1000);
    for (uint32_t i = 0; i < pipes->spans_len; i++) {
        nth += pipes->spans[i].id == id;
    }
    HB_GROW(pipes->spans, pipes->spans_len, pipes->spans_cap);
    pipes->spans[pipes->spans_len++] =
        (struct laid_span){.id = id,
                           .from = from,
                           .to = to,
                           .span = span,
                           .rng = rng_stream(pipes->seed, "span.loss", id, nth)};
}

void span_end(struct pipes *pipes, uint32_t id)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < pipes->spans_len; i++) {
        if (pipes->spans[i].id != id) {
            pipes->spans[kept++] = pipes->spans[i];
        }
    }
    pipes->spans_len = kept;
}

void pipes_reseed(struct pipes *pipes, uint64_t seed)
{
    pipes->seed = seed;
    for (uint32_t i = 0; i < pipes->spans_len; i++) {
        pipes->spans[i].rng = rng_stream(seed, "span.loss", pipes->spans[i].id, UINT64_MAX - i);
    }
}

void pipes_deinit(struct pipes *pipes)
{
    free(pipes->spans);
    *pipes = (struct pipes){0};
}

static bool covers(struct place laid, struct place place)
{
    return laid.kind == place.kind && (laid.index == PLACE_ANY || laid.index == place.index);
}

static int64_t retransmissions_us(struct laid_span *laid)
{
    int64_t late_us = 0;

    for (int i = 0; i < RETRANSMIT_MAX && rng_chance(&laid->rng, laid->span.loss_permille); i++) {
        late_us += (int64_t)RETRANSMIT_US << i;
    }
    return late_us;
}

/* How long the bytes wait for those before them and then take to leave. */
static int64_t sending_us(struct laid_span *laid, const struct hop *hop)
{
    if (laid->span.bytes_per_s == 0) {
        return 0;
    }
    const int64_t from_us = laid->free_us > hop->now_us ? laid->free_us : hop->now_us;

    laid->free_us = from_us + (int64_t)hop->bytes * 1000000 / laid->span.bytes_per_s;
    return laid->free_us - hop->now_us;
}

int64_t spans_arrival(struct pipes *pipes, const struct hop *hop, int64_t at_us)
{
    int64_t released_us = 0;

    for (uint32_t i = 0; i < pipes->spans_len; i++) {
        struct laid_span *laid = &pipes->spans[i];
        if (!covers(laid->from, hop->from) || !covers(laid->to, hop->to)) {
            continue;
        }
        if (laid->span.cut) {
            return PIPE_NEVER;
        }
        at_us += laid->span.extra_us + sending_us(laid, hop) + retransmissions_us(laid);
        if (laid->span.hold_until_us > released_us) {
            released_us = laid->span.hold_until_us;
        }
    }
    return at_us > released_us ? at_us : released_us;
}
