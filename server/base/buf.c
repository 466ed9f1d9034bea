/* See buf.h. */
#include "server/base/buf.h"

#include "server/base/heap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_CAP_MIN ((size_t)64) /* bytes; most short frames fit twice */

static const char hex_digits[] = "0123456789abcdef";

void buf_deinit(struct buf *buf)
{
    free(buf->bytes);
    *buf = (struct buf){0};
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    if (buf->bytes != NULL) {
        buf->bytes[0] = '\0';
    }
}

/* Room for `more` bytes and the NUL behind them. */
void buf_reserve(struct buf *buf, size_t more)
{
    HB_ASSERT(more < SIZE_MAX / 2 - buf->len);
    const size_t needed = buf->len + more + 1;
    size_t cap = buf->cap > 0 ? buf->cap : BUF_CAP_MIN;

    if (needed <= buf->cap) {
        return;
    }
    while (cap < needed) {
        cap *= 2; /* `needed` is at most SIZE_MAX / 2: this cannot wrap to 0 before it is enough */
    }
    buf->bytes = hb_realloc(buf->bytes, cap);
    buf->cap = cap;
    buf->bytes[buf->len] = '\0';
}

/* Says that `count` bytes were written behind `len`, where buf_reserve made room. */
static void buf_advance(struct buf *buf, size_t count)
{
    HB_ASSERT(count < buf->cap - buf->len);
    buf->len += count;
    buf->bytes[buf->len] = '\0';
}

void buf_add(struct buf *buf, const void *bytes, size_t bytes_len)
{
    HB_ASSERT(bytes != NULL || bytes_len == 0);
    buf_reserve(buf, bytes_len);
    if (bytes_len > 0) {
        memcpy(buf->bytes + buf->len, bytes, bytes_len);
    }
    buf_advance(buf, bytes_len);
}

void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_add_char(struct buf *buf, char c)
{
    buf_reserve(buf, 1);
    buf->bytes[buf->len] = c;
    buf_advance(buf, 1);
}

void buf_add_u64(struct buf *buf, uint64_t value)
{
    char digits[20]; /* of UINT64_MAX */
    size_t start = sizeof digits;

    do {
        start--;
        digits[start] = (char)('0' + (char)(value % 10));
        value /= 10;
    } while (value > 0);
    buf_add(buf, digits + start, sizeof digits - start);
}

void buf_add_i64(struct buf *buf, int64_t value)
{
    if (value < 0) {
        buf_add_char(buf, '-');
        buf_add_u64(buf, 0 - (uint64_t)value); /* unsigned: INT64_MIN has no positive of its type */
    } else {
        buf_add_u64(buf, (uint64_t)value);
    }
}

/* Higher digits than `digits` are cut off. */
void buf_add_hex(struct buf *buf, uint64_t value, int digits)
{
    HB_ASSERT(digits >= 1);
    HB_ASSERT(digits <= 16);
    buf_reserve(buf, (size_t)digits);
    for (int i = 0; i < digits; i++) {
        buf->bytes[buf->len + (size_t)i] = hex_digits[value >> (4 * (digits - 1 - i)) & 15];
    }
    buf_advance(buf, (size_t)digits);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const int needed = vsnprintf(NULL, 0, format, args);
    va_end(args);
    HB_ASSERT(needed >= 0);

    buf_reserve(buf, (size_t)needed);
    va_start(args, format);
    const int written = vsnprintf(buf->bytes + buf->len, (size_t)needed + 1, format, args);
    va_end(args);
    HB_ASSERT(written == needed);
    buf_advance(buf, (size_t)written);
}

/* The letter of the short escape of `c`, 'u' if it needs the long one, 0 if it needs none. */
static char json_escape(unsigned char c)
{
    switch (c) {
    case '"':
    case '\\':
        return (char)c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return c < 0x20 ? 'u' : '\0';
    }
}

/* Copies whole runs: chat text has an escape in few of its lines. */
void buf_add_json(struct buf *buf, const char *text, size_t text_len)
{
    HB_ASSERT(text != NULL || text_len == 0);
    size_t run = 0; /* start of what was not copied yet */

    buf_reserve(buf, text_len + 2);
    buf_add_char(buf, '"');
    for (size_t i = 0; i < text_len; i++) {
        for (uint32_t plain = 8; plain == 8 && text_len - i > 8; i += plain) {
            plain = json_plain8(text + i);
        }
        const unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        const char escape = json_escape(c);
        buf_add(buf, text + run, i - run);
        run = i + 1;
        buf_add_char(buf, '\\');
        buf_add_char(buf, escape);
        if (escape == 'u') {
            buf_add_hex(buf, c, 4);
        }
    }
    if (run < text_len) {
        buf_add(buf, text + run, text_len - run);
    }
    buf_add_char(buf, '"');
}

void buf_drop_front(struct buf *buf, size_t count)
{
    HB_ASSERT(count <= buf->len);
    if (count == 0) {
        return;
    }
    memmove(buf->bytes, buf->bytes + count, buf->len - count);
    buf->len -= count;
    buf->bytes[buf->len] = '\0';
}
