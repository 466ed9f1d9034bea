/* See json_wrong.h. */
#include "server/protocol/json_wrong.h"

#include "server/protocol/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define QUOTE_MAX 40 /* bytes of a key */

/* What was expected, by the rule alone; NULL: what stands there says more. */
static const char *const sentences[] = {
    [JSON_FINE] = NULL,
    [JSON_NO_VALUE] = "expected a value",
    [JSON_NO_KEY] = "expected a key in double quotes",
    [JSON_NO_COLON] = "expected a colon behind the key",
    [JSON_NO_COMMA_OBJECT] = "expected a comma or }",
    [JSON_NO_COMMA_ARRAY] = "expected a comma or ]",
    [JSON_BEHIND] = "something stands behind the end: expected one JSON value and nothing else",
    [JSON_DIGIT] = "a number that JSON does not have: expected a digit here, as in 12 or 12.5",
    [JSON_TWICE] = NULL,
    [JSON_KEYS_MANY] = "too many keys: expected at most 512 of an object and those around it",
    [JSON_KEY_ESCAPED] = "a backslash in a key: expected its letters as they are",
    [JSON_CONTROL] = "a raw control character in a text: expected an escape such as \\n",
    [JSON_UTF8] = "these bytes are not UTF-8",
    [JSON_ESCAPE] = "expected an escape of JSON that stands for a character: not NUL, no half of a "
                    "pair",
    [JSON_UNCLOSED] = "a text that begins here has no closing quote",
    [JSON_LEADING_ZERO] = "a number with a leading zero: expected one such as 12 or 0.5",
    [JSON_NUMBER_LONG] = "a number that is too large or too long: expected one below 1e300",
};
_Static_assert(sizeof sentences / sizeof sentences[0] == JSON_RULE_COUNT, "one for each rule");

static bool starts(const char *bytes, size_t bytes_len, size_t at, const char *word)
{
    const size_t len = strlen(word);
    return bytes_len - at >= len && memcmp(bytes + at, word, len) == 0;
}

