/* See dict.h. */
#include "server/engine/dict.h"

#include "server/base/hash.h"
#include "server/base/mem.h"

#include <stdlib.h>

#define SLOTS_MIN    8
#define HEAP_BYTES   16 /* what the allocator adds to a block, about */
#define NAME_LEN_MAX (UINT32_MAX / 2)

static struct ventry **slot_of(const struct vdict *dict, uint64_t hash)
{
    return &dict->slots[hash & (dict->slots_count - 1)];
}

/* Chains of one on average, of eight slots an entry before they are halved: a table that stands
 * between the two is not made anew at each change. */
static void resize(struct vdict *dict, uint32_t slots_count)
{
    free(dict->slots);
    dict->slots = hb_calloc(slots_count, sizeof(struct ventry *));
    dict->slots_count = slots_count;
    for (struct ventry *entry = dict->first; entry != NULL; entry = entry->after) {
        struct ventry **slot = slot_of(dict, entry->hash);
        entry->chain = *slot;
        *slot = entry;
    }
}

struct ventry *vdict_find(const struct vdict *dict, struct text name)
{
    if (dict->count == 0) {
        return NULL;
    }
    const uint64_t hash = hash64_bytes(name.bytes, name.len);
    struct ventry *entry = *slot_of(dict, hash);
    while (entry != NULL && (entry->hash != hash || !text_equal(entry->name, name))) {
        entry = entry->chain;
    }
    return entry;
}

struct ventry *vdict_add(struct vdict *dict, struct text name, size_t bytes)
{
    HB_ASSERT(bytes >= sizeof(struct ventry));
    HB_ASSERT(name.len < NAME_LEN_MAX - bytes);
    HB_ASSERT_SLOW(vdict_find(dict, name) == NULL);
    if (dict->count == dict->slots_count) {
        HB_ASSERT(dict->slots_count < UINT32_MAX / 2);
        resize(dict, dict->slots_count > 0 ? dict->slots_count * 2 : SLOTS_MIN);
    }
    struct ventry *entry = hb_calloc(1, bytes + name.len + 1);
    char *name_bytes = (char *)entry + bytes;
    if (name.len > 0) {
        memcpy(name_bytes, name.bytes, name.len);
    }
    entry->hash = hash64_bytes(name.bytes, name.len);
    entry->name = (struct text){name_bytes, name.len};
    entry->bytes = (uint32_t)bytes + name.len + 1;
    struct ventry **slot = slot_of(dict, entry->hash);
    entry->chain = *slot;
    *slot = entry;
    entry->before = dict->last;
    *(dict->last != NULL ? &dict->last->after : &dict->first) = entry;
    dict->last = entry;
    dict->count++;
    return entry;
}

void vdict_remove(struct vdict *dict, struct ventry *entry)
{
    struct ventry **at = slot_of(dict, entry->hash);

    while (*at != entry) {
        HB_ASSERT(*at != NULL);
        at = &(*at)->chain;
    }
    *at = entry->chain;
    *(entry->before != NULL ? &entry->before->after : &dict->first) = entry->after;
    *(entry->after != NULL ? &entry->after->before : &dict->last) = entry->before;
    dict->count--;
    free(entry);
    if (dict->count == 0) {
        HB_ASSERT(dict->first == NULL && dict->last == NULL);
        free(dict->slots);
        *dict = (struct vdict){0};
    } else if (dict->slots_count > SLOTS_MIN && dict->count < dict->slots_count / 8) {
        resize(dict, dict->slots_count / 2);
    }
}

size_t vdict_bytes(const struct ventry *entry)
{
    return entry->bytes + HEAP_BYTES + 2 * sizeof(struct ventry *);
}
