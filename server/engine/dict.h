/* Names to entries, in the order in which they were added. What is removed is forgotten: the entry is
 * freed, and the table shrinks with what it holds.
 *
 * base/map.h cannot forget a name, and its tables keep the size of their greatest day. */
#ifndef HUBBUB_SERVER_ENGINE_DICT_H
#define HUBBUB_SERVER_ENGINE_DICT_H

#include "server/base/base.h"
#include "server/base/text.h"

struct ventry { /* the first member of whatever stands in a dict */
    struct ventry *chain;
    struct ventry *before, *after;
    uint64_t hash;
    struct text name; /* in the same block */
    uint32_t bytes;   /* of the block */
};

struct vdict { /* all zero is an empty one */
    struct ventry **slots;
    uint32_t slots_count; /* a power of two, or 0 */
    uint32_t count;
    struct ventry *first, *last;
};

struct ventry *vdict_find(const struct vdict *dict, struct text name); /* NULL: there is none */
/* Adds a zeroed block of `bytes` that begins with its entry; there is none of that name. */
struct ventry *vdict_add(struct vdict *dict, struct text name, size_t bytes);
/* Frees the entry. What else its block owns is freed before. */
void vdict_remove(struct vdict *dict, struct ventry *entry);
/* An estimate of what the entry takes, with its place in the table. */
size_t vdict_bytes(const struct ventry *entry);

#endif
