/* The run's hash: 128 bits folded event by event, field by field (never a struct: padding).
 *
 * Source: wyhash-style folding of two 64x64->128 products; not cryptographic. Cold byte strings go
 * through XXH3 first. */
#ifndef HUBBUB_SERVER_BASE_HASH_H
#define HUBBUB_SERVER_BASE_HASH_H

#include "server/base/base.h"

__extension__ typedef unsigned __int128 hb_u128;

struct hash128 {
    uint64_t lo;
    uint64_t hi;
};

static inline void hash128_fold(struct hash128 *hash, uint64_t a, uint64_t b)
{
    const hb_u128 p =
        (hb_u128)(hash->lo ^ a ^ UINT64_C(0xa0761d6478bd642f)) * (b ^ UINT64_C(0xe7037ed1a0b428db));
    const hb_u128 q =
        (hb_u128)(hash->hi ^ b ^ UINT64_C(0x8ebc6af09c88c6e3)) * (a ^ UINT64_C(0x589965cc75374cc3));
    hash->lo = ((uint64_t)p ^ (uint64_t)(p >> 64)) + hash->hi;
    hash->hi = ((uint64_t)q ^ (uint64_t)(q >> 64)) ^ (hash->lo << 1 | hash->lo >> 63);
}

uint64_t hash64_bytes(const void *bytes, size_t bytes_len); /* XXH3 64 */
/* XXH64, seed 0: for what programs in other languages compute, too. */
uint64_t hash64_common(const void *bytes, size_t bytes_len);
#define HASH128_HEX_LEN 32
void hash128_hex(struct hash128 hash, char ret[HASH128_HEX_LEN + 1]);

#endif
