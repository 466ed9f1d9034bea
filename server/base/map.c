/* The two maps, on uthash. This is the only file that may include it. */
#include "server/base/map.h"

#include "server/base/heap.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL /* the call costs more than the hash of a short key */
#include <xxhash.h>

/* uthash keeps 32 bits of the hash. Its lists are in the order of insertion and its own malloc is
 * ours, so that "out of memory" ends in hb_panic and never in its exit(). */
#define HASH_FUNCTION(key, key_len, ret) ((ret) = (unsigned)XXH3_64bits((key), (key_len)))
#define uthash_malloc(bytes)             hb_malloc(bytes)
#define uthash_fatal(what)               HB_UNREACHABLE(what)
#include <uthash.h>
/* Chains of four at most (before it gives up on a bad hash), not ten: each record of a chain is a
 * line of memory of its own. 5 % of a simulated run (measured), for 13 MB of buckets. */
#undef HASH_BKT_CAPACITY_THRESH
#define HASH_BKT_CAPACITY_THRESH 4U

struct interner_slot {
    UT_hash_handle hh;
    uint32_t id;
    uint32_t text_len;
    char text[]; /* and a NUL */
};

struct u64map_slot {
    uint64_t key;
    uint64_t value;
    UT_hash_handle hh;
};

static struct interner_slot *interner_slot_find(const struct interner *in, const char *text,
                                                size_t text_len, unsigned hash)
{
    struct interner_slot *slot = NULL;

    HASH_FIND_BYHASHVALUE(hh, in->slots, text, text_len, hash, slot);
    return slot;
}

static unsigned text_hash(const char *text, size_t text_len)
{
    unsigned hash = 0;

    HB_ASSERT(text_len < UINT32_MAX);
    HASH_VALUE(text, text_len, hash);
    return hash;
}

static uint32_t id_new(struct interner *in)
{
    if (in->gone_len > 0) {
        return in->gone[--in->gone_len];
    }
    HB_ASSERT(in->count < INTERNER_NONE / 2); /* the doubling below cannot wrap */
    HB_GROW(in->by_id, in->count, in->cap);
    return in->count++;
}

uint32_t interner_add(struct interner *in, const char *text, size_t text_len)
{
    HB_ASSERT(text != NULL);
    const unsigned hash = text_hash(text, text_len);
    struct interner_slot *slot = interner_slot_find(in, text, text_len, hash);

    if (slot != NULL) {
        return slot->id;
    }
    slot = hb_calloc(1, sizeof *slot + text_len + 1);
    slot->id = id_new(in);
    slot->text_len = (uint32_t)text_len;
    memcpy(slot->text, text, text_len);
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, in->slots, slot->text, text_len, hash, slot);
    in->by_id[slot->id] = slot;
    return slot->id;
}

void interner_remove(struct interner *in, uint32_t id)
{
    HB_ASSERT(id < in->count);
    struct interner_slot *slot = in->by_id[id];

    HB_ASSERT(slot != NULL && slot->id == id);
    HASH_DELETE(hh, in->slots, slot);
    free(slot);
    in->by_id[id] = NULL;
    HB_GROW(in->gone, in->gone_len, in->gone_cap);
    in->gone[in->gone_len++] = id;
}

uint32_t interner_find(const struct interner *in, const char *text, size_t text_len)
{
    HB_ASSERT(text != NULL);
    const struct interner_slot *slot =
        interner_slot_find(in, text, text_len, text_hash(text, text_len));

    return slot != NULL ? slot->id : INTERNER_NONE;
}

const char *interner_text(const struct interner *in, uint32_t id, size_t *ret_len)
{
    HB_ASSERT(id < in->count);
    const struct interner_slot *slot = in->by_id[id];

    HB_ASSERT(slot != NULL && slot->id == id);
    if (ret_len != NULL) {
        *ret_len = slot->text_len;
    }
    return slot->text;
}

void interner_deinit(struct interner *in)
{
    HASH_CLEAR(hh, in->slots); /* frees the table; the slots are ours */
    for (uint32_t id = 0; id < in->count; id++) {
        free(in->by_id[id]);
    }
    free(in->by_id);
    free(in->gone);
    *in = (struct interner){0};
}

static unsigned u64_hash(uint64_t key)
{
    unsigned hash = 0;

    HASH_VALUE(&key, sizeof key, hash);
    return hash;
}

static struct u64map_slot *u64map_slot_find(const struct u64map *map, uint64_t key, unsigned hash)
{
    struct u64map_slot *slot = NULL;

    HASH_FIND_BYHASHVALUE(hh, map->slots, &key, sizeof key, hash, slot);
    return slot;
}

void u64map_put(struct u64map *map, uint64_t key, uint64_t value)
{
    const unsigned hash = u64_hash(key);
    struct u64map_slot *slot = u64map_slot_find(map, key, hash);

    if (slot == NULL) {
        slot = hb_malloc(sizeof *slot);
        slot->key = key;
        HASH_ADD_BYHASHVALUE(hh, map->slots, key, sizeof slot->key, hash, slot);
    }
    slot->value = value;
}

bool u64map_get(const struct u64map *map, uint64_t key, uint64_t *ret)
{
    const struct u64map_slot *slot = u64map_slot_find(map, key, u64_hash(key));

    if (slot == NULL) {
        return false;
    }
    HB_ASSERT(slot->key == key);
    if (ret != NULL) {
        *ret = slot->value;
    }
    return true;
}

bool u64map_remove(struct u64map *map, uint64_t key, uint64_t *ret)
{
    struct u64map_slot *slot = u64map_slot_find(map, key, u64_hash(key));

    if (slot == NULL) {
        return false;
    }
    HB_ASSERT(slot->key == key);
    HASH_DEL(map->slots, slot);
    if (ret != NULL) {
        *ret = slot->value;
    }
    free(slot);
    return true;
}

size_t u64map_count(const struct u64map *map)
{
    return HASH_COUNT(map->slots);
}

void u64map_deinit(struct u64map *map)
{
    struct u64map_slot *slot = map->slots;

    HASH_CLEAR(hh, map->slots); /* frees the table; the slots are ours */
    while (slot != NULL) {
        struct u64map_slot *next = slot->hh.next;
        free(slot);
        slot = next;
    }
    HB_ASSERT(map->slots == NULL);
}

/* `next` is one ahead of what was given, so that the given entry may go. The address of the map
 * itself, which is never an entry, stands for the end. */
bool u64map_next(const struct u64map *map, const void **next, uint64_t *ret_key,
                 uint64_t *ret_value)
{
    const struct u64map_slot *slot = *next == NULL ? map->slots : *next;

    if (*next == map || slot == NULL) {
        *next = map;
        return false;
    }
    *ret_key = slot->key;
    *ret_value = slot->value;
    *next = slot->hh.next != NULL ? slot->hh.next : map;
    return true;
}
