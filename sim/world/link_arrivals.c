/* See link_arrivals.h. */
#include "sim/world/link_arrivals.h"

#include "sim/world/aside.h"
#include "sim/world/links.h"
#include "sim/world/nodes.h"
#include "sim/world/overheard.h"

#include <stdlib.h>

static bool redis_refuses(const struct world *world, uint16_t node)
{
    const int64_t now = world_now(world);
    return now < world->nodes[node].redis_cut_until_us || now < world->redis_down_until_us;
}

static void on_open(struct world *world, uint16_t node, struct world_link *link)
{
    if (!link->node_open) {
        world_link_done(world, link);
        return;
    }
    if (redis_refuses(world, node)) {
        world_link_push_down(world, node, link, EV_REDIS_LOST,
                             world_chunk_new(link->redis, NULL, 0));
        return;
    }
    link->redis_open = true;
    engine_connect(world->engine, link->redis);
    world_link_push_down(world, node, link, EV_REDIS_OPENED, world_chunk_new(link->redis, NULL, 0));
}

void world_redis_feed(struct world *world, uint64_t client, const char *bytes, size_t bytes_len)
{
    struct engine_out *out = &world->engine_out;

    hash128_fold(&world->hash, client, hash64_bytes(bytes, bytes_len));
    engine_feed(world->engine, client, bytes, bytes_len, WORLD_EPOCH_MS + world_now(world) / 1000,
                out);
    for (size_t i = 0; i < out->items_len; i++) {
        const struct engine_write *write = &out->items[i];
        uint16_t node;
        struct world_link *to = world_link_find(world, write->client, &node);
        if (to == NULL || !to->redis_open) {
            continue;
        }
        world_link_push_down(
            world, node, to, EV_REDIS_DOWN,
            world_chunk_new(to->redis, out->bytes.bytes + write->offset, write->len));
        if (write->close) {
            world_link_redis_end(world, node, to);
        }
    }
    engine_out_clear(out);
}

/* Bytes reach Redis: it executes them, and what it writes goes out on its streams. */
static void on_up(struct world *world, uint16_t node, const struct world_link *link,
                  const struct chunk *chunk)
{
    world_aside_bus(world, link->redis_open ? ASIDE_REDIS_HAS : ASIDE_LOST, node, true,
                    chunk->bytes, chunk->len);
    if (link->redis_open) {
        world_redis_feed(world, link->redis, chunk->bytes, chunk->len);
        world_overheard_add(world, chunk->bytes, chunk->len);
    }
}

static void tell_node(struct world *world, uint16_t node, struct world_link *link,
                      enum node_event_kind kind, const struct chunk *chunk)
{
    struct node_event event = {.kind = kind};
    event.redis.link = link->id;
    event.redis.bytes = chunk->bytes;
    event.redis.bytes_len = chunk->len;
    if (kind == NODE_REDIS_LOST) {
        link->node_open = false;
        world_link_done(world, link);
    }
    if (world->nodes[node].node != NULL) {
        world_node_event(world, node, &event);
    }
}

void world_redis_event(struct world *world, const struct sched_event *event)
{
    const enum ev_kind kind = event->kind;
    struct chunk *chunk = event->chunk;
    uint16_t node = event->node;
    struct world_link *link = world_link_find(world, chunk->redis, &node);

    if (kind == EV_REDIS_DOWN) {
        world_aside_bus(world, link != NULL && link->node_open ? ASIDE_HEARD : ASIDE_LOST, node,
                        false, chunk->bytes, chunk->len);
    }
    if (link == NULL) {
        if (kind == EV_REDIS_UP) {
            world_aside_bus(world, ASIDE_LOST, node, true, chunk->bytes, chunk->len);
        }
        free(chunk);
        return;
    }
    if (kind == EV_REDIS_OPEN) {
        on_open(world, node, link);
    } else if (kind == EV_REDIS_UP) {
        on_up(world, node, link, chunk);
    } else if (kind == EV_REDIS_CLOSED) {
        if (link->redis_open) {
            engine_disconnect(world->engine, link->redis);
            link->redis_open = false;
        }
        world_link_done(world, link);
    } else if (!link->node_open) {
        world_link_done(world, link);
    } else if (kind == EV_REDIS_OPENED) {
        tell_node(world, node, link, NODE_REDIS_OPENED, chunk);
    } else if (kind == EV_REDIS_DOWN) {
        tell_node(world, node, link, NODE_REDIS_BYTES, chunk);
    } else {
        HB_ASSERT(kind == EV_REDIS_LOST);
        tell_node(world, node, link, NODE_REDIS_LOST, chunk);
    }
    free(chunk);
}
