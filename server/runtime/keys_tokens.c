/* See keys_tokens.h. */
#include "server/runtime/keys_tokens.h"

#include "server/node/params.h"
#include "server/protocol/b64.h"

#include <string.h>

/* One entry of tokenKeys while it is read: `wrong` is what was expected of it. */
struct entry {
    const struct json *json;
    const struct json_token *object;
    struct token_key *key;
    struct buf text; /* of a string that had escapes */
    const char *wrong;
};

static const struct json_token *member(const struct entry *entry, const char *name)
{
    return json_member(entry->json, entry->object, name, NULL);
}

/* Absent for what is no string; borrowed until the next. */
static struct text string_of(struct entry *entry, const char *name)
{
    const struct json_token *token = member(entry, name);

    if (token == NULL || token->kind != JSON_STRING) {
        return (struct text){NULL, 0};
    }
    buf_clear(&entry->text);
    buf_reserve(&entry->text, (size_t)token->len + 1);
    const uint32_t len = json_string(entry->json, token, entry->text.bytes);
    return (struct text){entry->text.bytes, len};
}

/* False: there is such a member, and it is no text of 1 to TOKEN_WORD_BYTES_MAX bytes. */
static bool word_take(struct entry *entry, const char *name, char ret[TOKEN_WORD_BYTES_MAX + 1])
{
    if (member(entry, name) == NULL) {
        return true;
    }
    const struct text text = string_of(entry, name);
    if (text.bytes == NULL || text.len == 0 || text.len > TOKEN_WORD_BYTES_MAX) {
        return false;
    }
    memcpy(ret, text.bytes, text.len);
    ret[text.len] = '\0';
    return true;
}

/* --- What a key is made of --- */

static bool secret_take(struct entry *entry, const char *name)
{
    size_t len = 0;

    entry->key->alg = SIGNATURE_HS256;
    if (b64_decode(string_of(entry, name), entry->key->bytes, SIGNATURE_SECRET_BYTES_MAX, &len) !=
            HB_OK ||
        len < SIGNATURE_SECRET_BYTES_MIN) {
        entry->wrong = name[0] == 'k' ? "k: base64url of 32 to 64 bytes"
                                      : "secret: base64url of 32 to 64 bytes";
        return false;
    }
    entry->key->bytes_len = (uint32_t)len;
    return true;
}

/* Takes DER that was made of what the file has. */
static bool public_take(struct entry *entry, enum hb_err err, struct buf *der)
{
    if (err == HB_OK) {
        memcpy(entry->key->bytes, der->bytes, der->len);
        entry->key->bytes_len = (uint32_t)der->len;
    }
    buf_deinit(der);
    return err == HB_OK;
}

static bool pem_take(struct entry *entry)
{
    struct buf der = {0};
    const struct text pem = string_of(entry, "publicKey");

    if (pem.bytes == NULL) {
        entry->wrong = "publicKey: PEM in a string, its lines ended by \\n";
        return false;
    }
    const enum hb_err err = signature_public_pem(pem, &entry->key->alg, &der, &entry->wrong);
    return public_take(entry, err, &der);
}

/* base64url has no letter that JSON would have to escape: these are borrowed from the file. */
static struct text plain(const struct entry *entry, const char *name)
{
    return json_plain(entry->json, member(entry, name));
}

static bool jwk_take(struct entry *entry)
{
    struct buf der = {0};
    const struct text kty = plain(entry, "kty");
    enum hb_err err = HB_EFIELD;

    if (member(entry, "d") != NULL) {
        entry->wrong = "the public key alone, without d: a private one belongs to who signs";
        return false;
    }
    if (member(entry, "use") != NULL && !text_equal(plain(entry, "use"), TEXT("sig"))) {
        entry->wrong = "use: \"sig\", for with another key nothing is signed";
        return false;
    }
    if (text_equal(kty, TEXT("oct"))) {
        return secret_take(entry, "k");
    }
    if (text_equal(kty, TEXT("RSA"))) {
        entry->key->alg = SIGNATURE_RS256;
        err = signature_public_rsa(plain(entry, "n"), plain(entry, "e"), &der, &entry->wrong);
    } else if (text_equal(kty, TEXT("EC")) && text_equal(plain(entry, "crv"), TEXT("P-256"))) {
        entry->key->alg = SIGNATURE_ES256;
        err = signature_public_p256(plain(entry, "x"), plain(entry, "y"), &der, &entry->wrong);
    } else {
        entry->wrong = "kty: \"RSA\", \"EC\" with crv \"P-256\", or \"oct\"";
    }
    return public_take(entry, err, &der);
}

