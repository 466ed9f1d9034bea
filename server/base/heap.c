/* See heap.h. */
#include "server/base/heap.h"

#include <stdlib.h>
#include <string.h>

static void *non_null(void *memory, size_t bytes)
{
    if (memory == NULL) {
        hb_no_memory(bytes);
    }
    return memory;
}

/* malloc(0) may give NULL, which is not "out of memory": ask for one byte then. */
void *hb_malloc(size_t bytes)
{
    return non_null(malloc(bytes > 0 ? bytes : 1), bytes);
}

void *hb_calloc(size_t count, size_t bytes)
{
    const bool any = count > 0 && bytes > 0;

    return non_null(any ? calloc(count, bytes) : calloc(1, 1), count * bytes);
}

void *hb_aligned(size_t alignment, size_t bytes)
{
    const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    void *memory = non_null(aligned_alloc(alignment, rounded > 0 ? rounded : alignment), rounded);

    memset(memory, 0, rounded);
    return memory;
}

void *hb_realloc(void *old, size_t bytes)
{
    return non_null(realloc(old, bytes > 0 ? bytes : 1), bytes);
}

char *hb_strndup(const char *text, size_t text_len)
{
    HB_ASSERT(text != NULL || text_len == 0);
    HB_ASSERT(text_len < SIZE_MAX);
    char *copy = hb_malloc(text_len + 1);

    if (text_len > 0) {
        memcpy(copy, text, text_len);
    }
    copy[text_len] = '\0';
    return copy;
}
