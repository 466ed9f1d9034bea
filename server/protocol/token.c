/* See token.h. */
#include "server/protocol/token.h"

#include "server/protocol/b64.h"
#include "server/protocol/frame.h"
#include "server/protocol/id.h"

#include <cjson/cJSON.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define SIGNATURE_BYTES 32

static void sign(const struct token_key *key, const char *bytes, size_t bytes_len,
                 unsigned char ret[EVP_MAX_MD_SIZE])
{
    unsigned int len = 0;
    HB_ASSERT(key->secret_len <= TOKEN_KEY_BYTES_MAX);
    const unsigned char *mac = HMAC(EVP_sha256(), key->secret, (int)key->secret_len,
                                    (const unsigned char *)bytes, bytes_len, ret, &len);
    HB_ASSERT(mac != NULL);
    HB_ASSERT(len == SIGNATURE_BYTES);
}

void token_mint(const struct token_key *key, const struct token_claims *claims, struct buf *out)
{
    struct buf part = {0};
    unsigned char mac[EVP_MAX_MD_SIZE];
    const size_t from = out->len;

    buf_add_text(&part, "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":");
    buf_add_json(&part, key->id, strlen(key->id));
    buf_add_char(&part, '}');
    b64_encode(part.bytes, part.len, out);
    buf_add_char(out, '.');
    buf_clear(&part);
    buf_add_text(&part, "{\"sub\":");
    buf_add_json(&part, claims->subject, claims->subject_len);
    buf_add_text(&part, ",\"iat\":");
    buf_add_i64(&part, claims->issued_s);
    buf_add_text(&part, ",\"exp\":");
    buf_add_i64(&part, claims->expires_s);
    buf_add_char(&part, '}');
    b64_encode(part.bytes, part.len, out);
    buf_deinit(&part);
    sign(key, out->bytes + from, out->len - from, mac);
    buf_add_char(out, '.');
    b64_encode(mac, SIGNATURE_BYTES, out);
}

/* One part of a token as a JSON object; NULL: it is none. The caller deletes it. */
static cJSON *parse_part(struct text part)
{
    char json[TOKEN_BYTES_MAX + 1];
    size_t len;
    if (b64_decode(part, json, TOKEN_BYTES_MAX, &len) != HB_OK) {
        return NULL;
    }
    json[len] = 0;
    if (json_scan(json, len) != HB_OK) {
        return NULL;
    }
    cJSON *object = cJSON_ParseWithLengthOpts(json, len + 1, NULL, 1);
    if (!cJSON_IsObject(object)) {
        cJSON_Delete(object);
        return NULL;
    }
    return object;
}

static bool string_is(const cJSON *object, const char *name, const char *want)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) && strcmp(item->valuestring, want) == 0;
}

/* The key that a header names, if it also names our one algorithm and nothing critical. */
static const struct token_key *key_of(const struct token_key *keys, uint32_t keys_len,
                                      struct text part)
{
    const struct token_key *key = NULL;
    cJSON *header = parse_part(part);
    if (string_is(header, "alg", "HS256") &&
        cJSON_GetObjectItemCaseSensitive(header, "crit") == NULL) {
        for (uint32_t i = 0; i < keys_len && key == NULL; i++) {
            key = string_is(header, "kid", keys[i].id) ? &keys[i] : NULL;
        }
    }
    cJSON_Delete(header);
    return key;
}

static bool seconds_of(const cJSON *object, const char *name, bool required, int64_t *ret)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (item == NULL && !required) {
        *ret = 0;
        return true;
    }
    if (item == NULL || !cJSON_IsNumber(item) || !(item->valuedouble >= 0) ||
        !(item->valuedouble <= (double)JSON_INT_MAX)) {
        return false;
    }
    *ret = (int64_t)item->valuedouble;
    return true;
}

static bool claims_of(struct text part, struct token_claims *ret)
{
    struct token_claims claims = {0};
    cJSON *payload = parse_part(part);
    const cJSON *subject = cJSON_GetObjectItemCaseSensitive(payload, "sub");
    bool good = cJSON_IsString(subject) && id_valid(text_of(subject->valuestring)) &&
                seconds_of(payload, "iat", false, &claims.issued_s) &&
                seconds_of(payload, "exp", true, &claims.expires_s);
    if (good) {
        claims.subject_len = (uint32_t)strlen(subject->valuestring);
        memcpy(claims.subject, subject->valuestring, claims.subject_len);
        *ret = claims;
    }
    cJSON_Delete(payload);
    return good;
}

enum hb_err token_verify(const struct token_key *keys, uint32_t keys_len, struct text token,
                         struct token_claims *ret)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned char signature[TOKEN_BYTES_MAX];
    size_t signature_len;

    if (token.bytes == NULL || token.len > TOKEN_BYTES_MAX) {
        return HB_EAUTH;
    }
    const char *end = token.bytes + token.len;
    const char *first = memchr(token.bytes, '.', token.len);
    const char *second = first != NULL ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;
    if (second == NULL) {
        return HB_EAUTH;
    }
    const struct text header = {token.bytes, (uint32_t)(first - token.bytes)};
    const struct text payload = {first + 1, (uint32_t)(second - first - 1)};
    const struct text last = {second + 1, (uint32_t)(end - second - 1)};
    const struct token_key *key = key_of(keys, keys_len, header);
    if (key == NULL || b64_decode(last, signature, sizeof signature, &signature_len) != HB_OK ||
        signature_len != SIGNATURE_BYTES) {
        return HB_EAUTH;
    }
    sign(key, token.bytes, (size_t)(second - token.bytes), mac);
    if (CRYPTO_memcmp(mac, signature, SIGNATURE_BYTES) != 0 || !claims_of(payload, ret)) {
        return HB_EAUTH;
    }
    return HB_OK;
}
