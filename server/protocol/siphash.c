/* See siphash.h. */
#include "server/protocol/siphash.h"

#include "server/base/mem.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>

struct siphash {
    EVP_MAC *mac;
    EVP_MAC_CTX *context;
};

struct siphash *siphash_new(void)
{
    struct siphash *siphash = hb_calloc(1, sizeof *siphash);

    siphash->mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
    HB_ASSERT(siphash->mac != NULL);
    siphash->context = EVP_MAC_CTX_new(siphash->mac);
    HB_ASSERT(siphash->context != NULL);
    return siphash;
}

void siphash_free(struct siphash **siphash)
{
    if (*siphash != NULL) {
        EVP_MAC_CTX_free((*siphash)->context);
        EVP_MAC_free((*siphash)->mac);
        free(*siphash);
        *siphash = NULL;
    }
}

uint64_t siphash_of(struct siphash *siphash, const uint8_t key[SIPHASH_KEY_BYTES],
                    const struct text *parts, uint32_t parts_len)
{
    size_t want = sizeof(uint64_t); /* the rounds are 2 and 4 where nothing is said */
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &want),
                                 OSSL_PARAM_construct_end()};
    uint8_t mac[16];
    uint64_t word = 0;
    size_t len = 0;

    const int begun = EVP_MAC_init(siphash->context, key, SIPHASH_KEY_BYTES, params);
    HB_ASSERT(begun == 1);
    for (uint32_t i = 0; i < parts_len; i++) {
        if (parts[i].len > 0) {
            const int fed = EVP_MAC_update(siphash->context, (const unsigned char *)parts[i].bytes,
                                           parts[i].len);
            HB_ASSERT(fed == 1);
        }
    }
    const int made = EVP_MAC_final(siphash->context, mac, &len, sizeof mac);
    HB_ASSERT(made == 1 && len == sizeof word);
    for (int i = 7; i >= 0; i--) {
        word = word << 8 | mac[i];
    }
    return word;
}
