/* A flat list of the values of a JSON text: each with its place in the bytes, an array's or object's
 * directly followed by what is inside it.
 *
 *     {"a": [1, 2], "b": "x"}   ->   0 object  1 a: array  2 number  3 number  4 b: string
 *     next:                          5         4           3         4         5
 *
 * json.h makes it. */
#ifndef HUBBUB_SERVER_PROTOCOL_JSON_TOKENS_H
#define HUBBUB_SERVER_PROTOCOL_JSON_TOKENS_H

#include "server/base/base.h"
#include "server/base/text.h"

enum json_kind {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

/* What bytes broke that are refused; json_wrong.h has the sentences. Of the first ones, to JSON_DIGIT, what
 * stands there instead tells more. */
enum json_rule {
    JSON_FINE, /* or nested too deep: that has an error of its own */
    JSON_NO_VALUE,
    JSON_NO_KEY,
    JSON_NO_COLON,
    JSON_NO_COMMA_OBJECT,
    JSON_NO_COMMA_ARRAY,
    JSON_BEHIND,
    JSON_DIGIT,
    JSON_TWICE,
    JSON_KEYS_MANY,
    JSON_KEY_ESCAPED,
    JSON_CONTROL,
    JSON_UTF8,
    JSON_ESCAPE,
    JSON_UNCLOSED,
    JSON_LEADING_ZERO,
    JSON_NUMBER_LONG,
    JSON_RULE_COUNT
};

struct json_token {
    enum json_kind kind;
    bool escaped;               /* a string with a backslash in it */
    uint32_t from, len;         /* bytes of the value; of a string, between the quotes */
    uint32_t key_from, key_len; /* of an object's member */
    uint32_t children;
    uint32_t next; /* index of the token behind this one and all that is in it */
};

#define JSON_TOKENS_FEW 32 /* more than a usual frame has: no allocation */

struct json {
    const char *bytes; /* borrowed */
    struct json_token *tokens;
    uint32_t tokens_len, tokens_cap;
    uint32_t stopped;    /* where the scan ended: of refused bytes, at what is wrong */
    enum json_rule rule; /* that is broken there */
    struct json_token few[JSON_TOKENS_FEW];
};

/* The member of an object with this key, or NULL. `hint` is where it is looked for first and is
 * moved behind it (peers write in order); NULL: from the front. */
const struct json_token *json_member(const struct json *json, const struct json_token *object,
                                     const char *name, uint32_t *hint);

/* An integer below 2^53 in size, written without fraction and exponent. */
bool json_integer(const struct json *json, const struct json_token *token, int64_t *ret);

/* Writes a string without its escapes to `to`, which has room for token->len bytes; the length. */
uint32_t json_string(const struct json *json, const struct json_token *token, char *to);

/* The text of a string without escapes, borrowed from the bytes, or absent for anything else. */
struct text json_plain(const struct json *json, const struct json_token *token);
struct text json_key(const struct json *json, const struct json_token *token);

#endif
