/* Hostile bytes as a token, and as header and payload of one that is signed: behind the signature a mistake
 * would be an identity provider's. What is good names a valid id, and its times can be counted with. */
#include "server/base/mem.h"
#include "server/protocol/b64.h"
#include "server/protocol/id.h"
#include "server/protocol/token.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEADER  "{\"alg\":\"HS256\",\"kid\":\"k\"}"
#define PAYLOAD "{\"sub\":\"u1\",\"exp\":99,\"iss\":\"i\",\"aud\":\"a\"}"

static const struct token_trust trust = {
    .keys = {{.id = "k", .bytes_len = 32, .issuer = "i", .audience = "a"}}, .keys_len = 1};

static bool date_fits(int64_t s)
{
    return s >= -NUMERIC_DATE_MAX && s <= NUMERIC_DATE_MAX;
}

/* Exact, so that a read too far is seen. */
static void judge(const struct token_keys *keys, const char *bytes, size_t bytes_len)
{
    static const struct token_times times = {.leeway_s = 60, .lifetime_s = 2592000};
    char *token = hb_malloc(bytes_len + 1);
    struct token_claims claims = {0};

    if (bytes_len > 0) {
        memcpy(token, bytes, bytes_len);
    }
    if (token_verify(keys, (struct text){token, (uint32_t)bytes_len}, &claims) == TOKEN_GOOD) {
        HB_ASSERT(id_valid((struct text){claims.user, claims.user_len}));
        HB_ASSERT(claims.id_len == 0 || id_valid((struct text){claims.id, claims.id_len}));
        HB_ASSERT(date_fits(claims.issued_s) && date_fits(claims.not_before_s) &&
                  date_fits(claims.expires_s));
        (void)token_in_time(&claims, &times, (struct wall){INT64_C(1700000000000)});
        (void)token_in_time(&claims, &times, (struct wall){0});
    }
    free(token);
}

static void judge_signed(const struct token_keys *keys, struct text header, struct text payload)
{
    struct buf token = {0};
    uint8_t mac[SIGNATURE_HASH_BYTES];

    b64_encode(header.bytes, header.len, &token);
    buf_add_char(&token, '.');
    b64_encode(payload.bytes, payload.len, &token);
    signature_make(trust.keys[0].bytes, 32, token.bytes, token.len, mac);
    buf_add_char(&token, '.');
    b64_encode(mac, sizeof mac, &token);
    judge(keys, token.bytes, token.len);
    buf_deinit(&token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct token_keys *keys = token_keys_new(&trust);
    const struct text input = {(const char *)data, (uint32_t)size};

    judge(keys, input.bytes, size);
    if (size <= TOKEN_BYTES_MAX) {
        judge_signed(keys, TEXT(HEADER), input);
        judge_signed(keys, input, TEXT(PAYLOAD));
    }
    token_keys_free(&keys);
    return 0;
}
