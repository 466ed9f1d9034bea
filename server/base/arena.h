/* Many small allocations, freed together. All zero is an empty arena. 16-byte aligned. */
#ifndef HUBBUB_SERVER_BASE_ARENA_H
#define HUBBUB_SERVER_BASE_ARENA_H

#include "server/base/base.h"

struct arena {
    struct arena_block *last;
};
void *arena_alloc(struct arena *arena, size_t bytes) HB_MUST_USE; /* zeroed */
char *arena_strndup(struct arena *arena, const char *text, size_t text_len) HB_MUST_USE;
void arena_clear(struct arena *arena); /* keeps a little memory */
void arena_deinit(struct arena *arena);

#endif
