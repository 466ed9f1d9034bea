/* Growable arrays and byte buffers on the heap.
 *
 * Out of memory: these abort through hb_panic with "out of memory"; a harness that cannot allocate
 * cannot judge, and a server that cannot is restarted. What a peer can make grow has a named limit
 * long before (protocol/limits.h). */
#ifndef HUBBUB_SERVER_BASE_MEM_H
#define HUBBUB_SERVER_BASE_MEM_H

#include "server/base/base.h"

#include <string.h>

/* Never NULL, zeroed where it says so. `bytes` may be 0. Freed with free(). */
void *hb_malloc(size_t bytes) HB_MUST_USE;
void *hb_calloc(size_t count, size_t bytes) HB_MUST_USE;
/* Zeroed; `alignment` is a power of two. */
void *hb_aligned(size_t alignment, size_t bytes) HB_MUST_USE;
void *hb_realloc(void *old, size_t bytes) HB_MUST_USE;
char *hb_strndup(const char *text, size_t text_len) HB_MUST_USE;

/* Makes room for one more element in a growable array: `items`, `items_len`, `items_cap` are
 * lvalues of the same object. Doubles; the first is 8. */
#define HB_GROW(items, items_len, items_cap)                                                       \
    do {                                                                                           \
        if ((items_len) == (items_cap)) {                                                          \
            (items_cap) = (items_cap) ? (items_cap)*2 : 8;                                         \
            (items) = hb_realloc((items), (size_t)(items_cap) * sizeof *(items));                  \
        }                                                                                          \
    } while (0)

/* A byte buffer. All zero is an empty one. Always NUL-terminated behind `len` once written to. */
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

/* An arena: many small allocations, freed together. All zero is an empty one. 16-byte aligned. */
struct arena {
    struct arena_block *last;
};
void *arena_alloc(struct arena *arena, size_t bytes) HB_MUST_USE; /* zeroed */
char *arena_strndup(struct arena *arena, const char *text, size_t text_len) HB_MUST_USE;
void arena_clear(struct arena *arena); /* keeps a little memory */
void arena_deinit(struct arena *arena);

#endif
