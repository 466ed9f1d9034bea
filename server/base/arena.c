/* The arena: a chain of zeroed blocks, of which only the last is filled. */
#include "server/base/arena.h"

#include "server/base/heap.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_ALIGN           ((size_t)16)
#define ARENA_BLOCK_BYTES_MIN ((size_t)4096)       /* of the first: a small node is one block */
#define ARENA_BLOCK_BYTES_MAX ((size_t)256 * 1024) /* what a half-used last block may waste */

struct arena_block {
    struct arena_block *previous; /* NULL for the oldest */
    size_t used;                  /* bytes; a multiple of ARENA_ALIGN */
    size_t cap;                   /* bytes */
    size_t unused;                /* keeps `bytes` at a multiple of 16 */
    _Alignas(16) unsigned char bytes[];
};
_Static_assert(sizeof(struct arena_block) % 16 == 0, "the first allocation must be aligned");

static struct arena_block *arena_block_new(size_t cap)
{
    struct arena_block *block = hb_calloc(1, sizeof *block + cap);

    block->cap = cap;
    return block;
}

/* A block that has room for `bytes`. A large allocation gets a block of its own, behind the last,
 * so that the rest of the last one stays in use. */
static struct arena_block *arena_block_with_room(struct arena *arena, size_t bytes)
{
    struct arena_block *last = arena->last;

    if (last != NULL && last->cap - last->used >= bytes) {
        return last;
    }
    size_t cap = ARENA_BLOCK_BYTES_MIN;
    if (last != NULL && last->cap * 2 > cap) {
        cap = last->cap * 2 < ARENA_BLOCK_BYTES_MAX ? last->cap * 2 : ARENA_BLOCK_BYTES_MAX;
    }
    if (bytes <= cap / 4) {
        struct arena_block *block = arena_block_new(cap);
        block->previous = last;
        arena->last = block;
        return block;
    }
    struct arena_block *own = arena_block_new(bytes);
    if (last != NULL) {
        own->previous = last->previous;
        last->previous = own;
    } else {
        arena->last = own;
    }
    return own;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    HB_ASSERT(bytes < SIZE_MAX / 4);
    const size_t rounded =
        bytes > 0 ? (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN : ARENA_ALIGN;
    struct arena_block *block = arena_block_with_room(arena, rounded);
    void *memory = block->bytes + block->used;

    block->used += rounded;
    HB_ASSERT(block->used <= block->cap);
    HB_ASSERT((uintptr_t)memory % ARENA_ALIGN == 0);
    return memory;
}

char *arena_strndup(struct arena *arena, const char *text, size_t text_len)
{
    HB_ASSERT(text != NULL || text_len == 0);
    char *copy = arena_alloc(arena, text_len + 1);

    if (text_len > 0) {
        memcpy(copy, text, text_len);
    }
    return copy;
}

void arena_clear(struct arena *arena)
{
    struct arena_block *last = arena->last;

    if (last != NULL && last->previous == NULL && last->cap == ARENA_BLOCK_BYTES_MIN) {
        memset(last->bytes, 0, last->used);
        last->used = 0;
    } else {
        arena_deinit(arena);
    }
}

void arena_deinit(struct arena *arena)
{
    struct arena_block *block = arena->last;

    while (block != NULL) {
        struct arena_block *previous = block->previous;
        free(block);
        block = previous;
    }
    arena->last = NULL;
}
