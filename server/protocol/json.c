/* See json.h. */
#include "server/protocol/json.h"

#include "server/base/hash.h"
#include "server/base/mem.h"
#include "server/protocol/limits.h"
#include "server/protocol/utf8.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 300 /* before the point, exponent included: infinity is 1e309 */
#define KEYS_MAX   512 /* of one object and those around it: positions have ROOMS_PER_USER_MAX */

struct scan {
    struct json *json;
    const unsigned char *from, *at, *end;
    uint32_t keys_len;
    uint32_t depth;
    uint32_t key_from, key_len; /* of the value that comes next */
    struct {
        bool object;
        uint32_t keys_from;
        uint32_t token;
    } open[JSON_DEPTH_MAX];
    uint64_t keys[KEYS_MAX]; /* hashes of the keys of the open objects, innermost last */
};

static uint32_t place(const struct scan *scan)
{
    return (uint32_t)(scan->at - scan->from);
}

/* The token of a value that starts here. */
static struct json_token *token_add(struct scan *scan, enum json_kind kind)
{
    struct json *json = scan->json;
    if (json->tokens_len == json->tokens_cap) {
        const uint32_t cap = json->tokens_cap * 4;
        struct json_token *tokens =
            hb_realloc(json->tokens == json->few ? NULL : json->tokens, cap * sizeof *tokens);
        if (json->tokens == json->few) {
            memcpy(tokens, json->few, sizeof json->few);
        }
        json->tokens = tokens;
        json->tokens_cap = cap;
    }
    if (scan->depth > 0) {
        json->tokens[scan->open[scan->depth - 1].token].children++;
    }
    struct json_token *token = &json->tokens[json->tokens_len++];
    *token = (struct json_token){.kind = kind,
                                 .from = place(scan),
                                 .key_from = scan->key_from,
                                 .key_len = scan->key_len,
                                 .next = json->tokens_len};
    return token;
}

static void skip_blanks(struct scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t')) {
        scan->at++;
    }
}

static bool hex4(const struct scan *scan, uint32_t *ret)
{
    uint32_t value = 0;
    if (scan->end - scan->at < 4) {
        return false;
    }
    for (uint32_t i = 0; i < 4; i++) {
        const unsigned char c = scan->at[i];
        const unsigned char lower = c | 0x20;
        if (c >= '0' && c <= '9') {
            value = value << 4 | (uint32_t)(c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            value = value << 4 | (uint32_t)(lower - 'a' + 10);
        } else {
            return false;
        }
    }
    *ret = value;
    return true;
}

/* Behind a backslash. A high surrogate must be followed by its low one; NUL is refused. */
static bool scan_escape(struct scan *scan)
{
    uint32_t unit;

    if (scan->at == scan->end) {
        return false;
    }
    const unsigned char c = *scan->at++;
    if (c != 'u') {
        return c == '"' || c == '\\' || c == '/' || c == 'b' || c == 'f' || c == 'n' || c == 'r' ||
               c == 't';
    }
    if (!hex4(scan, &unit) || unit == 0 || (unit >= 0xdc00 && unit <= 0xdfff)) {
        return false;
    }
    scan->at += 4;
    if (unit < 0xd800 || unit > 0xdbff) {
        return true;
    }
    if (scan->end - scan->at < 6 || scan->at[0] != '\\' || scan->at[1] != 'u') {
        return false;
    }
    scan->at += 2;
    if (!hex4(scan, &unit) || unit < 0xdc00 || unit > 0xdfff) {
        return false;
    }
    scan->at += 4;
    return true;
}

/* Up to behind the closing quote. *ret_escaped: a backslash was in it. */
static bool scan_string(struct scan *scan, bool key, bool *ret_escaped)
{
    *ret_escaped = false;
    if (scan->at == scan->end || *scan->at != '"') {
        return false;
    }
    scan->at++;
    while (scan->at < scan->end) {
        for (uint32_t plain = 8; plain == 8 && scan->end - scan->at > 8; scan->at += plain) {
            plain = json_plain8(scan->at);
        }
        const unsigned char c = *scan->at;
        if (c == '"') {
            scan->at++;
            return true;
        }
        if (c == '\\') {
            scan->at++;
            *ret_escaped = true;
            if (key || !scan_escape(scan)) {
                return false;
            }
        } else if (c < 0x20) {
            return false;
        } else if (c < 0x80) {
            scan->at++;
        } else {
            const uint32_t len = utf8_len(scan->at, scan->end);
            if (len == 0) {
                return false;
            }
            scan->at += len;
        }
    }
    return false;
}

static uint32_t scan_digits(struct scan *scan)
{
    uint32_t count = 0;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9') {
        scan->at++;
        count++;
    }
    return count;
}