/* What people write who have another format in mind. */
static const char *foreign(const char *bytes, size_t bytes_len, size_t at)
{
    static const struct {
        const char *word, *sentence;
    } words[] = {
        {"\xef\xbb\xbf", "a byte order mark (BOM): expected UTF-8 without one"},
        {"\xff\xfe", "this is UTF-16: expected UTF-8"},
        {"\xfe\xff", "this is UTF-16: expected UTF-8"},
        {"//", "JSON has no comments: expected none"},
        {"/*", "JSON has no comments: expected none"},
        {"#", "JSON has no comments: expected none"},
        {"'", "single quotes: expected double quotes"},
        {"\xe2\x80\x9c", "typographic quotes: expected plain double quotes"},
        {"\xe2\x80\x9d", "typographic quotes: expected plain double quotes"},
        {"NaN", "expected a JSON value: NaN is none"},
        {"nan", "expected a JSON value: NaN is none"},
        {"Inf", "expected a JSON value: Infinity is none"},
        {"-Inf", "expected a JSON value: Infinity is none"},
        {"inf", "expected a JSON value: Infinity is none"},
        {"undefined", "expected a JSON value: undefined is none"},
        {"None", "expected null, true or false in small letters"},
        {"NULL", "expected null, true or false in small letters"},
        {"True", "expected null, true or false in small letters"},
        {"TRUE", "expected null, true or false in small letters"},
        {"False", "expected null, true or false in small letters"},
        {"FALSE", "expected null, true or false in small letters"},
        {"+", "a number with a plus: expected it without"},
        {".", "a number without a digit before its point: expected one such as 0.5"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (starts(bytes, bytes_len, at, words[i].word)) {
            return words[i].sentence;
        }
    }
    return NULL;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool comma_before(const char *bytes, size_t at)
{
    while (at > 0 && blank(bytes[at - 1])) {
        at--;
    }
    return at > 0 && bytes[at - 1] == ',';
}

/* The key that starts at `at`, as far as it can be printed. */
static void quote_key(const char *bytes, size_t bytes_len, size_t at, char ret[QUOTE_MAX + 4])
{
    size_t len = 0;
    while (at + len < bytes_len && bytes[at + len] != '"' && len < QUOTE_MAX) {
        const char c = bytes[at + len];
        ret[len++] = c;
        if (c < ' ' || c > '~') {
            ret[len - 1] = '?';
        }
    }
    const bool cut = at + len < bytes_len && bytes[at + len] != '"';
    (void)snprintf(ret + len, 4, "%s", cut ? "..." : "");
}

static void got(const char *bytes, size_t at, const char *expected, char ret[JSON_SENTENCE_BYTES])
{
    if (bytes[at] > ' ' && bytes[at] <= '~') {
        (void)snprintf(ret, JSON_SENTENCE_BYTES, "%s, got %c", expected, bytes[at]);
    } else {
        (void)snprintf(ret, JSON_SENTENCE_BYTES, "%s, got the byte 0x%02x", expected,
                       (unsigned)(unsigned char)bytes[at]);
    }
}

void json_sentence(const struct json *json, size_t bytes_len, enum hb_err err, size_t *ret_at,
                   char ret[JSON_SENTENCE_BYTES])
{
    const char *bytes = json->bytes;
    const size_t at = json->stopped < bytes_len ? json->stopped : bytes_len;
    const char *text = sentences[json->rule];
    const bool open = json->rule != JSON_UNCLOSED && json->rule != JSON_TWICE;
    char key[QUOTE_MAX + 4];

    *ret_at = at;
    if (err == HB_EDEPTH) {
        (void)snprintf(ret, JSON_SENTENCE_BYTES, "nested deeper than %d", JSON_DEPTH_MAX);
    } else if (json->rule == JSON_TWICE) {
        quote_key(bytes, bytes_len, at, key);
        (void)snprintf(ret, JSON_SENTENCE_BYTES, "the key \"%s\" is there twice", key);
    } else if (at == bytes_len && json->tokens_len == 0) {
        (void)snprintf(ret, JSON_SENTENCE_BYTES, "there is nothing: expected a JSON object");
        *ret_at = 0;
    } else if (at == bytes_len && open) {
        (void)snprintf(ret, JSON_SENTENCE_BYTES, "it ends here: expected the rest of its JSON");
    } else if (json->rule <= JSON_DIGIT) {
        const char *other = foreign(bytes, bytes_len, at);
        const bool closes = bytes[at] == '}' || bytes[at] == ']';
        if (other == NULL && closes && comma_before(bytes, at)) {
            other = "a comma before the end: expected another member, or none";
        }
        if (other == NULL && (json->rule == JSON_BEHIND || json->rule == JSON_DIGIT)) {
            other = text;
        }
        if (other != NULL) {
            (void)snprintf(ret, JSON_SENTENCE_BYTES, "%s", other);
        } else {
            got(bytes, at, text, ret);
        }
    } else {
        (void)snprintf(ret, JSON_SENTENCE_BYTES, "%s", text);
    }
}

void json_tell_place(const char *bytes, size_t at, uint64_t line, struct buf *why)
{
    uint64_t column = 1;

    for (size_t i = 0; i < at; i++) {
        column += ((unsigned char)bytes[i] & 0xc0) != 0x80;
        if (bytes[i] == '\n') {
            column = 1;
            line++;
        }
    }
    buf_printf(why, "line %" PRIu64 ", column %" PRIu64 ": ", line, column);
}

void json_tell(const struct json *json, size_t bytes_len, enum hb_err err, struct buf *why)
{
    char sentence[JSON_SENTENCE_BYTES];
    size_t at;

    json_sentence(json, bytes_len, err, &at, sentence);
    json_tell_place(json->bytes, at, 1, why);
    buf_add_text(why, sentence);
}
