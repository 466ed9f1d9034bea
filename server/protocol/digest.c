/* See digest.h. */
#include "server/protocol/digest.h"

#include "server/base/mem.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define TAG_SHIFT 48

_Static_assert(DIGEST_KEY_BYTES + 2 <= 32, "key and tag are cut from one SHA-256");

static void mac_of(const void *key, int key_len, struct text of, uint8_t ret[EVP_MAX_MD_SIZE])
{
    unsigned int len = 0;
    const unsigned char *mac =
        HMAC(EVP_sha256(), key, key_len, (const unsigned char *)of.bytes, of.len, ret, &len);
    HB_ASSERT(mac != NULL);
    HB_ASSERT(len >= DIGEST_KEY_BYTES + 2);
}

/* No cursor begins with these bytes, so no MAC of one is this key. */
void digest_key_derive(const struct cursor_key *from, struct digest_key *ret)
{
    uint8_t mac[EVP_MAX_MD_SIZE];

    mac_of(from->bytes, CURSOR_KEY_BYTES, TEXT("digests of requests"), mac);
    memcpy(ret->bytes, mac, DIGEST_KEY_BYTES);
    ret->tag = (uint16_t)(mac[DIGEST_KEY_BYTES] << 8 | mac[DIGEST_KEY_BYTES + 1]);
}

int64_t digest_of(const struct digest_key *key, const struct text *parts, uint32_t parts_len)
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    struct buf bytes = {0};
    uint64_t digest = key->tag;

    for (uint32_t i = 0; i < parts_len; i++) { /* each with its length: no two lists are one text */
        buf_add_u64(&bytes, parts[i].len);
        buf_add_char(&bytes, ':');
        buf_add(&bytes, parts[i].len > 0 ? parts[i].bytes : "", parts[i].len);
    }
    mac_of(key->bytes, DIGEST_KEY_BYTES, (struct text){bytes.bytes, (uint32_t)bytes.len}, mac);
    buf_deinit(&bytes);
    for (int i = 0; i < TAG_SHIFT / 8; i++) {
        digest = digest << 8 | mac[i];
    }
    return (int64_t)digest;
}

enum digest_order digest_compare(int64_t kept, int64_t asked)
{
    if (kept == asked) {
        return DIGEST_SAME;
    }
    return (uint64_t)kept >> TAG_SHIFT == (uint64_t)asked >> TAG_SHIFT ? DIGEST_OTHER
                                                                       : DIGEST_OF_ANOTHER_KEY;
}
