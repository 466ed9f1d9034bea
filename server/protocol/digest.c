/* See digest.h. */
#include "server/protocol/digest.h"

#include "server/base/mem.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

#define TAG_SHIFT 48

static uint64_t word_of(const uint8_t *bytes)
{
    uint64_t word = 0;

    for (int i = 7; i >= 0; i--) {
        word = word << 8 | bytes[i];
    }
    return word;
}

void digest_key_derive(const struct cursor_key *from, struct digest_key *ret)
{
    uint8_t mac[DIGEST_KEY_BYTES + 2];

    cursor_key_derive(from, "digests of requests", mac, sizeof mac);
    memcpy(ret->bytes, mac, sizeof ret->bytes);
    ret->tag = (uint16_t)(mac[DIGEST_KEY_BYTES] << 8 | mac[DIGEST_KEY_BYTES + 1]);
}

uint64_t digest_siphash(const uint8_t key[DIGEST_KEY_BYTES], const void *bytes, size_t bytes_len)
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    size_t want = sizeof(uint64_t); /* the rounds are 2 and 4 where nothing is said */
    size_t len = 0;
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &want),
                                 OSSL_PARAM_construct_end()};

    const unsigned char *made =
        EVP_Q_mac(NULL, "SIPHASH", NULL, NULL, params, key, DIGEST_KEY_BYTES, bytes, bytes_len, mac,
                  sizeof mac, &len);
    HB_ASSERT(made != NULL && len == sizeof(uint64_t));
    return word_of(mac);
}

int64_t digest_of(const struct digest_key *key, const struct text *parts, uint32_t parts_len,
                  struct buf *scratch)
{
    buf_clear(scratch);
    for (uint32_t i = 0; i < parts_len; i++) { /* each with its length: no two lists are one text */
        buf_add_u64(scratch, parts[i].len);
        buf_add_char(scratch, ':');
        buf_add(scratch, parts[i].len > 0 ? parts[i].bytes : "", parts[i].len);
    }
    const uint64_t digest = digest_siphash(key->bytes, scratch->bytes, scratch->len);
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
