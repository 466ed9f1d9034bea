/* See token.h. */
#include "server/protocol/token.h"

#include "server/protocol/b64.h"
#include "server/protocol/json.h"
#include "server/protocol/user_id.h"

#include <stdlib.h>
#include <string.h>

const char *token_refusal_text(enum token_refusal refusal)
{
    static const char *const texts[] = {
#define X(code, text) [code] = (text),
        TOKEN_REFUSAL_MAP(X)
#undef X
    };

    HB_ASSERT(refusal < TOKEN_REFUSAL_COUNT);
    return texts[refusal];
}

/* --- Keys --- */

struct token_keys {
    struct token_trust trust;
    struct signature_key *open[TOKEN_KEYS_MAX]; /* NULL: no key */
};

const struct token_key *token_signer(const struct token_trust *trust)
{
    for (uint32_t i = 0; i < trust->keys_len; i++) {
        if (trust->keys[i].alg == SIGNATURE_HS256) {
            return &trust->keys[i];
        }
    }
    return NULL;
}

bool token_key_good(const struct token_key *key)
{
    struct signature_key *open = signature_key_new(key->alg, key->bytes, key->bytes_len);
    const bool good = open != NULL && key->id[0] != '\0';

    signature_key_free(&open);
    return good;
}

struct token_keys *token_keys_new(const struct token_trust *trust)
{
    struct token_keys *keys = hb_calloc(1, sizeof *keys);

    HB_ASSERT(trust->keys_len <= TOKEN_KEYS_MAX);
    keys->trust = *trust;
    for (uint32_t i = 0; i < trust->keys_len; i++) {
        const struct token_key *key = &trust->keys[i];
        keys->open[i] = signature_key_new(key->alg, key->bytes, key->bytes_len);
    }
    return keys;
}

void token_keys_free(struct token_keys **keys)
{
    if (*keys != NULL) {
        for (uint32_t i = 0; i < TOKEN_KEYS_MAX; i++) {
            signature_key_free(&(*keys)->open[i]);
        }
        explicit_bzero(*keys, sizeof **keys);
        free(*keys);
        *keys = NULL;
    }
}

/* --- Making one --- */

static void member_add(struct buf *out, const char *name, struct text value)
{
    buf_add_text(out, name);
    buf_add_json(out, value.bytes, value.len);
}

static void number_add(struct buf *out, const char *name, int64_t value)
{
    buf_add_text(out, name);
    buf_add_i64(out, value);
}

static void payload_add(const struct token_key *key, const struct token_draft *draft,
                        struct buf *out)
{
    member_add(out, "{\"sub\":", draft->subject);
    if (key->issuer[0] != '\0') {
        member_add(out, ",\"iss\":", text_of(key->issuer));
    }
    if (key->audience[0] != '\0') {
        member_add(out, ",\"aud\":", text_of(key->audience));
    }
    if (draft->id.bytes != NULL) {
        member_add(out, ",\"jti\":", draft->id);
    }
    number_add(out, ",\"iat\":", draft->issued_s);
    if (draft->not_before_s != 0) {
        number_add(out, ",\"nbf\":", draft->not_before_s);
    }
    number_add(out, ",\"exp\":", draft->expires_s);
    buf_add_char(out, '}');
}

void token_mint(const struct token_key *key, const struct token_draft *draft, struct buf *out)
{
    struct signature_key *open = signature_key_new(key->alg, key->bytes, key->bytes_len);

    HB_ASSERT(open != NULL);
    token_mint_open(key, open, draft, out);
    signature_key_free(&open);
}

