/* Hashes of bytes, and the run's hash as text. */
#include "server/base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t hash64_bytes(const void *bytes, size_t bytes_len)
{
    HB_ASSERT(bytes != NULL || bytes_len == 0);
    return XXH3_64bits(bytes, bytes_len);
}

uint64_t hash64_common(const void *bytes, size_t bytes_len)
{
    HB_ASSERT(bytes != NULL || bytes_len == 0);
    return XXH64(bytes, bytes_len, 0);
}

/* The high half first, as a number is written. */
void hash128_hex(struct hash128 hash, char ret[HASH128_HEX_LEN + 1])
{
    static const char digits[] = "0123456789abcdef";

    for (unsigned i = 0; i < HASH128_HEX_LEN; i++) {
        const uint64_t half = i < 16 ? hash.hi : hash.lo;
        ret[i] = digits[half >> (60 - 4 * (i % 16)) & 15];
    }
    ret[HASH128_HEX_LEN] = '\0';
}