static bool material_take(struct entry *entry)
{
    const bool secret = member(entry, "secret") != NULL;
    const bool pem = member(entry, "publicKey") != NULL;
    const bool jwk = member(entry, "kty") != NULL;

    if (secret + pem + jwk != 1) {
        entry->wrong = "one of: secret (HS256), publicKey (PEM), or kty and the rest of a JWK";
        return false;
    }
    return secret ? secret_take(entry, "secret") : pem ? pem_take(entry) : jwk_take(entry);
}

/* --- The list --- */

static bool entry_take(struct entry *entry)
{
    if (entry->object->kind != JSON_OBJECT) {
        entry->wrong = "an object";
        return false;
    }
    const char *name = member(entry, "id") != NULL ? "id" : "kid";
    if (member(entry, name) == NULL || !word_take(entry, name, entry->key->id)) {
        entry->wrong = "id (or kid): the kid of its tokens, a text of 1 to 255 bytes";
        return false;
    }
    if (!word_take(entry, "issuer", entry->key->issuer) ||
        !word_take(entry, "audience", entry->key->audience)) {
        entry->wrong = "issuer and audience: texts of 1 to 255 bytes";
        return false;
    }
    if (!material_take(entry)) {
        return false;
    }
    if (member(entry, "alg") != NULL &&
        !text_equal(string_of(entry, "alg"), text_of(signature_alg_word(entry->key->alg)))) {
        entry->wrong =
            "alg: \"HS256\" with a secret, \"RS256\" with an RSA key, \"ES256\" with one "
            "on P-256";
        return false;
    }
    return true;
}

static bool twice(const struct token_trust *trust, uint32_t index)
{
    for (uint32_t i = 0; i < index; i++) {
        if (strcmp(trust->keys[i].id, trust->keys[index].id) == 0) {
            return true;
        }
    }
    return false;
}

static enum hb_err list_read(const struct json *json, const struct token_key *model,
                             struct token_trust *ret, struct buf *message)
{
    const struct json_token *list = json_member(json, json->tokens, "tokenKeys", NULL);

    if (list == NULL || list->kind != JSON_ARRAY || list->children == 0 ||
        list->children > TOKEN_KEYS_MAX) {
        buf_printf(message, "tokenKeys: expected an array of 1 to %d keys", TOKEN_KEYS_MAX);
        return HB_EFIELD;
    }
    const struct json_token *item = list + 1;
    for (uint32_t i = 0; i < list->children; i++, item = json->tokens + item->next) {
        struct entry entry = {.json = json, .object = item, .key = &ret->keys[i]};
        ret->keys[i] = *model;
        bool good = entry_take(&entry);
        if (good && twice(ret, i)) {
            entry.wrong = "another id: one before it has the same";
            good = false;
        }
        if (entry.text.bytes != NULL) {
            explicit_bzero(entry.text.bytes, entry.text.cap);
        }
        buf_deinit(&entry.text);
        if (!good) {
            buf_printf(message, "tokenKeys[%u]: expected %s", (unsigned)i, entry.wrong);
            return HB_EFIELD;
        }
        HB_ASSERT_SLOW(token_key_good(&ret->keys[i]));
    }
    ret->keys_len = list->children;
    return HB_OK;
}

/* --- The rest --- */

static bool seconds_take(const struct json *json, const char *word, int64_t *ret,
                         struct buf *message)
{
    const struct json_token *found = json_member(json, json->tokens, word, NULL);
    size_t row = 0;

    *ret = -1;
    while (strcmp(node_params[row].word, word) != 0) {
        row++;
        HB_ASSERT(row < NODE_PARAMS_LEN);
    }
    if (found != NULL && (!json_integer(json, found, ret) || *ret < node_params[row].least ||
                          *ret > node_params[row].most)) {
        buf_printf(message, "%s: expected whole seconds from %lld to %lld", word,
                   (long long)node_params[row].least, (long long)node_params[row].most);
        return false;
    }
    return true;
}

enum hb_err keys_tokens_read(const struct json *json, struct keys_tokens *ret, struct buf *message)
{
    struct token_key model = {
        0}; /* what a key has of the file's whole, if it says nothing itself */
    struct entry whole = {.json = json, .object = json->tokens, .key = &model};

    *ret = (struct keys_tokens){0};
    const bool words =
        word_take(&whole, "issuer", model.issuer) && word_take(&whole, "audience", model.audience);
    buf_deinit(&whole.text);
    if (!words) {
        buf_add_text(message, "issuer and audience: expected texts of 1 to 255 bytes");
        return HB_EFIELD;
    }
    if (!seconds_take(json, "tokenLeewayS", &ret->leeway_s, message) ||
        !seconds_take(json, "tokenLifetimeS", &ret->lifetime_s, message)) {
        return HB_EFIELD;
    }
    return list_read(json, &model, &ret->trust, message);
}
