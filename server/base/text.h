/* A borrowed piece of text: bytes and length, not NUL-terminated. */
#ifndef HUBBUB_SERVER_BASE_TEXT_H
#define HUBBUB_SERVER_BASE_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct text {
    const char *bytes; /* NULL: absent */
    uint32_t len;
};

/* From a literal. */
#define TEXT(literal) ((struct text){(literal), (uint32_t)(sizeof(literal) - 1)})

static inline struct text text_of(const char *nul_terminated)
{
    return (struct text){nul_terminated, (uint32_t)strlen(nul_terminated)};
}

static inline bool text_equal(struct text a, struct text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
}

/* By bytes; a beginning of the other is less. */
static inline int text_compare(struct text a, struct text b)
{
    const uint32_t len = a.len < b.len ? a.len : b.len;
    const int order = len == 0 ? 0 : memcmp(a.bytes, b.bytes, len);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

#endif
