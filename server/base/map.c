/* The two maps: dense records in the order of insertion, and an index of their places by hash. */
#include "server/base/map.h"

#include "server/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL /* the call costs more than the hash of a short key */
#include <xxhash.h>

/* --- The index: open addressing, linear probing, at most half full, nothing left where something
 * was removed. A slot holds 32 bits of the hash above place + 1; 0 is a free one. A find that ends
 * in the right place reads one line of it (chains of records cost one line each: measured) --- */

#define INDEX_SLOTS_MIN 16
#define PLACES_MAX      (UINT32_MAX / 4) /* twice as many slots, and place + 1, stay 32 bits */

static uint64_t slot_of(uint32_t hash, uint32_t place)
{
    return (uint64_t)hash << 32 | (place + 1);
}

static uint32_t slot_hash(uint64_t slot)
{
    return (uint32_t)(slot >> 32);
}

static uint32_t slot_place(uint64_t slot)
{
    HB_ASSERT(slot != 0);
    return (uint32_t)slot - 1;
}

static void index_put(struct map_index *index, uint64_t slot)
{
    uint32_t at = slot_hash(slot) & index->mask;
    while (index->slots[at] != 0) {
        at = (at + 1) & index->mask;
    }
    index->slots[at] = slot;
}

/* Makes it at least twice as large as `places`, by what it holds. */
static void index_grow(struct map_index *index, uint32_t places)
{
    const struct map_index old = *index;
    uint32_t len = old.slots != NULL ? old.mask + 1 : INDEX_SLOTS_MIN;

    HB_ASSERT(places <= PLACES_MAX);
    if (old.slots != NULL && len / 2 >= places) {
        return;
    }
    while (len / 2 < places) {
        len *= 2;
    }
    *index = (struct map_index){hb_calloc(len, sizeof *index->slots), len - 1};
    for (uint32_t i = 0; old.slots != NULL && i <= old.mask; i++) {
        if (old.slots[i] != 0) {
            index_put(index, old.slots[i]);
        }
    }
    free(old.slots);
}

static void index_remove(struct map_index *index, uint32_t at)
{
    uint32_t hole = at;
    for (uint32_t i = (at + 1) & index->mask; index->slots[i] != 0; i = (i + 1) & index->mask) {
        const uint32_t home = slot_hash(index->slots[i]) & index->mask;
        if (((i - home) & index->mask) >= ((i - hole) & index->mask)) {
            index->slots[hole] = index->slots[i]; /* its way from home leads over the hole */
            hole = i;
        }
    }
    index->slots[hole] = 0;
}

/* --- Text -> number ------------------------------------------------------------------------- */

struct interner_text {
    uint32_t len;
    char bytes[]; /* and a NUL */
};

static uint32_t text_hash(const char *text, size_t text_len)
{
    HB_ASSERT(text != NULL);
    HB_ASSERT(text_len < UINT32_MAX);
    return (uint32_t)XXH3_64bits(text, text_len);
}

static uint32_t text_find(const struct interner *in, const char *text, size_t text_len,
                          uint32_t hash)
{
    if (in->index.slots == NULL) {
        return INTERNER_NONE;
    }
    for (uint32_t at = hash & in->index.mask;; at = (at + 1) & in->index.mask) {
        const uint64_t slot = in->index.slots[at];
        if (slot == 0) {
            return INTERNER_NONE;
        }
        if (slot_hash(slot) == hash) {
            const struct interner_text *known = in->by_id[slot_place(slot)];
            if (known->len == text_len && memcmp(known->bytes, text, text_len) == 0) {
                return slot_place(slot);
            }
        }
    }
}

uint32_t interner_add(struct interner *in, const char *text, size_t text_len)
{
    const uint32_t hash = text_hash(text, text_len);
    const uint32_t known = text_find(in, text, text_len, hash);

    if (known != INTERNER_NONE) {
        return known;
    }
    index_grow(&in->index, in->count + 1);
    HB_GROW(in->by_id, in->count, in->cap);
    struct interner_text *added = hb_malloc(sizeof *added + text_len + 1);
    added->len = (uint32_t)text_len;
    memcpy(added->bytes, text, text_len);
    added->bytes[text_len] = 0;
    in->by_id[in->count] = added;
    index_put(&in->index, slot_of(hash, in->count));
    return in->count++;
}

