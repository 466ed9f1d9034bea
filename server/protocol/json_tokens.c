/* See json_tokens.h. */
#include "server/protocol/json_tokens.h"

#include "server/protocol/limits.h"

#include <string.h>

struct text json_key(const struct json *json, const struct json_token *token)
{
    return (struct text){json->bytes + token->key_from, token->key_len};
}

struct text json_plain(const struct json *json, const struct json_token *token)
{
    if (token == NULL || token->kind != JSON_STRING || token->escaped) {
        return (struct text){NULL, 0};
    }
    return (struct text){json->bytes + token->from, token->len};
}

const struct json_token *json_member(const struct json *json, const struct json_token *object,
                                     const char *name, uint32_t *hint)
{
    const uint32_t first = (uint32_t)(object - json->tokens) + 1;
    const uint32_t start = hint != NULL && *hint != 0 ? *hint : first;
    const struct text wanted = text_of(name);
    const uint32_t turns[2][2] = {{start, object->next}, {first, start}};

    for (int turn = 0; turn < 2; turn++) {
        uint32_t i = turns[turn][0];
        while (i < turns[turn][1]) {
            const struct json_token *token = &json->tokens[i];
            if (text_equal(json_key(json, token), wanted)) {
                if (hint != NULL) {
                    *hint = token->next;
                }
                return token;
            }
            i = token->next;
        }
    }
    return NULL;
}

bool json_integer(const struct json *json, const struct json_token *token, int64_t *ret)
{
    const char *at = json->bytes + token->from;
    const char *end = at + token->len;
    const bool negative = token->kind == JSON_NUMBER && *at == '-';
    int64_t value = 0;

    if (token->kind != JSON_NUMBER) {
        return false;
    }
    for (at += negative; at < end; at++) {
        if (*at < '0' || *at > '9' || value > JSON_INT_MAX / 10) {
            return false;
        }
        value = value * 10 + (*at - '0');
    }
    *ret = negative ? -value : value;
    return value <= JSON_INT_MAX;
}

static uint32_t hex_unit(const char *at)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        const char c = (char)(at[i] | 0x20);
        value = value << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return value;
}

static char *utf8_put(char *to, uint32_t point)
{
    if (point < 0x80) {
        *to++ = (char)point;
        return to;
    }
    if (point < 0x800) {
        *to++ = (char)(0xc0 | point >> 6);
    } else {
        if (point < 0x10000) {
            *to++ = (char)(0xe0 | point >> 12);
        } else {
            *to++ = (char)(0xf0 | point >> 18);
            *to++ = (char)(0x80 | (point >> 12 & 0x3f));
        }
        *to++ = (char)(0x80 | (point >> 6 & 0x3f));
    }
    *to++ = (char)(0x80 | (point & 0x3f));
    return to;
}

/* Behind the backslash; the scan has checked it. Moves *at behind the escape. */
static char *unescape(const char **at, char *to)
{
    static const char letters[] = "b\bf\fn\nr\rt\t";
    const char c = *(*at)++;

    if (c == 'u') {
        uint32_t point = hex_unit(*at);
        *at += 4;
        if (point >= 0xd800 && point <= 0xdbff) {
            point = 0x10000 + ((point - 0xd800) << 10) + (hex_unit(*at + 2) - 0xdc00);
            *at += 6;
        }
        return utf8_put(to, point);
    }
    char plain = c;
    for (size_t i = 0; i + 1 < sizeof letters; i += 2) {
        if (letters[i] == c) {
            plain = letters[i + 1];
        }
    }
    *to++ = plain;
    return to;
}

uint32_t json_string(const struct json *json, const struct json_token *token, char *to)
{
    const char *at = json->bytes + token->from;
    const char *end = at + token->len;
    char *start = to;

    HB_ASSERT(token->kind == JSON_STRING);
    if (!token->escaped) {
        memcpy(to, at, token->len);
        return token->len;
    }
    while (at < end) {
        const char *slash = memchr(at, '\\', (size_t)(end - at));
        const size_t plain = (size_t)((slash != NULL ? slash : end) - at);
        memcpy(to, at, plain);
        to += plain;
        at += plain;
        if (slash != NULL) {
            at++;
            to = unescape(&at, to);
        }
    }
    return (uint32_t)(to - start);
}
