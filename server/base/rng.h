/* Random streams: counters through a mixing function, so that a stream is 8 bytes and any draw can
 * be named. Every entity and every fault kind has its own: removing one never moves
 * another's draws.
 *
 * Source: SplitMix64 (Steele, Lea, Flood 2014). Integers only; no libm, so every machine agrees. */
#ifndef HUBBUB_SERVER_BASE_RNG_H
#define HUBBUB_SERVER_BASE_RNG_H

#include "server/base/base.h"

struct rng {
    uint64_t state;
};

/* The stream of (seed, kind, id, n); `kind` is a word such as "fault.node_crash". */
struct rng rng_stream(uint64_t seed, const char *kind, uint64_t id, uint64_t n);
uint64_t rng_u64(struct rng *rng);
/* Uniform in [low, high], both included; low <= high. Without modulo bias. */
int64_t rng_between(struct rng *rng, int64_t low, int64_t high);
/* True in `permille` of 1000. */
bool rng_chance(struct rng *rng, uint32_t permille);
/* Exponential with the given mean (> 0, < 2^40), by von Neumann's method: integers only. At most
 * 32 times the mean. */
int64_t rng_exponential(struct rng *rng, int64_t mean);

/* The one thing that a sans-I/O part pulls: 64 fresh bits. */
struct entropy {
    uint64_t (*draw)(void *user);
    void *user; /* borrowed for as long as the puller lives */
};
static inline uint64_t entropy_u64(struct entropy entropy)
{
    return entropy.draw(entropy.user);
}

#endif