/* Behind the e of a number with so many digits before its point. */
static bool scan_exponent(struct scan *scan, uint32_t whole)
{
    const bool sign = scan->at < scan->end && (*scan->at == '+' || *scan->at == '-');
    const bool negative = sign && *scan->at == '-';
    uint32_t exponent = 0;

    scan->at += sign;
    const uint32_t count = scan_digits(scan);
    for (uint32_t i = count; i > 0 && exponent <= DIGITS_MAX; i--) {
        exponent = exponent * 10 + (uint32_t)(*(scan->at - i) - '0');
    }
    return count > 0 && (negative ? exponent : whole + exponent) <= DIGITS_MAX;
}

/* -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?, of a size that a double holds. */
static bool scan_number(struct scan *scan)
{
    if (*scan->at == '-') {
        scan->at++;
    }
    const bool zero = scan->at < scan->end && *scan->at == '0';
    const uint32_t whole = scan_digits(scan);
    if (whole == 0 || (zero && whole > 1) || whole > DIGITS_MAX) {
        return false;
    }
    if (scan->at < scan->end && *scan->at == '.') {
        scan->at++;
        if (scan_digits(scan) == 0) {
            return false;
        }
    }
    if (scan->at < scan->end && (*scan->at == 'e' || *scan->at == 'E')) {
        scan->at++;
        return scan_exponent(scan, whole);
    }
    return true;
}

static bool scan_word(struct scan *scan, const char *word, size_t word_len)
{
    if ((size_t)(scan->end - scan->at) < word_len || memcmp(scan->at, word, word_len) != 0) {
        return false;
    }
    scan->at += word_len;
    return true;
}

/* A key and its colon; a key twice in one object is refused. */
static bool scan_key(struct scan *scan)
{
    skip_blanks(scan);
    bool escaped;
    scan->key_from = place(scan) + 1;
    if (!scan_string(scan, true, &escaped) || scan->keys_len == KEYS_MAX) {
        return false;
    }
    scan->key_len = place(scan) - 1 - scan->key_from;
    const uint64_t hash = hash64_bytes(scan->from + scan->key_from, scan->key_len);
    for (uint32_t i = scan->open[scan->depth - 1].keys_from; i < scan->keys_len; i++) {
        if (scan->keys[i] == hash) {
            return false;
        }
    }
    scan->keys[scan->keys_len++] = hash;
    skip_blanks(scan);
    if (scan->at == scan->end || *scan->at != ':') {
        return false;
    }
    scan->at++;
    return true;
}

static void scan_close(struct scan *scan)
{
    scan->at++;
    scan->depth--;
    scan->keys_len = scan->open[scan->depth].keys_from;
    struct json_token *token = &scan->json->tokens[scan->open[scan->depth].token];
    token->next = scan->json->tokens_len;
    token->len = place(scan) - token->from;
}

static enum hb_err scan_open(struct scan *scan, bool object)
{
    if (scan->depth == JSON_DEPTH_MAX) {
        return HB_EDEPTH;
    }
    (void)token_add(scan, object ? JSON_OBJECT : JSON_ARRAY);
    scan->open[scan->depth].token = scan->json->tokens_len - 1;
    scan->key_len = 0;
    scan->at++;
    scan->open[scan->depth].object = object;
    scan->open[scan->depth].keys_from = scan->keys_len;
    scan->depth++;
    return HB_OK;
}

