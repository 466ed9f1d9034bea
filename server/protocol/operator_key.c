/* See operator_key.h. */
#include "server/protocol/operator_key.h"

#include "server/protocol/b64.h"

#include <openssl/crypto.h>

bool operator_key_is(const struct operator_key *key, struct text given)
{
    uint8_t bytes[OPERATOR_KEY_BYTES];
    size_t len = 0;

    return key->said && given.bytes != NULL &&
           b64_decode(given, bytes, sizeof bytes, &len) == HB_OK && len == sizeof bytes &&
           CRYPTO_memcmp(bytes, key->bytes, sizeof bytes) == 0;
}
