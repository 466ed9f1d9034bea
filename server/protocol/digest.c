/* See digest.h. */
#include "server/protocol/digest.h"

#include "server/base/mem.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
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

/* No cursor begins with these bytes, so no MAC of one is this key. */
void digest_key_derive(const struct cursor_key *from, struct digest_key *ret)
{
    static const char of[] = "digests of requests";
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned int len = 0;

    const unsigned char *made = HMAC(EVP_sha256(), from->bytes, CURSOR_KEY_BYTES,
                                     (const unsigned char *)of, sizeof of - 1, mac, &len);
    HB_ASSERT(made != NULL && len == 32);
    ret->words[0] = word_of(mac);
    ret->words[1] = word_of(mac + 8);
    ret->tag = (uint16_t)(mac[16] << 8 | mac[17]);
}

static uint64_t turned(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static void rounds(uint64_t v[4], int count)
{
    for (int i = 0; i < count; i++) {
        v[0] += v[1];
        v[1] = turned(v[1], 13) ^ v[0];
        v[0] = turned(v[0], 32);
        v[2] += v[3];
        v[3] = turned(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = turned(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = turned(v[1], 17) ^ v[2];
        v[2] = turned(v[2], 32);
    }
}

static void take(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    rounds(v, 2);
    v[0] ^= word;
}

uint64_t digest_siphash(const uint64_t key[2], const void *bytes, size_t bytes_len)
{
    const uint8_t *at = bytes;
    uint8_t last[8] = {0};
    uint64_t v[4] = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                     key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};

    for (size_t left = bytes_len; left >= 8; left -= 8, at += 8) {
        take(v, word_of(at));
    }
    if (bytes_len % 8 > 0) {
        memcpy(last, at, bytes_len % 8);
    }
    last[7] = (uint8_t)bytes_len;
    take(v, word_of(last));
    v[2] ^= 0xff;
    rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
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
    const uint64_t digest = digest_siphash(key->words, scratch->bytes, scratch->len);
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