void token_mint_open(const struct token_key *key, const struct signature_key *open,
                     const struct token_draft *draft, struct buf *out)
{
    struct buf part = {0};
    uint8_t mac[SIGNATURE_HASH_BYTES];
    const size_t from = out->len;

    HB_ASSERT(key->alg == SIGNATURE_HS256);
    HB_ASSERT(draft->subject.bytes != NULL && draft->subject.len > 0);
    buf_add_text(&part, "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":");
    buf_add_json(&part, key->id, strlen(key->id));
    buf_add_char(&part, '}');
    b64_encode(part.bytes, part.len, out);
    buf_add_char(out, '.');
    buf_clear(&part);
    payload_add(key, draft, &part);
    b64_encode(part.bytes, part.len, out);
    buf_deinit(&part);
    signature_mark(open, (struct text){out->bytes + from, (uint32_t)(out->len - from)}, mac);
    buf_add_char(out, '.');
    b64_encode(mac, sizeof mac, out);
}

/* --- Reading --- */

/* One part of a token as a JSON object. */
struct part {
    char bytes[TOKEN_BYTES_MAX];
    char plain[TOKEN_BYTES_MAX]; /* strings that had escapes, one behind the other */
    uint32_t plain_len;
    struct json json;
};

/* part->json needs json_deinit if it is true. A member twice, and a name with an escape in it, are
 * refused by json_read: two readers of one token might take different ones. */
static bool part_read(struct part *part, struct text text)
{
    size_t len;
    if (b64_decode(text, part->bytes, TOKEN_BYTES_MAX, &len) != HB_OK) {
        return false;
    }
    part->plain_len = 0;
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

/* Absent for what is no string. Each string is asked for once, so that they fit. */
static struct text string_of(struct part *part, const struct json_token *token)
{
    if (token == NULL || token->kind != JSON_STRING) {
        return (struct text){NULL, 0};
    }
    if (!token->escaped) {
        return json_plain(&part->json, token);
    }
    HB_ASSERT(part->plain_len + token->len <= sizeof part->plain);
    char *at = part->plain + part->plain_len;
    const uint32_t len = json_string(&part->json, token, at);
    part->plain_len += len;
    return (struct text){at, len};
}

/* The key that the header names and that is for the algorithm that it says. */
static enum token_refusal header_judge(const struct token_keys *keys, struct part *header,
                                       uint32_t *ret)
{
    const struct text kid = string_of(header, member(header, "kid"));
    const struct text alg = string_of(header, member(header, "alg"));

    if (member(header, "crit") != NULL) {
        return TOKEN_CRITICAL; /* RFC 7515 4.1.11 */
    }
    for (uint32_t i = 0; kid.bytes != NULL && i < keys->trust.keys_len; i++) {
        const struct token_key *key = &keys->trust.keys[i];
        if (text_equal(kid, text_of(key->id))) {
            *ret = i;
            return text_equal(alg, text_of(signature_alg_word(key->alg))) ? TOKEN_GOOD : TOKEN_ALG;
        }
    }
    return TOKEN_KEY_UNKNOWN;
}

static enum token_refusal header_read(const struct token_keys *keys, struct text text,
                                      uint32_t *ret)
{
    struct part header;

    if (!part_read(&header, text)) {
        return TOKEN_MALFORMED;
    }
    const enum token_refusal refusal = header_judge(keys, &header, ret);
    json_deinit(&header.json);
    return refusal;
}

static bool date_of(const struct part *part, const char *name, enum numeric_date_round round,
                    bool *ret_has, int64_t *ret)
{
    const struct json_token *found = member(part, name);

    *ret_has = found != NULL;
    return found == NULL || numeric_date_read(&part->json, found, round, ret);
}

static enum token_refusal dates_read(const struct part *payload, struct token_claims *claims)
{
    bool has = false;

    claims->not_before_s = -NUMERIC_DATE_MAX;
    if (!date_of(payload, "iat", NUMERIC_DATE_DOWN, &claims->has_issued, &claims->issued_s) ||
        !date_of(payload, "nbf", NUMERIC_DATE_UP, &has, &claims->not_before_s) ||
        !date_of(payload, "exp", NUMERIC_DATE_DOWN, &has, &claims->expires_s)) {
        return TOKEN_CLAIM;
    }
    return has ? TOKEN_GOOD : TOKEN_NO_EXPIRY;
}

/* RFC 7519 4.1.3: one string, or an array of them. */
static bool audience_names(struct part *payload, struct text wanted)
{
    const struct json_token *aud = member(payload, "aud");

    if (aud == NULL || aud->kind != JSON_ARRAY) {
        return text_equal(string_of(payload, aud), wanted);
    }
    const struct json_token *item = aud + 1;
    for (uint32_t i = 0; i < aud->children; i++, item = payload->json.tokens + item->next) {
        if (text_equal(string_of(payload, item), wanted)) {
            return true;
        }
    }
    return false;
}

static enum token_refusal payload_judge(const struct token_key *key, struct part *payload,
                                        struct token_claims *claims)
{
    const struct text subject = string_of(payload, member(payload, "sub"));
    const struct json_token *id = member(payload, "jti");
    const struct text issuer = string_of(payload, member(payload, "iss"));

    if (subject.bytes == NULL || subject.len == 0) {
        return TOKEN_NO_SUBJECT;
    }
    claims->user_len = user_id_of_subject(subject, claims->user);
    if (id != NULL) {
        const struct text name = string_of(payload, id);
        if (name.bytes == NULL) {
            return TOKEN_CLAIM;
        }
        claims->id_len = name.len > 0 ? user_id_of_subject(name, claims->id) : 0;
    }
    const enum token_refusal refusal = dates_read(payload, claims);
    if (refusal != TOKEN_GOOD) {
        return refusal;
    }
    if (key->issuer[0] != '\0' && !text_equal(issuer, text_of(key->issuer))) {
        return TOKEN_ISSUER;
    }
    if (key->audience[0] != '\0' && !audience_names(payload, text_of(key->audience))) {
        return TOKEN_AUDIENCE;
    }
    return TOKEN_GOOD;
}

static enum token_refusal payload_read(const struct token_key *key, struct text text,
                                       struct token_claims *ret)
{
    struct token_claims claims = {0};
    struct part payload;

    if (!part_read(&payload, text)) {
        return TOKEN_MALFORMED;
    }
    const enum token_refusal refusal = payload_judge(key, &payload, &claims);
    json_deinit(&payload.json);
    if (refusal == TOKEN_GOOD) {
        *ret = claims;
    }
    return refusal;
}

enum token_refusal token_verify(const struct token_keys *keys, struct text token,
                                struct token_claims *ret)
{
    char signature[TOKEN_BYTES_MAX];
    size_t signature_len;
    uint32_t index = 0;

    if (token.bytes == NULL) {
        return TOKEN_ABSENT;
    }
    if (token.len > TOKEN_BYTES_MAX) {
        return TOKEN_LARGE;
    }
    const char *end = token.bytes + token.len;
    const char *first = memchr(token.bytes, '.', token.len);
    const char *second = first != NULL ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;
    if (second == NULL) {
        return TOKEN_MALFORMED;
    }
    const struct text header = {token.bytes, (uint32_t)(first - token.bytes)};
    const struct text payload = {first + 1, (uint32_t)(second - first - 1)};
    const struct text last = {second + 1, (uint32_t)(end - second - 1)};
    const struct text covered = {token.bytes, (uint32_t)(second - token.bytes)};
    if (b64_decode(last, signature, sizeof signature, &signature_len) != HB_OK) {
        return TOKEN_MALFORMED;
    }
    const enum token_refusal refusal = header_read(keys, header, &index);
    if (refusal != TOKEN_GOOD) {
        return refusal;
    }
    if (keys->open[index] == NULL ||
        !signature_good(keys->open[index], covered,
                        (struct text){signature, (uint32_t)signature_len})) {
        return TOKEN_SIGNATURE;
    }
    return payload_read(&keys->trust.keys[index], payload, ret);
}

enum token_refusal token_in_time(const struct token_claims *claims, const struct token_times *times,
                                 struct wall now)
{
    const int64_t now_s = now.ms / 1000 - (now.ms % 1000 < 0); /* the second that has begun */

    if (claims->expires_s + times->leeway_s <= now_s) {
        return TOKEN_EXPIRED;
    }
    if (claims->not_before_s - times->leeway_s > now_s) {
        return TOKEN_EARLY;
    }
    if (claims->expires_s - now_s > times->lifetime_s + times->leeway_s ||
        (claims->has_issued && claims->expires_s - claims->issued_s > times->lifetime_s)) {
        return TOKEN_LIFETIME;
    }
    return TOKEN_GOOD;
}
