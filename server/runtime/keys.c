/* See keys.h. */
#include "server/runtime/keys.h"

#include "server/protocol/b64.h"
#include "server/protocol/json_wrong.h"
#include "server/runtime/private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define FILE_BYTES_MAX 65536
#define OPEN_TO_OTHERS (-1) /* others than its owner may read or write it */

/* --- Reading -------------------------------------------------------------------------------- */

static bool secret_read(const struct json *json, const struct json_token *object, uint8_t *ret,
                        size_t ret_cap, size_t *ret_len)
{
    const struct json_token *token = json_member(json, object, "secret", NULL);

    return token != NULL && token->kind == JSON_STRING &&
           b64_decode(json_plain(json, token), ret, ret_cap, ret_len) == HB_OK &&
           *ret_len == CURSOR_KEY_BYTES;
}

static bool cursor_key_read(const struct json *json, const struct json_token *object,
                            struct keys *ret)
{
    struct cursor_key *key = &ret->cursor_keys[ret->cursor_keys_len];
    const struct json_token *id = NULL;
    int64_t number = -1;
    size_t len = 0;

    if (object != NULL && object->kind == JSON_OBJECT) {
        id = json_member(json, object, "id", NULL);
    }
    if (id == NULL || !json_integer(json, id, &number) || number < 0 || number > UINT8_MAX ||
        !secret_read(json, object, key->bytes, CURSOR_KEY_BYTES, &len)) {
        return false;
    }
    key->id = (uint8_t)number;
    for (uint32_t i = 0; i < ret->cursor_keys_len; i++) {
        if (ret->cursor_keys[i].id == key->id) {
            return false;
        }
    }
    ret->cursor_keys_len++;
    return true;
}

static enum hb_err cursor_keys_read(const struct json *json, struct keys *ret, struct buf *message)
{
    const struct json_token *others = json_member(json, json->tokens, "otherCursorKeys", NULL);

    if (!cursor_key_read(json, json_member(json, json->tokens, "cursorKey", NULL), ret)) {
        buf_add_text(message, "cursorKey: expected {\"id\": 0 to 255, \"secret\": base64url of "
                              "32 bytes}");
        return HB_EFIELD;
    }
    if (others == NULL) {
        return HB_OK;
    }
    if (others->kind != JSON_ARRAY || others->children >= CURSOR_KEYS_MAX) {
        buf_printf(message, "otherCursorKeys: expected an array of at most %d keys",
                   CURSOR_KEYS_MAX - 1);
        return HB_EFIELD;
    }
    const struct json_token *item = others + 1;
    for (uint32_t i = 0; i < others->children; i++, item = json->tokens + item->next) {
        if (!cursor_key_read(json, item, ret)) {
            buf_printf(message,
                       "otherCursorKeys[%u]: expected {\"id\": 0 to 255, no other key's, "
                       "\"secret\": base64url of 32 bytes}",
                       (unsigned)i);
            return HB_EFIELD;
        }
    }
    return HB_OK;
}

/* It may be missing: then nobody may do what it is for. */
static enum hb_err operator_key_read(const struct json *json, struct keys *ret, struct buf *message)
{
    const struct json_token *token = json_member(json, json->tokens, "operatorKey", NULL);
    size_t len = 0;

    if (token == NULL) {
        return HB_OK;
    }
    if (token->kind != JSON_STRING ||
        b64_decode(json_plain(json, token), ret->operator_key.bytes, OPERATOR_KEY_BYTES, &len) !=
            HB_OK ||
        len != OPERATOR_KEY_BYTES) {
        buf_add_text(message, "operatorKey: expected base64url of 32 bytes");
        return HB_EFIELD;
    }
    ret->operator_key.said = true;
    return HB_OK;
}

enum hb_err keys_parse(const char *bytes, size_t bytes_len, struct keys *ret, struct buf *message)
{
    struct json json;
    enum hb_err err = json_read(&json, bytes, bytes_len);

    *ret = (struct keys){0};
    if (err != HB_OK) {
        json_tell(&json, bytes_len, err, message);
    } else if (json.tokens[0].kind != JSON_OBJECT) {
        buf_add_text(message, "expected one JSON object");
        err = HB_EFRAME;
    } else {
        err = keys_tokens_read(&json, &ret->tokens, message);
        err = err == HB_OK ? cursor_keys_read(&json, ret, message) : err;
        err = err == HB_OK ? operator_key_read(&json, ret, message) : err;
    }
    json_deinit(&json);
    return err;
}

