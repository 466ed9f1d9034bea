/* The heap, without the case that it is empty, and growable arrays on it.
 *
 * Out of memory: these end the process through hb_no_memory; a harness that cannot allocate
 * cannot judge, and a server that cannot is restarted. What a peer can make grow has a named limit
 * long before (protocol/limits.h). */
#ifndef HUBBUB_SERVER_BASE_HEAP_H
#define HUBBUB_SERVER_BASE_HEAP_H

#include "server/base/base.h"

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

#endif
