/* See presence_ring.h. */
#include "server/node/presence_ring.h"

#include "server/base/hash.h"
#include "server/base/mem.h"
#include "server/base/sort.h"
#include "server/protocol/ring.h"

#include <stdlib.h>
#include <string.h>

struct presence_ring {
    struct ring ring;
    char **urls; /* of each node of the ring; owned */
    uint32_t urls_len;
    uint64_t key;
};

struct presence_ring *presence_ring_new(void)
{
    return hb_calloc(1, sizeof(struct presence_ring));
}

static void clear(struct presence_ring *ring)
{
    for (uint32_t i = 0; i < ring->urls_len; i++) {
        free(ring->urls[i]);
    }
    free(ring->urls);
    ring_deinit(&ring->ring);
    *ring = (struct presence_ring){0};
}

void presence_ring_free(struct presence_ring **ring)
{
    if (*ring != NULL) {
        clear(*ring);
        free(*ring);
        *ring = NULL;
    }
}

static int compare(const void *a, const void *b)
{
    const struct text x = ((const struct ring_node *)a)->name;
    const struct text y = ((const struct ring_node *)b)->name;
    const uint32_t len = x.len < y.len ? x.len : y.len;
    const int order = memcmp(x.bytes, y.bytes, len);

    return order != 0 ? order : (int)x.len - (int)y.len;
}

void presence_ring_set(struct presence_ring *ring, const struct ring_node *nodes,
                       uint32_t nodes_len)
{
    const uint32_t len = nodes_len < RING_NODES_MAX ? nodes_len : RING_NODES_MAX;
    struct ring_node *sorted = hb_calloc(nodes_len, sizeof *sorted);
    struct text *names = hb_calloc(len, sizeof *names);
    struct buf all = {0};

    clear(ring);
    memcpy(sorted, nodes, nodes_len * sizeof *sorted);
    hb_sort(sorted, nodes_len, sizeof *sorted, compare);
    ring->urls = hb_calloc(len, sizeof *ring->urls);
    ring->urls_len = len;
    for (uint32_t i = 0; i < len; i++) {
        names[i] = sorted[i].name;
        ring->urls[i] = hb_strndup(sorted[i].url.bytes, sorted[i].url.len);
        buf_add(&all, names[i].bytes, names[i].len);
        buf_add_char(&all, ' ');
    }
    ring_init(&ring->ring, names, len);
    ring->key = hash64_bytes(all.len > 0 ? all.bytes : "", all.len);
    buf_deinit(&all);
    free(names);
    free(sorted);
}

struct text presence_ring_url(const struct presence_ring *ring, uint64_t user_key)
{
    struct ring_walk walk = ring_walk(&ring->ring, user_key);
    uint16_t node;

    if (!ring_next(&ring->ring, &walk, &node)) {
        return (struct text){NULL, 0};
    }
    return text_of(ring->urls[node]);
}

uint64_t presence_ring_key(const struct presence_ring *ring)
{
    return ring->key;
}
