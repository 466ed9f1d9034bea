/* See complaint.h. */
#include "sim/recording/complaint.h"

#include "server/protocol/limits.h"
#include "server/protocol/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define QUOTE_MAX 40

void complain(const struct complaint *complaint, size_t at, const char *format, ...)
{
    char text[400];
    uint64_t column = 1;
    uint64_t line = complaint->line;
    va_list args;

    HB_ASSERT(at <= complaint->bytes_len);
    for (size_t i = 0; i < at; i++) { /* characters, as an editor counts them */
        column += ((unsigned char)complaint->bytes[i] & 0xc0) != 0x80;
        if (complaint->bytes[i] == '\n') {
            column = 1;
            line++;
        }
    }
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_clear(complaint->why);
    buf_printf(complaint->why, "line %" PRIu64 ", column %" PRIu64 ": %s", line, column, text);
}

void complain_quote(struct buf *to, struct text bytes)
{
    const uint32_t len = bytes.len > QUOTE_MAX ? QUOTE_MAX : bytes.len;
    for (uint32_t i = 0; i < len; i++) {
        const char c = bytes.bytes[i];
        if (c >= ' ' && c <= '~') {
            buf_add_char(to, c);
        } else {
            buf_add_char(to, '?');
        }
    }
    buf_add_text(to, len < bytes.len ? "..." : "");
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The key that ends just before `at`, when a colon follows: then it is there twice. */
static struct text key_twice(const struct complaint *complaint, size_t at)
{
    size_t after = at;
    while (after < complaint->bytes_len && blank(complaint->bytes[after])) {
        after++;
    }
    if (at < 2 || complaint->bytes[at - 1] != '"' || after == complaint->bytes_len ||
        complaint->bytes[after] != ':') {
        return (struct text){NULL, 0};
    }
    size_t from = at - 1;
    while (from > 0 && complaint->bytes[from - 1] != '"') {
        from--;
    }
    return (struct text){complaint->bytes + from, (uint32_t)(at - 1 - from)};
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *what_of(const struct complaint *complaint, const struct json *json, size_t at)
{
    const char *bytes = complaint->bytes;
    const char c = bytes[at];
    size_t before = at;

    while (before > 0 && blank(bytes[before - 1])) {
        before--;
    }
    const char last = bytes[before > 0 ? before - 1 : 0];
    const unsigned char *byte = (const unsigned char *)bytes + at;
    if ((*byte & 0x80) != 0 &&
        utf8_len(byte, (const unsigned char *)bytes + complaint->bytes_len) == 0) {
        return "these bytes are not UTF-8";
    }
    if (json->tokens_len > 0 && json->tokens[0].next > 0 && json->tokens[0].len > 0) {
        return "something stands behind the line's object: expected one JSON object a line";
    }
    if ((unsigned char)c < 0x20) {
        return "a raw control character in a text: expected an escape such as \\n";
    }
    if ((c == '}' || c == ']') && last == ',') {
        return "a comma before the end: expected another member, or none";
    }
    if (c == '/' || c == '#') {
        return "JSON has no comments: expected a value; a remark may stand as \"note\"";
    }
    if (c == '\'') {
        return "expected double quotes";
    }
    if (at > 0 && bytes[at - 1] == '\\') {
        return "expected an escape of JSON that stands for a character: not NUL, no half of a pair";
    }
    if (c == 'N' || c == 'I' || c == 'u' || (c == '-' && json->tokens_len > 0)) {
        return "expected a JSON value: NaN, Infinity and undefined are none";
    }
    if (digit(c) || digit(last) || last == '-' || last == '.') {
        return "a number that JSON does not have: expected one such as 12 or 12.5";
    }
    return NULL;
}

void complain_json(const struct complaint *complaint, const struct json *json, enum hb_err err)
{
    const size_t at = json->stopped < complaint->bytes_len ? json->stopped : complaint->bytes_len;

    if (err == HB_EDEPTH) {
        complain(complaint, at, "nested deeper than %d", JSON_DEPTH_MAX);
        return;
    }
    if (complaint->bytes_len > 0 && complaint->bytes[0] == '[') {
        complain(complaint, 0, COMPLAINT_ARRAY);
        return;
    }
    if (at == complaint->bytes_len) {
        complain(complaint, at, "the line ends here: expected the rest of its JSON object");
        return;
    }
    const struct text key = key_twice(complaint, at);
    if (key.bytes != NULL) {
        struct buf name = {0};
        complain_quote(&name, key);
        complain(complaint, (size_t)(key.bytes - complaint->bytes), "the key \"%s\" is there twice",
                 name.bytes != NULL ? name.bytes : "");
        buf_deinit(&name);
        return;
    }
    const char *what = what_of(complaint, json, at);
    if (what != NULL) {
        complain(complaint, at, "%s", what);
    } else {
        struct buf got = {0};
        complain_quote(&got, (struct text){complaint->bytes + at, 1});
        complain(complaint, at, "expected JSON, got \"%s\"", got.bytes);
        buf_deinit(&got);
    }
}
