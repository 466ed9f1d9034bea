/* See token.h. */
#include "server/protocol/token.h"

#include "server/protocol/b64.h"
#include "server/protocol/id.h"
#include "server/protocol/json.h"
#include "server/protocol/limits.h"

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
    if (mac == NULL) {
        hb_no_memory(0); /* with a key and a digest it fails in no other way */
    }
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

/* One part of a token as a JSON object. */
struct part {
    char bytes[TOKEN_BYTES_MAX];
    struct json json;
};

/* part->json needs json_deinit if it is true. */
static bool part_read(struct part *part, struct text text)
{
    size_t len;
    if (b64_decode(text, part->bytes, TOKEN_BYTES_MAX, &len) != HB_OK) {
        return false;
    }
    if (json_read(&part->json, part->bytes, len) != HB_OK ||
        part->json.tokens[0].kind != JSON_OBJECT) {
        json_deinit(&part->json);
        return false;
    }
    return true;
}

static const struct json_token *member(const struct part *part, const char *name)
{
    return json_member(&part->json, part->json.tokens, name, NULL);
}

static bool string_is(const struct part *part, const char *name, const char *want)
{
    return text_equal(json_plain(&part->json, member(part, name)), text_of(want));
}

/* The key that a header names, if it also names our one algorithm and nothing critical. */
static const struct token_key *key_of(const struct token_key *keys, uint32_t keys_len,
                                      struct text text)
{
    const struct token_key *key = NULL;
    struct part header;

    if (!part_read(&header, text)) {
        return NULL;
    }
    if (string_is(&header, "alg", "HS256") && member(&header, "crit") == NULL) {
        for (uint32_t i = 0; i < keys_len && key == NULL; i++) {
            key = string_is(&header, "kid", keys[i].id) ? &keys[i] : NULL;
        }
    }
    json_deinit(&header.json);
    return key;
}

/* RFC 7519 2: a NumericDate may have a fraction, which is dropped. */
static bool seconds_of(const struct part *part, const char *name, bool required, int64_t *ret)
{
    const struct json_token *found = member(part, name);
    *ret = 0;
    if (found == NULL) {
        return !required;
    }
    struct json_token whole = *found;
    const char *dot = memchr(part->bytes + whole.from, '.', whole.len);
    whole.len = dot != NULL ? (uint32_t)(dot - part->bytes) - whole.from : whole.len;
    return json_integer(&part->json, &whole, ret) && *ret >= 0;
}

static bool claims_of(struct text text, struct token_claims *ret)
{
    struct token_claims claims = {0};
    struct part payload;

    if (!part_read(&payload, text)) {
        return false;
    }
    const struct text subject = json_plain(&payload.json, member(&payload, "sub"));
    const bool good = subject.bytes != NULL && id_valid(subject) &&
                      seconds_of(&payload, "iat", false, &claims.issued_s) &&
                      seconds_of(&payload, "exp", true, &claims.expires_s);
    if (good) {
        claims.subject_len = subject.len;
        memcpy(claims.subject, subject.bytes, subject.len);
        *ret = claims;
    }
    json_deinit(&payload.json);
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
