/* 64-bit keys to numbers: open addressing, one line of memory a look-up. Grows, never shrinks. */
#ifndef HUBBUB_SIM_OUTSIDE_INDEX_H
#define HUBBUB_SIM_OUTSIDE_INDEX_H

#include "server/base/base.h"

struct index_slot {
    uint64_t key; /* 0: free */
    uint64_t value;
};

struct index { /* all zero is an empty one */
    struct index_slot *slots;
    uint64_t cap; /* a power of two */
    uint64_t len;
};

/* Keys are hashes: they are used as they are, and none is 0. */
void index_put(struct index *index, uint64_t key, uint64_t value); /* inserts or replaces */
bool index_get(const struct index *index, uint64_t key, uint64_t *ret);
void index_remove(struct index *index, uint64_t key); /* one that is not there: nothing happens */
void index_deinit(struct index *index);

#endif
