/* The two maps: an index of hashes beside entries in order of insertion. See map.h.
 *
 *   index: hash & mask --> {hash, place}, the next ones where that is taken; at most half full
 *
 * A find reads one line of the index and the entry that has its hash: 32 bits of it stand in the index, so
 * that entries of others are hardly ever read. */
#include "server/base/map.h"

#include "server/base/heap.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL /* the call costs more than the hash of a short key */
#include <xxhash.h>

#define ENTRIES_MIN 8
#define NOWHERE     UINT32_MAX

struct map_slot {
    uint32_t hash;
    uint32_t place; /* and one; 0: empty */
};

/* --- The index ------------------------------------------------------------------------------ */

static uint32_t index_cap(const struct map_index *index)
{
    return index->slots != NULL ? index->mask + 1 : 0;
}

static void index_put(struct map_index *index, uint32_t hash, uint32_t place)
{
    uint32_t i = hash & index->mask;

    while (index->slots[i].place != 0) {
        i = (i + 1) & index->mask;
    }
    index->slots[i] = (struct map_slot){hash, place + 1};
}

/* For so many entries; empty. */
static void index_begin(struct map_index *index, uint32_t entries)
{
    free(index->slots);
    index->slots = hb_calloc((size_t)entries * 2, sizeof *index->slots);
    index->mask = entries * 2 - 1;
}

static void index_grow(struct map_index *index, uint32_t entries)
{
    const struct map_index old = *index;
    const uint32_t old_cap = index_cap(index);

    index->slots = NULL;
    index_begin(index, entries);
    for (uint32_t i = 0; i < old_cap; i++) {
        if (old.slots[i].place != 0) {
            index_put(index, old.slots[i].hash, old.slots[i].place - 1);
        }
    }
    free(old.slots);
}

/* Who stood behind it because their own slots were taken move up: no find meets a hole before them. */
static void index_remove(struct map_index *index, uint32_t hash, uint32_t place)
{
    uint32_t hole = hash & index->mask;

    while (index->slots[hole].place != place + 1) {
        HB_ASSERT(index->slots[hole].place != 0);
        hole = (hole + 1) & index->mask;
    }
    for (uint32_t i = (hole + 1) & index->mask; index->slots[i].place != 0;
         i = (i + 1) & index->mask) {
        const uint32_t wants = index->slots[i].hash & index->mask;
        if (((i - wants) & index->mask) >= ((i - hole) & index->mask)) {
            index->slots[hole] = index->slots[i];
            hole = i;
        }
    }
    index->slots[hole].place = 0;
}

/* --- Texts ---------------------------------------------------------------------------------- */

struct interned {
    uint32_t text_len;
    uint32_t hash;
    char text[]; /* and a NUL */
};

static uint32_t text_hash(const char *text, size_t text_len)
{
    HB_ASSERT(text_len < UINT32_MAX);
    return (uint32_t)XXH3_64bits(text, text_len);
}

static uint32_t text_find(const struct interner *in, const char *text, size_t text_len,
                          uint32_t hash)
{
    if (in->index.slots == NULL) {
        return INTERNER_NONE;
    }
    for (uint32_t i = hash & in->index.mask;; i = (i + 1) & in->index.mask) {
        const struct map_slot slot = in->index.slots[i];
        if (slot.place == 0) {
            return INTERNER_NONE;
        }
        if (slot.hash == hash) {
            const struct interned *there = in->by_id[slot.place - 1];
            if (there->text_len == text_len && memcmp(there->text, text, text_len) == 0) {
                return slot.place - 1;
            }
        }
    }
}

static uint32_t id_new(struct interner *in)
{
    if (in->gone_len > 0) {
        return in->gone[--in->gone_len];
    }
    HB_ASSERT(in->count < INTERNER_NONE / 4); /* the doubling below cannot wrap */
    HB_GROW(in->by_id, in->count, in->cap);
    if (index_cap(&in->index) < in->cap * 2) {
        index_grow(&in->index, in->cap);
    }
    return in->count++;
}

uint32_t interner_add(struct interner *in, const char *text, size_t text_len)
{
    HB_ASSERT(text != NULL);
    const uint32_t hash = text_hash(text, text_len);
    const uint32_t there = text_find(in, text, text_len, hash);

    if (there != INTERNER_NONE) {
        return there;
    }
    struct interned *made = hb_malloc(sizeof *made + text_len + 1);
    const uint32_t id = id_new(in);
    made->text_len = (uint32_t)text_len;
    made->hash = hash;
    memcpy(made->text, text, text_len);
    made->text[text_len] = '\0';
    in->by_id[id] = made;
    index_put(&in->index, hash, id);
    return id;
}

void interner_remove(struct interner *in, uint32_t id)
{
    HB_ASSERT(id < in->count);
    HB_ASSERT(in->by_id[id] != NULL);

    index_remove(&in->index, in->by_id[id]->hash, id);
    free(in->by_id[id]);
    in->by_id[id] = NULL;
    HB_GROW(in->gone, in->gone_len, in->gone_cap);
    in->gone[in->gone_len++] = id;
}