static bool scan_text(struct scan *scan)
{
    struct json_token *token = token_add(scan, JSON_STRING);
    token->from++;
    if (!scan_string(scan, false, &token->escaped)) {
        return false;
    }
    token->len = place(scan) - 1 - token->from;
    return true;
}

static bool scan_scalar(struct scan *scan)
{
    struct json_token *token;

    switch (*scan->at) {
    case '"':
        return scan_text(scan);
    case 't':
        (void)token_add(scan, JSON_TRUE);
        return scan_word(scan, "true", 4);
    case 'f':
        (void)token_add(scan, JSON_FALSE);
        return scan_word(scan, "false", 5);
    case 'n':
        (void)token_add(scan, JSON_NULL);
        return scan_word(scan, "null", 4);
    default:
        token = token_add(scan, JSON_NUMBER);
        if ((*scan->at != '-' && (*scan->at < '0' || *scan->at > '9')) || !scan_number(scan)) {
            return false;
        }
        token->len = place(scan) - token->from;
        return true;
    }
}

/* After a value: closes what ends here, or goes over a comma. *ret_more: a value follows. */
static enum hb_err scan_after(struct scan *scan, bool *ret_more)
{
    for (;;) {
        skip_blanks(scan);
        if (scan->depth == 0) {
            *ret_more = false;
            return scan->at == scan->end ? HB_OK : HB_EJSON;
        }
        if (scan->at == scan->end) {
            return HB_EJSON;
        }
        const bool object = scan->open[scan->depth - 1].object;
        if (*scan->at == ',') {
            scan->at++;
            *ret_more = true;
            return !object || scan_key(scan) ? HB_OK : HB_EJSON;
        }
        if (*scan->at != (object ? '}' : ']')) {
            return HB_EJSON;
        }
        scan_close(scan);
    }
}

/* A value that opens something: goes in, or over it if it is empty. */
static enum hb_err scan_container(struct scan *scan, bool *ret_inside)
{
    const bool object = *scan->at == '{';
    const enum hb_err err = scan_open(scan, object);
    if (err != HB_OK) {
        return err;
    }
    skip_blanks(scan);
    *ret_inside = scan->at == scan->end || *scan->at != (object ? '}' : ']');
    if (*ret_inside) {
        return !object || scan_key(scan) ? HB_OK : HB_EJSON;
    }
    scan_close(scan);
    return HB_OK;
}

static enum hb_err scan_value(struct scan *scan, bool *ret_more)
{
    skip_blanks(scan);
    if (scan->at == scan->end) {
        return HB_EJSON;
    }
    if (*scan->at == '{' || *scan->at == '[') {
        bool inside = false;
        const enum hb_err err = scan_container(scan, &inside);
        if (err != HB_OK || inside) {
            return err;
        }
    } else if (!scan_scalar(scan)) {
        return HB_EJSON;
    }
    return scan_after(scan, ret_more);
}

enum hb_err json_read(struct json *json, const char *bytes, size_t bytes_len)
{
    struct scan scan;
    enum hb_err err = HB_OK;
    bool more = true;

    HB_ASSERT(bytes_len < UINT32_MAX);
    json->bytes = bytes;
    json->tokens = json->few;
    json->tokens_len = 0;
    json->tokens_cap = JSON_TOKENS_FEW;
    scan.json = json;
    scan.from = (const unsigned char *)bytes;
    scan.at = scan.from;
    scan.end = scan.from + bytes_len;
    scan.keys_len = 0;
    scan.depth = 0;
    scan.key_from = 0;
    scan.key_len = 0;
    while (more && err == HB_OK) {
        err = scan_value(&scan, &more);
    }
    json->stopped = place(&scan);
    return err;
}

void json_deinit(struct json *json)
{
    if (json->tokens != json->few) {
        free(json->tokens);
    }
    json->tokens = NULL;
    json->tokens_len = 0;
}

enum hb_err json_check(const char *bytes, size_t bytes_len)
{
    struct json json;
    const enum hb_err err = json_read(&json, bytes, bytes_len);
    json_deinit(&json);
    return err;
}
