/* See links.h. */
#include "sim/world/links.h"

#include "sim/world/aside.h"

#include <stdlib.h>
#include <string.h>

#define REDIS_PROBE_US 10000000 /* after this a Redis knows that a peer behind a cut is gone */

struct chunk *world_chunk_new(uint64_t redis, const char *bytes, size_t bytes_len)
{
    struct chunk *chunk = hb_malloc(sizeof *chunk + bytes_len);
    chunk->redis = redis;
    chunk->len = (uint32_t)bytes_len;
    if (bytes_len > 0) {
        memcpy(chunk->bytes, bytes, bytes_len);
    }
    return chunk;
}

struct world_link *world_link_find(struct world *world, uint64_t redis, uint16_t *ret_node)
{
    uint64_t place;
    if (!u64map_get(&world->redis_links, redis, &place)) {
        return NULL;
    }
    *ret_node = (uint16_t)(place / WORLD_LINKS_MAX);
    struct world_link *link = &world->nodes[*ret_node].links[place % WORLD_LINKS_MAX];
    HB_ASSERT(link->redis == redis);
    return link;
}

static struct world_link *link_of_node(struct world *world, uint16_t node, uint64_t id)
{
    for (uint32_t i = 0; i < WORLD_LINKS_MAX; i++) {
        struct world_link *link = &world->nodes[node].links[i];
        if (link->redis != 0 && link->node_open && link->id == id) {
            return link;
        }
    }
    return NULL;
}

void world_link_done(struct world *world, struct world_link *link)
{
    if (!link->node_open && !link->redis_open) {
        (void)u64map_remove(&world->redis_links, link->redis, NULL);
        *link = (struct world_link){0};
    }
}

/* Schedules what leaves one end of a stream for the other. What a cut takes away is gone, but for
 * the end of the stream: Redis finds by its own probes that nobody is there any more. */
static void push(struct world *world, int64_t at_us, struct sched_event event)
{
    if (at_us == PIPE_NEVER && event.kind == EV_REDIS_CLOSED) {
        at_us = world_now(world) + REDIS_PROBE_US;
    }
    if (at_us == PIPE_NEVER) {
        world_aside_bus(world, ASIDE_LOST, event.node, event.kind == EV_REDIS_UP,
                        event.chunk->bytes, event.chunk->len);
        free(event.chunk);
        return;
    }
    sched_push(&world->sched, at_us, event);
}

static void push_up(struct world *world, uint16_t node, struct world_link *link, enum ev_kind kind,
                    struct chunk *chunk)
{
    const struct hop hop = {.now_us = world_now(world),
                            .from = place_node(node),
                            .to = place_redis(),
                            .bytes = chunk->len};
    push(world,
         pipe_arrival(&world->pipes, &link->up, &hop, world->plan->publish_latency_us,
                      &world->nodes[node].rng_redis),
         (struct sched_event){.kind = (uint16_t)kind, .node = node, .chunk = chunk});
}

void world_link_push_down(struct world *world, uint16_t node, struct world_link *link,
                          enum ev_kind kind, struct chunk *chunk)
{
    const struct hop hop = {.now_us = world_now(world),
                            .from = place_redis(),
                            .to = place_node(node),
                            .bytes = chunk->len};
    push(world,
         pipe_arrival(&world->pipes, &link->down, &hop, world->plan->redis_latency_us,
                      &world->nodes[node].rng_redis),
         (struct sched_event){.kind = (uint16_t)kind, .node = node, .chunk = chunk});
}

void world_redis_open(struct world *world, uint16_t node, uint64_t id)
{
    for (uint32_t i = 0; i < WORLD_LINKS_MAX; i++) {
        struct world_link *link = &world->nodes[node].links[i];
        if (link->redis == 0) {
            *link = (struct world_link){.id = id, .redis = ++world->redis_next, .node_open = true};
            u64map_put(&world->redis_links, link->redis, (uint64_t)node * WORLD_LINKS_MAX + i);
            push_up(world, node, link, EV_REDIS_OPEN, world_chunk_new(link->redis, NULL, 0));
            return;
        }
    }
    HB_UNREACHABLE("a node keeps two streams; dying ones are gone within a latency");
}

void world_redis_write(struct world *world, uint16_t node, uint64_t id, const char *bytes,
                       size_t bytes_len)
{
    struct world_link *link = link_of_node(world, node, id);
    if (link != NULL) {
        push_up(world, node, link, EV_REDIS_UP, world_chunk_new(link->redis, bytes, bytes_len));
    } else {
        world_aside_bus(world, ASIDE_LOST, node, true, bytes, bytes_len);
    }
}

void world_redis_close(struct world *world, uint16_t node, uint64_t id)
{
    struct world_link *link = link_of_node(world, node, id);
    if (link != NULL) {
        push_up(world, node, link, EV_REDIS_CLOSED, world_chunk_new(link->redis, NULL, 0));
        link->node_open = false;
        world_link_done(world, link);
    }
}

void world_link_redis_end(struct world *world, uint16_t node, struct world_link *link)
{
    if (link->redis_open) {
        engine_disconnect(world->engine, link->redis);
        link->redis_open = false;
    }
    if (link->node_open) {
        world_link_push_down(world, node, link, EV_REDIS_LOST,
                             world_chunk_new(link->redis, NULL, 0));
    } else {
        world_link_done(world, link);
    }
}

bool world_redis_reset(struct world *world, uint16_t node)
{
    bool mattered = false;
    for (uint32_t i = 0; i < WORLD_LINKS_MAX; i++) {
        struct world_link *link = &world->nodes[node].links[i];
        if (link->redis != 0) {
            mattered |= link->redis_open;
            world_link_redis_end(world, node, link);
        }
    }
    return mattered;
}

void world_redis_node_down(struct world *world, uint16_t node)
{
    for (uint32_t i = 0; i < WORLD_LINKS_MAX; i++) {
        struct world_link *link = &world->nodes[node].links[i];
        if (link->redis != 0) {
            link->node_open = false;
            if (link->redis_open) {
                push_up(world, node, link, EV_REDIS_CLOSED, world_chunk_new(link->redis, NULL, 0));
            } else {
                world_link_done(world, link);
            }
        }
    }
}
