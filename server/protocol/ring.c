/* See ring.h. */
#include "server/protocol/ring.h"

#include "server/base/hash.h"
#include "server/base/mem.h"
#include "server/base/sort.h"

#include <stdlib.h>
#include <string.h>

struct ranked {
    struct text name;
    uint16_t node;
};

static int compare_names(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    const uint32_t len = x->name.len < y->name.len ? x->name.len : y->name.len;
    const int order = len > 0 ? memcmp(x->name.bytes, y->name.bytes, len) : 0;

    if (order != 0 || x->name.len != y->name.len) {
        return order != 0 ? order : (int)x->name.len - (int)y->name.len;
    }
    return (int)x->node - (int)y->node;
}

static int compare(const void *a, const void *b)
{
    const struct ring_place *x = a;
    const struct ring_place *y = b;

    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return (int)x->node - (int)y->node; /* its rank by name */
}

void ring_init(struct ring *ring, const struct text *names, uint32_t names_len)
{
    struct ranked *ranked = hb_calloc(names_len, sizeof *ranked);
    struct buf name = {0};

    HB_ASSERT(names_len <= RING_NODES_MAX);
    for (uint32_t i = 0; i < names_len; i++) {
        ranked[i] = (struct ranked){.name = names[i], .node = (uint16_t)i};
    }
    hb_sort(ranked, names_len, sizeof *ranked, compare_names);
    *ring = (struct ring){.len = names_len * RING_PLACES};
    ring->places = hb_calloc(ring->len, sizeof *ring->places);
    for (uint32_t i = 0; i < ring->len; i++) {
        const struct text node = ranked[i / RING_PLACES].name;
        buf_clear(&name);
        buf_add(&name, node.bytes, node.len);
        buf_printf(&name, ":%u", (unsigned)(i % RING_PLACES));
        ring->places[i].key = hash64_common(name.bytes, name.len);
        ring->places[i].node = (uint16_t)(i / RING_PLACES);
    }
    hb_sort(ring->places, ring->len, sizeof *ring->places, compare);
    for (uint32_t i = 0; i < ring->len; i++) {
        ring->places[i].node = ranked[ring->places[i].node].node;
    }
    free(ranked);
    buf_deinit(&name);
}

void ring_deinit(struct ring *ring)
{
    free(ring->places);
    *ring = (struct ring){0};
}

uint64_t ring_key(struct text user)
{
    return hash64_common(user.bytes, user.len);
}

struct ring_walk ring_walk(const struct ring *ring, uint64_t key)
{
    uint32_t low = 0;
    uint32_t high = ring->len;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (ring->places[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return (struct ring_walk){.at = low, .left = ring->len};
}

bool ring_next(const struct ring *ring, struct ring_walk *walk, uint16_t *ret)
{
    if (walk->left == 0) {
        return false;
    }
    walk->left--;
    if (walk->at == ring->len) { /* past the last place: the first */
        walk->at = 0;
    }
    *ret = ring->places[walk->at++].node;
    return true;
}
