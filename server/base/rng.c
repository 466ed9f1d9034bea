/* Random streams and the distributions drawn from them. */
#include "server/base/rng.h"

#include "server/base/hash.h"

#include <string.h>

#define RNG_GAMMA                 UINT64_C(0x9e3779b97f4a7c15) /* 2^64 / golden ratio, odd */
#define RNG_EXPONENTIAL_MEANS_MAX 32 /* beyond: one draw in e^32 = 7.9e13 */
#define RNG_MEAN_MAX              (INT64_C(1) << 40)

/* SplitMix64's finalizer: a bijection in which each input bit moves half of the output bits. */
static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Each word goes in through a full mix before the next one, with the gamma added so that zeros are
 * not a fixed point. With the other three equal, two streams start at different states always. */
struct rng rng_stream(uint64_t seed, const char *kind, uint64_t id, uint64_t n)
{
    HB_ASSERT(kind != NULL);
    uint64_t state = mix(seed + RNG_GAMMA);

    state = mix((state ^ hash64_bytes(kind, strlen(kind))) + RNG_GAMMA);
    state = mix((state ^ id) + RNG_GAMMA);
    state = mix((state ^ n) + RNG_GAMMA);
    return (struct rng){.state = state};
}

uint64_t rng_u64(struct rng *rng)
{
    rng->state += RNG_GAMMA;
    return mix(rng->state);
}

/* Source: Lemire, "Fast Random Integer Generation in an Interval" (2019). The high half of
 * draw * span is the number; the few draws whose low half would favour a number are drawn again,
 * which for a span below 2^32 happens less than once in 2^32. */
int64_t rng_between(struct rng *rng, int64_t low, int64_t high)
{
    HB_ASSERT(low <= high);
    const uint64_t span = (uint64_t)high - (uint64_t)low + 1; /* 0: all of 2^64 */

    if (span == 0) {
        return (int64_t)rng_u64(rng);
    }
    hb_u128 product = (hb_u128)rng_u64(rng) * span;
    if ((uint64_t)product < span) {
        const uint64_t threshold = (0 - span) % span; /* 2^64 mod span */
        while ((uint64_t)product < threshold) {
            product = (hb_u128)rng_u64(rng) * span;
        }
    }
    const int64_t drawn = (int64_t)((uint64_t)low + (uint64_t)(product >> 64));
    HB_ASSERT(drawn >= low);
    HB_ASSERT(drawn <= high);
    return drawn;
}

/* Draws also for 0 and 1000, so that a rate turned off does not move the draws after it. */
bool rng_chance(struct rng *rng, uint32_t permille)
{
    HB_ASSERT(permille <= 1000);
    return rng_between(rng, 0, 999) < (int64_t)permille;
}

/* Source: von Neumann, "Various Techniques Used in Connection with Random Digits" (1951). Draw u,
 * then further numbers for as long as they fall. A falling run of odd length n has, given u,
 * probability e^-u: then the result is u. Else try again, one mean higher. The uniform
 * numbers are 64-bit fixed point, so the only error is the rounding of the product to the nearest
 * integer: a part of about 1 / (24 * mean^2). */
int64_t rng_exponential(struct rng *rng, int64_t mean)
{
    HB_ASSERT(mean > 0);
    HB_ASSERT(mean < RNG_MEAN_MAX);
    for (int64_t whole = 0; whole < RNG_EXPONENTIAL_MEANS_MAX; whole++) {
        const uint64_t first = rng_u64(rng);
        uint64_t least = first;
        bool odd = true;
        for (uint64_t next = rng_u64(rng); next < least; next = rng_u64(rng)) {
            least = next;
            odd = !odd;
        }
        if (odd) {
            const hb_u128 part = (hb_u128)first * (uint64_t)mean + (UINT64_C(1) << 63);
            return whole * mean + (int64_t)(part >> 64);
        }
    }
    return RNG_EXPONENTIAL_MEANS_MAX * mean;
}