uint32_t interner_find(const struct interner *in, const char *text, size_t text_len)
{
    return text_find(in, text, text_len, text_hash(text, text_len));
}

const char *interner_text(const struct interner *in, uint32_t id, size_t *ret_len)
{
    HB_ASSERT(id < in->count);
    if (ret_len != NULL) {
        *ret_len = in->by_id[id]->len;
    }
    return in->by_id[id]->bytes;
}

void interner_deinit(struct interner *in)
{
    for (uint32_t id = 0; id < in->count; id++) {
        free(in->by_id[id]);
    }
    free(in->by_id);
    free(in->index.slots);
    *in = (struct interner){0};
}

/* --- uint64 -> uint64 ----------------------------------------------------------------------- */

struct u64map_entry {
    uint64_t key;
    uint64_t value;
    bool removed; /* its place is taken back when the entries are packed */
};

static uint32_t u64_hash(uint64_t key)
{
    return (uint32_t)XXH3_64bits(&key, sizeof key);
}

/* The slot of the index; false: there is none. */
static bool u64_find(const struct u64map *map, uint64_t key, uint32_t *ret_at)
{
    const uint32_t hash = u64_hash(key);

    if (map->index.slots == NULL) {
        return false;
    }
    for (uint32_t at = hash & map->index.mask;; at = (at + 1) & map->index.mask) {
        const uint64_t slot = map->index.slots[at];
        if (slot == 0) {
            return false;
        }
        if (slot_hash(slot) == hash && map->entries[slot_place(slot)].key == key) {
            *ret_at = at;
            return true;
        }
    }
}

/* Takes back the places of removed entries, in order. */
static void u64_pack(struct u64map *map)
{
    uint32_t kept = 0;

    memset(map->index.slots, 0, ((size_t)map->index.mask + 1) * sizeof *map->index.slots);
    for (uint32_t i = 0; i < map->len; i++) {
        if (!map->entries[i].removed) {
            index_put(&map->index, slot_of(u64_hash(map->entries[i].key), kept));
            map->entries[kept++] = map->entries[i];
        }
    }
    HB_ASSERT(kept == map->count);
    map->len = kept;
}

void u64map_put(struct u64map *map, uint64_t key, uint64_t value)
{
    uint32_t at;

    if (u64_find(map, key, &at)) {
        map->entries[slot_place(map->index.slots[at])].value = value;
        return;
    }
    if (map->len == map->cap && map->count < map->len / 2) {
        u64_pack(map);
    }
    index_grow(&map->index, map->len + 1);
    HB_GROW(map->entries, map->len, map->cap);
    map->entries[map->len] = (struct u64map_entry){.key = key, .value = value};
    index_put(&map->index, slot_of(u64_hash(key), map->len));
    map->len++;
    map->count++;
}

bool u64map_get(const struct u64map *map, uint64_t key, uint64_t *ret)
{
    uint32_t at;

    if (!u64_find(map, key, &at)) {
        return false;
    }
    if (ret != NULL) {
        *ret = map->entries[slot_place(map->index.slots[at])].value;
    }
    return true;
}

bool u64map_remove(struct u64map *map, uint64_t key, uint64_t *ret)
{
    uint32_t at;

    if (!u64_find(map, key, &at)) {
        return false;
    }
    struct u64map_entry *entry = &map->entries[slot_place(map->index.slots[at])];
    HB_ASSERT(!entry->removed);
    if (ret != NULL) {
        *ret = entry->value;
    }
    entry->removed = true;
    index_remove(&map->index, at);
    map->count--;
    return true;
}

size_t u64map_count(const struct u64map *map)
{
    return map->count;
}

void u64map_deinit(struct u64map *map)
{
    free(map->entries);
    free(map->index.slots);
    *map = (struct u64map){0};
}

/* `next` is the place to look at next, plus one. */
bool u64map_next(const struct u64map *map, const void **next, uint64_t *ret_key,
                 uint64_t *ret_value)
{
    uintptr_t place = *next != NULL ? (uintptr_t)*next - 1 : 0;

    while (place < map->len && map->entries[place].removed) {
        place++;
    }
    const bool found = place < map->len;
    if (found) {
        *ret_key = map->entries[place].key;
        *ret_value = map->entries[place].value;
        place++;
    }
    *next = (const void *)(place + 1);
    return found;
}
