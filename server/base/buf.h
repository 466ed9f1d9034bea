/* Bytes that grow. All zero is an empty buffer. Always NUL-terminated behind `len` once written to. */
#ifndef HUBBUB_SERVER_BASE_BUF_H
#define HUBBUB_SERVER_BASE_BUF_H

#include "server/base/base.h"

#include <string.h>

struct buf {
    char *bytes;
    size_t len;
    size_t cap;
};

void buf_deinit(struct buf *buf);
void buf_clear(struct buf *buf); /* keeps the memory */
void buf_reserve(struct buf *buf, size_t more);
void buf_add(struct buf *buf, const void *bytes, size_t bytes_len);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_add_u64(struct buf *buf, uint64_t value);
void buf_add_i64(struct buf *buf, int64_t value);
void buf_add_hex(struct buf *buf, uint64_t value, int digits); /* lower case, exactly `digits` */
void buf_printf(struct buf *buf, const char *format, ...) HB_PRINTF(2, 3); /* cold paths only */
/* A JSON string with its quotes; `text` is valid UTF-8 without NUL. RFC 8259 7. */
void buf_add_json(struct buf *buf, const char *text, size_t text_len);
/* Of the eight bytes at `at`, how many from the front mean themselves in a JSON string: ASCII, and
 * neither control, quote nor backslash. */
static inline uint32_t json_plain8(const void *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t tops = ones << 7;
    uint64_t word = 0;

    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    const uint64_t quotes = word ^ (ones * '"');
    const uint64_t slashes = word ^ (ones * '\\');
    /* Below 0x20, or zero, a byte of ASCII borrows into its top bit: Mycroft's test. What it borrows
     * can only mislead behind it. */
    const uint64_t others =
        (word | (word - ones * 0x20) | (quotes - ones) | (slashes - ones)) & tops;
    return others != 0 ? (uint32_t)__builtin_ctzll(others) / 8 : 8;
}

/* Drops the first `count` bytes. count <= len. */
void buf_drop_front(struct buf *buf, size_t count);

#endif
