/* See index.h. Linear probing; removal moves later ones back (Knuth, vol. 3, 6.4, algorithm R). */
#include "sim/outside/index.h"

#include "server/base/mem.h"

#include <stdlib.h>

static uint64_t home(const struct index *index, uint64_t key)
{
    return key & (index->cap - 1);
}

/* Where it is, or the free slot where it belongs. */
static uint64_t place(const struct index *index, uint64_t key)
{
    uint64_t at = home(index, key);
    while (index->slots[at].key != 0 && index->slots[at].key != key) {
        at = (at + 1) & (index->cap - 1);
    }
    return at;
}

static void grow(struct index *index)
{
    const struct index old = *index;

    index->cap = old.cap == 0 ? 64 : old.cap * 2;
    index->slots = hb_calloc(index->cap, sizeof *index->slots);
    for (uint64_t i = 0; i < old.cap; i++) {
        if (old.slots[i].key != 0) {
            index->slots[place(index, old.slots[i].key)] = old.slots[i];
        }
    }
    free(old.slots);
}

void index_put(struct index *index, uint64_t key, uint64_t value)
{
    HB_ASSERT(key != 0);
    if (index->len * 2 >= index->cap) {
        grow(index);
    }
    struct index_slot *slot = &index->slots[place(index, key)];
    index->len += slot->key == 0;
    *slot = (struct index_slot){key, value};
}

bool index_get(const struct index *index, uint64_t key, uint64_t *ret)
{
    HB_ASSERT(key != 0);
    if (index->len == 0) {
        return false;
    }
    const struct index_slot *slot = &index->slots[place(index, key)];
    if (slot->key == 0) {
        return false;
    }
    *ret = slot->value;
    return true;
}

void index_remove(struct index *index, uint64_t key)
{
    HB_ASSERT(key != 0);
    if (index->len == 0) {
        return;
    }
    uint64_t hole = place(index, key);
    if (index->slots[hole].key == 0) {
        return;
    }
    index->len--;
    for (uint64_t at = hole;;) {
        at = (at + 1) & (index->cap - 1);
        if (index->slots[at].key == 0) {
            break;
        }
        const uint64_t from = home(index, index->slots[at].key);
        /* It may fill the hole unless its home lies behind the hole. */
        if (((at - from) & (index->cap - 1)) >= ((at - hole) & (index->cap - 1))) {
            index->slots[hole] = index->slots[at];
            hole = at;
        }
    }
    index->slots[hole] = (struct index_slot){0, 0};
}

void index_deinit(struct index *index)
{
    free(index->slots);
    *index = (struct index){0};
}
