/* See json.h. */
#include "server/protocol/json.h"

#include "server/base/hash.h"
#include "server/base/mem.h"
#include "server/protocol/json_lex.h"
#include "server/protocol/limits.h"
#include "server/protocol/utf8.h"

#include <stdlib.h>
#include <string.h>

#define KEYS_MAX 512 /* of one object and those around it: positions have ROOMS_PER_USER_MAX */

struct scan {
    struct json *json;
    const unsigned char *from;
    struct json_lex lex;
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
    return (uint32_t)(scan->lex.at - scan->from);
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

/* Notes the rule that is broken here; false, for who returns it. */
static bool wrong(struct scan *scan, enum json_rule rule)
{
    return json_lex_wrong(&scan->lex, scan->lex.at, rule);
}

static void skip_blanks(struct scan *scan)
{
    while (scan->lex.at < scan->lex.end && (*scan->lex.at == ' ' || *scan->lex.at == '\n' ||
                                            *scan->lex.at == '\r' || *scan->lex.at == '\t')) {
        scan->lex.at++;
    }
}

/* Up to behind the closing quote. *ret_escaped: a backslash was in it. */
static bool scan_string(struct scan *scan, bool key, bool *ret_escaped)
{
    const unsigned char *quote = scan->lex.at;

    *ret_escaped = false;
    if (scan->lex.at == scan->lex.end || *scan->lex.at != '"') {
        return wrong(scan, JSON_NO_KEY);
    }
    scan->lex.at++;
    while (scan->lex.at < scan->lex.end) {
        for (uint32_t plain = 8; plain == 8 && scan->lex.end - scan->lex.at > 8;
             scan->lex.at += plain) {
            plain = json_plain8(scan->lex.at);
        }
        const unsigned char c = *scan->lex.at;
        if (c == '"') {
            scan->lex.at++;
            return true;
        }
        if (c == '\\') {
            scan->lex.at++;
            *ret_escaped = true;
            if (key || !json_lex_escape(&scan->lex)) {
                return key ? json_lex_wrong(&scan->lex, scan->lex.at - 1, JSON_KEY_ESCAPED) : false;
            }
        } else if (c < 0x20) {
            const bool line = c == '\n' || c == '\r';
            return json_lex_wrong(&scan->lex, line ? quote : scan->lex.at,
                                  line ? JSON_UNCLOSED : JSON_CONTROL);
        } else if (c < 0x80) {
            scan->lex.at++;
        } else {
            const uint32_t len = utf8_len(scan->lex.at, scan->lex.end);
            if (len == 0) {
                return wrong(scan, JSON_UTF8);
            }
            scan->lex.at += len;
        }
    }
    return json_lex_wrong(&scan->lex, quote, JSON_UNCLOSED);
}

static bool scan_word(struct scan *scan, const char *word, size_t word_len)
{
    if ((size_t)(scan->lex.end - scan->lex.at) < word_len ||
        memcmp(scan->lex.at, word, word_len) != 0) {
        return wrong(scan, JSON_NO_VALUE);
    }
    scan->lex.at += word_len;
    return true;
}

/* A key and its colon; a key twice in one object is refused. */
static bool scan_key(struct scan *scan)
{
    skip_blanks(scan);
    bool escaped;
    scan->key_from = place(scan) + 1;
    if (!scan_string(scan, true, &escaped)) {
        return false;
    }
    const unsigned char *from = scan->from + scan->key_from;
    if (scan->keys_len == KEYS_MAX) {
        return json_lex_wrong(&scan->lex, from, JSON_KEYS_MANY);
    }
    scan->key_len = place(scan) - 1 - scan->key_from;
    const uint64_t hash = hash64_bytes(from, scan->key_len);
    for (uint32_t i = scan->open[scan->depth - 1].keys_from; i < scan->keys_len; i++) {
        if (scan->keys[i] == hash) {
            return json_lex_wrong(&scan->lex, from, JSON_TWICE);
        }
    }
    scan->keys[scan->keys_len++] = hash;
    skip_blanks(scan);
    if (scan->lex.at == scan->lex.end || *scan->lex.at != ':') {
        return wrong(scan, JSON_NO_COLON);
    }
    scan->lex.at++;
    return true;
}

static void scan_close(struct scan *scan)
{
    scan->lex.at++;
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
    scan->lex.at++;
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

    switch (*scan->lex.at) {
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
        if (*scan->lex.at != '-' && (*scan->lex.at < '0' || *scan->lex.at > '9')) {
            return wrong(scan, JSON_NO_VALUE);
        }
        if (!json_lex_number(&scan->lex)) {
            return false;
        }
        token->len = place(scan) - token->from;
        return true;
    }
}

static enum hb_err no_comma(struct scan *scan, bool object)
{
    (void)wrong(scan, object ? JSON_NO_COMMA_OBJECT : JSON_NO_COMMA_ARRAY);
    return HB_EJSON;
}

/* After a value: closes what ends here, or goes over a comma. *ret_more: a value follows. */
static enum hb_err scan_after(struct scan *scan, bool *ret_more)
{
    for (;;) {
        skip_blanks(scan);
        if (scan->depth == 0) {
            *ret_more = false;
            return scan->lex.at == scan->lex.end || wrong(scan, JSON_BEHIND) ? HB_OK : HB_EJSON;
        }
        const bool object = scan->open[scan->depth - 1].object;
        if (scan->lex.at == scan->lex.end) {
            return no_comma(scan, object);
        }
        if (*scan->lex.at == ',') {
            scan->lex.at++;
            *ret_more = true;
            return !object || scan_key(scan) ? HB_OK : HB_EJSON;
        }
        if (*scan->lex.at != (object ? '}' : ']')) {
            return no_comma(scan, object);
        }
        scan_close(scan);
    }
}

/* A value that opens something: goes in, or over it if it is empty. */
static enum hb_err scan_container(struct scan *scan, bool *ret_inside)
{
    const bool object = *scan->lex.at == '{';
    const enum hb_err err = scan_open(scan, object);
    if (err != HB_OK) {
        return err;
    }
    skip_blanks(scan);
    *ret_inside = scan->lex.at == scan->lex.end || *scan->lex.at != (object ? '}' : ']');
    if (*ret_inside) {
        return !object || scan_key(scan) ? HB_OK : HB_EJSON;
    }
    scan_close(scan);
    return HB_OK;
}

static enum hb_err scan_value(struct scan *scan, bool *ret_more)
{
    skip_blanks(scan);
    if (scan->lex.at == scan->lex.end) {
        (void)wrong(scan, JSON_NO_VALUE);
        return HB_EJSON;
    }
    if (*scan->lex.at == '{' || *scan->lex.at == '[') {
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
    scan.lex = (struct json_lex){scan.from, scan.from + bytes_len, JSON_FINE};
    scan.keys_len = 0;
    scan.depth = 0;
    scan.key_from = 0;
    scan.key_len = 0;
    while (more && err == HB_OK) {
        err = scan_value(&scan, &more);
    }
    json->stopped = place(&scan);
    json->rule = scan.lex.rule;
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
