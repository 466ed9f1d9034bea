/* See digest.h. */
#include "server/protocol/digest.h"

#include "server/base/mem.h"

#include <string.h>

#define TAG_SHIFT 48

void digest_key_derive(const struct cursor_key *from, struct digest_key *ret)
{
    uint8_t mac[SIPHASH_KEY_BYTES + 2];

    cursor_key_derive(from, "digests of requests", mac, sizeof mac);
    memcpy(ret->bytes, mac, sizeof ret->bytes);
    ret->tag = (uint16_t)(mac[SIPHASH_KEY_BYTES] << 8 | mac[SIPHASH_KEY_BYTES + 1]);
}

int64_t digest_of(struct siphash *siphash, const struct digest_key *key, const struct text *parts,
                  uint32_t parts_len, struct buf *scratch)
{
    buf_clear(scratch);
    for (uint32_t i = 0; i < parts_len; i++) { /* each with its length: no two lists are one text */
        buf_add_u64(scratch, parts[i].len);
        buf_add_char(scratch, ':');
        buf_add(scratch, parts[i].len > 0 ? parts[i].bytes : "", parts[i].len);
    }
    const struct text all = {scratch->bytes, (uint32_t)scratch->len};
    const uint64_t digest = siphash_of(siphash, key->bytes, &all, 1);
    return (int64_t)((uint64_t)key->tag << TAG_SHIFT | digest >> (64 - TAG_SHIFT));
}

enum digest_order digest_compare(int64_t kept, int64_t asked)
{
    if (kept == asked) {
        return DIGEST_SAME;
    }
    return (uint64_t)kept >> TAG_SHIFT == (uint64_t)asked >> TAG_SHIFT ? DIGEST_OTHER
                                                                       : DIGEST_OF_ANOTHER_KEY;
}
