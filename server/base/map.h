/* Hash maps in the order of insertion, by XXH3.
 *
 * Two forms: text -> small integer (interning), and uint64 -> uint64. Iteration is by insertion
 * order, so it is deterministic; no order of hashes ever shows. */
#ifndef HUBBUB_SERVER_BASE_MAP_H
#define HUBBUB_SERVER_BASE_MAP_H

#include "server/base/base.h"

struct map_index { /* map.c: by hash, the place of a record */
    uint64_t *slots;
    uint32_t mask; /* their number less one: a power of two less one */
};

/* Text interned into 0, 1, 2, ... in order of first sight. All zero is an empty one. */
struct interner {
    struct map_index index;
    struct interner_text **by_id;
    uint32_t count;
    uint32_t cap;
};
#define INTERNER_NONE UINT32_MAX
uint32_t interner_add(struct interner *in, const char *text, size_t text_len);
/* INTERNER_NONE: not seen yet. */
uint32_t interner_find(const struct interner *in, const char *text, size_t text_len);
/* NUL-terminated, stays until interner_deinit; ret_len may be NULL. */
const char *interner_text(const struct interner *in, uint32_t id, size_t *ret_len);
void interner_deinit(struct interner *in);

/* uint64 -> uint64. All zero is an empty one. */
struct u64map {
    struct map_index index;
    struct u64map_entry *entries; /* in order of insertion; removed ones keep their place a while */
    uint32_t len, cap;
    uint32_t count; /* without the removed ones */
};
void u64map_put(struct u64map *map, uint64_t key, uint64_t value);      /* inserts or replaces */
bool u64map_get(const struct u64map *map, uint64_t key, uint64_t *ret); /* ret may be NULL */
bool u64map_remove(struct u64map *map, uint64_t key, uint64_t *ret);    /* ret may be NULL */
size_t u64map_count(const struct u64map *map);
void u64map_deinit(struct u64map *map);
/* Visits in order of insertion. `next` starts as NULL and is opaque; false at the end. The entry
 * just given may be removed before the next call; no other change is allowed. */
bool u64map_next(const struct u64map *map, const void **next, uint64_t *ret_key,
                 uint64_t *ret_value);

#endif