uint32_t interner_find(const struct interner *in, const char *text, size_t text_len)
{
    HB_ASSERT(text != NULL);
    return text_find(in, text, text_len, text_hash(text, text_len));
}

const char *interner_text(const struct interner *in, uint32_t id, size_t *ret_len)
{
    HB_ASSERT(id < in->count);
    HB_ASSERT(in->by_id[id] != NULL);
    if (ret_len != NULL) {
        *ret_len = in->by_id[id]->text_len;
    }
    return in->by_id[id]->text;
}

void interner_deinit(struct interner *in)
{
    for (uint32_t id = 0; id < in->count; id++) {
        free(in->by_id[id]);
    }
    free(in->by_id);
    free(in->gone);
    free(in->index.slots);
    *in = (struct interner){0};
}

/* --- Numbers -------------------------------------------------------------------------------- */

struct u64map_entry {
    uint64_t key, value;
};

static uint32_t u64_hash(uint64_t key)
{
    return (uint32_t)XXH3_64bits(&key, sizeof key);
}

static uint32_t u64_find(const struct u64map *map, uint64_t key, uint32_t hash)
{
    if (map->live == 0) {
        return NOWHERE;
    }
    for (uint32_t i = hash & map->index.mask;; i = (i + 1) & map->index.mask) {
        const struct map_slot slot = map->index.slots[i];
        if (slot.place == 0) {
            return NOWHERE;
        }
        if (slot.hash == hash && map->entries[slot.place - 1].key == key) {
            return slot.place - 1;
        }
    }
}

static bool gone(const struct u64map *map, uint32_t place)
{
    return map->gone != NULL && (map->gone[place / 64] >> (place % 64) & 1) != 0;
}

/* Makes room for one more: those that went leave theirs, or the whole doubles. */
static void make_room(struct u64map *map)
{
    uint32_t cap = ENTRIES_MIN;
    uint32_t len = 0;

    HB_ASSERT(map->live < UINT32_MAX / 8);
    while (cap < map->live * 2) {
        cap *= 2;
    }
    if (map->live == map->len) {
        map->entries = hb_realloc(map->entries, cap * sizeof *map->entries);
        index_grow(&map->index, cap);
        map->cap = cap;
        return;
    }
    struct u64map_entry *entries = hb_malloc(cap * sizeof *entries);
    index_begin(&map->index, cap);
    for (uint32_t place = 0; place < map->len; place++) {
        if (!gone(map, place)) {
            index_put(&map->index, u64_hash(map->entries[place].key), len);
            entries[len++] = map->entries[place];
        }
    }
    HB_ASSERT(len == map->live);
    free(map->entries);
    free(map->gone);
    map->entries = entries;
    map->gone = NULL;
    map->len = len;
    map->cap = cap;
}

void u64map_put(struct u64map *map, uint64_t key, uint64_t value)
{
    const uint32_t hash = u64_hash(key);
    const uint32_t place = u64_find(map, key, hash);

    if (place != NOWHERE) {
        map->entries[place].value = value;
        return;
    }
    if (map->len == map->cap) {
        make_room(map);
    }
    index_put(&map->index, hash, map->len);
    map->entries[map->len++] = (struct u64map_entry){key, value};
    map->live++;
}

bool u64map_get(const struct u64map *map, uint64_t key, uint64_t *ret)
{
    const uint32_t place = u64_find(map, key, u64_hash(key));

    if (place == NOWHERE) {
        return false;
    }
    if (ret != NULL) {
        *ret = map->entries[place].value;
    }
    return true;
}

bool u64map_remove(struct u64map *map, uint64_t key, uint64_t *ret)
{
    const uint32_t hash = u64_hash(key);
    const uint32_t place = u64_find(map, key, hash);

    if (place == NOWHERE) {
        return false;
    }
    if (ret != NULL) {
        *ret = map->entries[place].value;
    }
    if (map->live == 1) {
        u64map_deinit(map);
        return true;
    }
    if (map->gone == NULL) {
        map->gone = hb_calloc((map->cap + 63) / 64, sizeof *map->gone);
    }
    index_remove(&map->index, hash, place);
    map->gone[place / 64] |= UINT64_C(1) << (place % 64);
    map->live--;
    return true;
}

size_t u64map_count(const struct u64map *map)
{
    return map->live;
}

void u64map_deinit(struct u64map *map)
{
    free(map->entries);
    free(map->gone);
    free(map->index.slots);
    *map = (struct u64map){0};
}

bool u64map_next(const struct u64map *map, struct u64map_at *at, uint64_t *ret_key,
                 uint64_t *ret_value)
{
    while (at->place < map->len && gone(map, at->place)) {
        at->place++;
    }
    if (at->place >= map->len) {
        return false;
    }
    *ret_key = map->entries[at->place].key;
    *ret_value = map->entries[at->place].value;
    at->place++;
    return true;
}
