/* Hash maps in the order of insertion.
 *
 * Two forms: text -> small integer (interning), and uint64 -> uint64. Iteration is by insertion
 * order, so it is deterministic; no order of hashes ever shows. */
#ifndef HUBBUB_SERVER_BASE_MAP_H
#define HUBBUB_SERVER_BASE_MAP_H

#include "server/base/base.h"

/* Hash -> place of an entry. */
struct map_index {
    struct map_slot *slots; /* a power of two; NULL: none yet */
    uint32_t mask;
};

/* Text interned into 0, 1, 2, ... in order of first sight; the number of a text that was removed goes
 * to the next new one, the last removed first. All zero is an empty one. */
struct interner {
    struct interned **by_id;
    struct map_index index;
    uint32_t count; /* numbers given out, also those that wait for another text */
    uint32_t cap;
    uint32_t *gone; /* numbers that wait */
    uint32_t gone_len, gone_cap;
};
#define INTERNER_NONE UINT32_MAX
uint32_t interner_add(struct interner *in, const char *text, size_t text_len);
/* INTERNER_NONE: not seen yet. */
uint32_t interner_find(const struct interner *in, const char *text, size_t text_len);
/* Forgets the text, which must be there, and its number. */
void interner_remove(struct interner *in, uint32_t id);
/* NUL-terminated, stays until interner_remove or interner_deinit; ret_len may be NULL. */
const char *interner_text(const struct interner *in, uint32_t id, size_t *ret_len);
/* How many texts there are. */
static inline uint32_t interner_live(const struct interner *in)
{
    return in->count - in->gone_len;
}
void interner_deinit(struct interner *in);

/* uint64 -> uint64. All zero is an empty one. */
struct u64map {
    struct u64map_entry *entries; /* in order of insertion */
    uint64_t *gone;               /* a bit an entry: it was removed; NULL: none was */
    uint32_t len, cap;
    uint32_t live; /* entries that were not removed */
    struct map_index index;
};
void u64map_put(struct u64map *map, uint64_t key, uint64_t value);      /* inserts or replaces */
bool u64map_get(const struct u64map *map, uint64_t key, uint64_t *ret); /* ret may be NULL */
bool u64map_remove(struct u64map *map, uint64_t key, uint64_t *ret);    /* ret may be NULL */
size_t u64map_count(const struct u64map *map);
void u64map_deinit(struct u64map *map);
/* Visits in order of insertion. `at` starts as zero and is opaque; false at the end. The entry just
 * given may be removed before the next call; no other change is allowed. */
struct u64map_at {
    uint32_t place;
};
bool u64map_next(const struct u64map *map, struct u64map_at *at, uint64_t *ret_key,
                 uint64_t *ret_value);

#endif
