/* See presence_route.h. */
#include "server/node/presence_route.h"

#include "server/base/mem.h"
#include "server/node/presence_ring.h"
#include "server/protocol/ring.h"

#include <inttypes.h>
#include <stdlib.h>

static bool serves(const struct node *node)
{
    return node->config.public_url[0] != '\0' && node->key != 0 && !node->draining && !node->fenced;
}

/* Whether each lease was looked at. */
static bool looked(struct people *people)
{
    for (uint32_t i = 0; !people->routes && i < people->lives_len; i++) {
        if (!people->lives[i].looked) {
            return false;
        }
    }
    people->routes = people->lives_read;
    return people->routes;
}

static void renew(struct node *node)
{
    struct people *people = node->people;
    struct ring_node *nodes = hb_calloc(people->lives_len + 1, sizeof *nodes);
    uint32_t len = 0;

    if (serves(node)) {
        nodes[len++] = (struct ring_node){node->name, text_of(node->config.public_url)};
    }
    for (uint32_t i = 0; i < people->lives_len; i++) {
        const struct presence_life *life = &people->lives[i];
        const struct text name = {life->life, life->node_len};
        if (life->url != NULL && !text_equal(name, node->name)) {
            nodes[len++] = (struct ring_node){name, text_of(life->url)};
        }
    }
    presence_ring_set(people->ring, nodes, len);
    free(nodes);
    people->ring_old = false;
}

struct text presence_route(struct node *node, struct text user)
{
    if (!looked(node->people)) {
        return (struct text){NULL, 0};
    }
    if (node->people->ring_old) {
        renew(node);
    }
    return presence_ring_url(node->people->ring, ring_key(user));
}

bool presence_route_write(struct node *node, struct text user)
{
    const struct text url = presence_route(node, user);
    struct buf *out = &node->scratch;

    if (url.bytes == NULL) {
        return false;
    }
    buf_clear(out);
    buf_add_text(out, "{\"userId\":");
    buf_add_json(out, user.bytes, user.len);
    buf_add_text(out, ",\"url\":");
    buf_add_json(out, url.bytes, url.len);
    buf_printf(out, ",\"ring\":\"%016" PRIx64 "\"}", presence_ring_key(node->people->ring));
    return true;
}