/* --- Making --------------------------------------------------------------------------------- */

static void random_add(struct buf *out, size_t bytes)
{
    uint8_t secret[64];

    HB_ASSERT(bytes <= sizeof secret);
    if (getrandom(secret, bytes, 0) != (ssize_t)bytes) {
        hb_panic(__FILE__, __LINE__, __func__, "no random bytes");
    }
    b64_encode(secret, bytes, out);
}

static void fresh(struct buf *out)
{
    buf_add_text(out, "{\"tokenKeys\": [{\"id\": \"dev-");
    random_add(out, 6);
    buf_add_text(out, "\", \"secret\": \"");
    random_add(out, 32);
    buf_add_text(out, "\"}],\n \"cursorKey\": {\"id\": 1, \"secret\": \"");
    random_add(out, CURSOR_KEY_BYTES);
    buf_add_text(out, "\"},\n \"operatorKey\": \"");
    random_add(out, OPERATOR_KEY_BYTES);
    buf_add_text(out, "\"}\n");
}

static int make(const char *path)
{
    struct buf text = {0};

    fresh(&text);
    const int err = private_make(path, text.bytes, text.len);
    explicit_bzero(text.bytes, text.len);
    buf_deinit(&text);
    return err;
}

/* --- Both ----------------------------------------------------------------------------------- */

/* An error of the system, or OPEN_TO_OTHERS: of the very file that is read. */
static int slurp(const char *path, struct buf *out)
{
    struct stat info;
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        return errno;
    }
    if (fstat(fileno(file), &info) != 0) {
        const int err = errno;
        (void)fclose(file);
        return err;
    }
    if (private_is_wide(&info)) {
        (void)fclose(file);
        return OPEN_TO_OTHERS;
    }
    buf_reserve(out, FILE_BYTES_MAX + 1);
    out->len = fread(out->bytes, 1, FILE_BYTES_MAX + 1, file);
    const int err = ferror(file) ? EIO : out->len > FILE_BYTES_MAX ? EFBIG : 0;
    (void)fclose(file);
    return err;
}

enum hb_err keys_load(const char *path, struct keys *ret, bool *ret_made, struct buf *message)
{
    struct buf bytes = {0};
    int os = slurp(path, &bytes);

    *ret_made = false;
    buf_clear(message);
    if (os == ENOENT) {
        os = make(path);
        if (os != 0) {
            buf_printf(message,
                       "cannot make the keys in \"%s\": %s; give --keys FILE in a folder "
                       "that exists and that this user may write",
                       path, strerror(os));
            return HB_EDENIED;
        }
        *ret_made = true;
        buf_clear(&bytes);
        os = slurp(path, &bytes);
    }
    if (os == OPEN_TO_OTHERS) {
        buf_printf(
            message,
            "others than its owner may read or change the keys in \"%s\", and who has them can "
            "be anybody: chmod 600 %s",
            path, path);
        buf_deinit(&bytes);
        return HB_EDENIED;
    }
    if (os != 0) {
        buf_printf(message, "cannot read the keys in \"%s\": %s; give --keys FILE", path,
                   strerror(os));
        buf_deinit(&bytes);
        return HB_EDENIED;
    }
    buf_printf(message, "the keys in \"%s\" are not good: ", path);
    const enum hb_err err = keys_parse(bytes.bytes, bytes.len, ret, message);
    if (bytes.bytes != NULL) {
        explicit_bzero(bytes.bytes, bytes.len);
    }
    buf_deinit(&bytes);
    if (err != HB_OK) {
        return HB_EDENIED;
    }
    buf_clear(message); /* else it stands in front of what is wrong elsewhere */
    return HB_OK;
}

bool keys_in_checkout(const char *path, struct buf *ret)
{
    char *real = realpath(path, NULL);
    bool found = false;

    if (real == NULL) {
        return false;
    }
    for (char *slash = strrchr(real, '/'); slash != NULL && !found; slash = strrchr(real, '/')) {
        struct stat info;
        struct buf git = {0};
        *slash = '\0';
        buf_printf(&git, "%s/.git", real);
        found = lstat(git.bytes, &info) == 0; /* a folder, or of a worktree a file */
        buf_deinit(&git);
    }
    if (found) {
        buf_add_text(ret, real[0] != '\0' ? real : "/");
    }
    free(real);
    return found;
}
