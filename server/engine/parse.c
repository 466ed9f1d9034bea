/* See parse.h. */
#include "server/engine/parse.h"

#include "server/engine/args.h"

#include <stdio.h>
#include <string.h>

/* Where a line's end is, if it is not too long. */
static const char *find(char c, const char *at, const char *end)
{
    const size_t len = (size_t)(end - at);

    return memchr(at, c, len < ENGINE_LINE_BYTES_MAX + 1 ? len : ENGINE_LINE_BYTES_MAX + 1);
}

/* A header line up to CR and one byte more. */
static enum vparsed line_of(const char **at, const char *end, const char *too_big, struct text *ret,
                            char ret_error[48])
{
    const char *cr = find('\r', *at, end);

    if (cr == NULL) {
        if (end - *at > ENGINE_LINE_BYTES_MAX) {
            (void)snprintf(ret_error, 48, "%s", too_big);
            return VPARSED_BAD;
        }
        return VPARSED_PARTIAL;
    }
    if (cr + 1 == end) {
        return VPARSED_PARTIAL;
    }
    *ret = (struct text){*at, (uint32_t)(cr - *at)};
    *at = cr + 2;
    return VPARSED_COMMAND;
}

static enum vparsed parse_arg(const char **at, const char *end, struct text *ret,
                              char ret_error[48])
{
    struct text line;
    int64_t len;
    const enum vparsed parsed = line_of(at, end, "too big bulk count string", &line, ret_error);

    if (parsed != VPARSED_COMMAND) {
        return parsed;
    }
    const char first =
        (char)(line.len > 0 ? line.bytes[0] : ' '); /* an empty line: its CR, made a space */
    if (first != '$') {
        (void)snprintf(ret_error, 48, "expected '$', got '%c'", first == '\n' ? ' ' : first);
        return VPARSED_BAD;
    }
    if (!vtext_int((struct text){line.bytes + 1, line.len - 1}, &len) || len < 0 ||
        len > ENGINE_QUERY_BYTES_MAX) {
        (void)snprintf(ret_error, 48, "invalid bulk length");
        return VPARSED_BAD;
    }
    if (end - *at < len + 2) {
        return VPARSED_PARTIAL;
    }
    *ret = (struct text){*at, (uint32_t)len};
    *at += len + 2;
    return VPARSED_COMMAND;
}

static enum vparsed parse_array(const char **from, const char *end, struct vcommand *command,
                                char ret_error[48])
{
    const char *at = *from;
    struct text line;
    int64_t count;
    enum vparsed parsed = line_of(&at, end, "too big mbulk count string", &line, ret_error);

    if (parsed != VPARSED_COMMAND) {
        return parsed;
    }
    if (!vtext_int((struct text){line.bytes + 1, line.len - 1}, &count) ||
        count > ENGINE_ARGS_MAX) {
        (void)snprintf(ret_error, 48, "invalid multibulk length");
        return VPARSED_BAD;
    }
    for (int64_t i = 0; i < count; i++) {
        if (at - *from > ENGINE_QUERY_BYTES_MAX) {
            (void)snprintf(ret_error, 48, "invalid bulk length"); /* Redis itself would take it */
            return VPARSED_BAD;
        }
        parsed = parse_arg(&at, end, &command->args[i], ret_error);
        if (parsed != VPARSED_COMMAND) {
            return parsed;
        }
    }
    command->args_len = count > 0 ? (uint32_t)count : 0;
    *from = at;
    return count > 0 ? VPARSED_COMMAND : VPARSED_NOTHING;
}

/* --- Inline commands ------------------------------------------------------------------------ */

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One character of a word in double quotes; `*at` is at it. */
static void unescape(const char **at, const char *end, struct buf *ret)
{
    static const char names[] = "nrtba", values[] = "\n\r\t\b\a";
    const char *c = *at;

    if (*c != '\\' || c + 1 == end) {
        buf_add_char(ret, *c);
        *at = c + 1;
        return;
    }
    if (c[1] == 'x' && end - c >= 4 && hex_of(c[2]) >= 0 && hex_of(c[3]) >= 0) {
        buf_add_char(ret, (char)(hex_of(c[2]) * 16 + hex_of(c[3])));
        *at = c + 4;
        return;
    }
    const char *name = c[1] != '\0' ? strchr(names, c[1]) : NULL;
    buf_add_char(ret, (char)(name != NULL ? values[name - names] : c[1]));
    *at = c + 2;
}

/* A quoted part; `*at` is behind its first quote. False: it does not end, or the word goes on. */
static bool quoted(const char **at, const char *end, char quote, struct buf *ret)
{
    const char *c = *at;

    while (c < end && *c != quote) {
        if (quote == '"') {
            unescape(&c, end, ret);
        } else if (*c == '\\' && c + 1 < end && c[1] == '\'') {
            buf_add_char(ret, '\'');
            c += 2;
        } else {
            buf_add_char(ret, *c++);
        }
    }
    if (c == end || (c + 1 < end && !is_space(c[1]))) {
        return false;
    }
    *at = c + 1;
    return true;
}

/* Splits a line as Redis' sdssplitargs; the words lie one behind another in `words`. */
static bool split(const char *at, const char *end, struct vcommand *command, struct buf *words)
{
    command->args_len = 0;
    for (;;) {
        while (at < end && is_space(*at)) {
            at++;
        }
        if (at == end || *at == '\0') {
            return true;
        }
        if (command->args_len == ENGINE_ARGS_MAX) {
            return false;
        }
        const size_t from = words->len;
        bool over = false;
        while (!over && at < end && !is_space(*at) && *at != '\0') {
            if (*at == '"' || *at == '\'') {
                const char quote = *at++;
                if (!quoted(&at, end, quote, words)) {
                    return false;
                }
                over = true;
            } else {
                buf_add_char(words, *at++);
            }
        }
        command->args[command->args_len++].len = (uint32_t)(words->len - from);
    }
}

static enum vparsed parse_inline(const char **from, const char *end, struct vcommand *command,
                                 struct buf *words, char ret_error[48])
{
    const char *at = *from;
    const char *newline = find('\n', at, end);

    if (newline == NULL) {
        if (end - at > ENGINE_LINE_BYTES_MAX) {
            (void)snprintf(ret_error, 48, "too big inline request");
            return VPARSED_BAD;
        }
        return VPARSED_PARTIAL;
    }
    buf_clear(words);
    const char *stop = newline > at && newline[-1] == '\r' ? newline - 1 : newline;
    if (!split(at, stop, command, words)) {
        (void)snprintf(ret_error, 48, "unbalanced quotes in request");
        return VPARSED_BAD;
    }
    const char *word = words->bytes != NULL ? words->bytes : "";
    for (uint32_t i = 0; i < command->args_len; i++) {
        command->args[i].bytes = word;
        word += command->args[i].len;
    }
    *from = newline + 1;
    return command->args_len > 0 ? VPARSED_COMMAND : VPARSED_NOTHING;
}

enum vparsed vparse(const char **at, const char *end, struct vcommand *command, struct buf *scratch,
                    char ret_error[48])
{
    HB_ASSERT(*at <= end);
    if (*at == end) {
        return VPARSED_PARTIAL;
    }
    if (**at == '*') {
        return parse_array(at, end, command, ret_error);
    }
    return parse_inline(at, end, command, scratch, ret_error);
}
