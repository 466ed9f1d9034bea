/* Byte streams between nodes and the virtual Redis: ordered, with latency, reset and refused. */
#include "sim/world/world_internal.h"

#include <stdlib.h>
#include <string.h>

#define REDIS_PROBE_US 10000000 /* after this a Redis knows that a peer behind a cut is gone */

struct chunk {      /* bytes on their way */
    uint64_t redis; /* the stream */
    uint32_t len;
    char bytes[];
};

static struct chunk *chunk_new(uint64_t redis, const char *bytes, size_t bytes_len)
{
    struct chunk *chunk = hb_malloc(sizeof *chunk + bytes_len);
    chunk->redis = redis;
    chunk->len = (uint32_t)bytes_len;
    if (bytes_len > 0) {
        memcpy(chunk->bytes, bytes, bytes_len);
    }
    return chunk;
}

/* The place of a stream by Redis' name for it; NULL: gone. */
static struct world_link *link_find(struct world *world, uint64_t redis, uint16_t *ret_node)
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

static void link_done(struct world *world, struct world_link *link)
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
        free(event.p);
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
         (struct sched_event){.kind = (uint16_t)kind, .node = node, .p = chunk});
}

static void push_down(struct world *world, uint16_t node, struct world_link *link,
                      enum ev_kind kind, struct chunk *chunk)
{
    const struct hop hop = {.now_us = world_now(world),
                            .from = place_redis(),
                            .to = place_node(node),
                            .bytes = chunk->len};
    push(world,
         pipe_arrival(&world->pipes, &link->down, &hop, world->plan->redis_latency_us,
                      &world->nodes[node].rng_redis),
         (struct sched_event){.kind = (uint16_t)kind, .node = node, .p = chunk});
}

void world_redis_open(struct world *world, uint16_t node, uint64_t id)
{
    for (uint32_t i = 0; i < WORLD_LINKS_MAX; i++) {
        struct world_link *link = &world->nodes[node].links[i];
        if (link->redis == 0) {
            *link = (struct world_link){.id = id, .redis = ++world->redis_next, .node_open = true};
            u64map_put(&world->redis_links, link->redis, (uint64_t)node * WORLD_LINKS_MAX + i);
            push_up(world, node, link, EV_REDIS_OPEN, chunk_new(link->redis, NULL, 0));
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
        push_up(world, node, link, EV_REDIS_UP, chunk_new(link->redis, bytes, bytes_len));
    }
}

void world_redis_close(struct world *world, uint16_t node, uint64_t id)
{
    struct world_link *link = link_of_node(world, node, id);
    if (link != NULL) {
        push_up(world, node, link, EV_REDIS_CLOSED, chunk_new(link->redis, NULL, 0));
        link->node_open = false;
        link_done(world, link);
    }
}

/* Redis' end of a stream ends now; the node hears of it after a latency. */
static void redis_end(struct world *world, uint16_t node, struct world_link *link)
{
    if (link->redis_open) {
        engine_disconnect(world->engine, link->redis);
        link->redis_open = false;
    }
    if (link->node_open) {
        push_down(world, node, link, EV_REDIS_LOST, chunk_new(link->redis, NULL, 0));
    } else {
        link_done(world, link);
    }
}

bool world_redis_reset(struct world *world, uint16_t node)
{
    bool mattered = false;
    for (uint32_t i = 0; i < WORLD_LINKS_MAX; i++) {
        struct world_link *link = &world->nodes[node].links[i];
        if (link->redis != 0) {
            mattered |= link->redis_open;
            redis_end(world, node, link);
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
                push_up(world, node, link, EV_REDIS_CLOSED, chunk_new(link->redis, NULL, 0));
            } else {
                link_done(world, link);
            }
        }
    }
}

static bool redis_refuses(const struct world *world, uint16_t node)
{
    const int64_t now = world_now(world);
    return now < world->nodes[node].redis_cut_until_us || now < world->redis_down_until_us;
}

static void on_open(struct world *world, uint16_t node, struct world_link *link)
{
    if (!link->node_open) {
        link_done(world, link);
        return;
    }
    if (redis_refuses(world, node)) {
        push_down(world, node, link, EV_REDIS_LOST, chunk_new(link->redis, NULL, 0));
        return;
    }
    link->redis_open = true;
    engine_connect(world->engine, link->redis);
    push_down(world, node, link, EV_REDIS_OPENED, chunk_new(link->redis, NULL, 0));
}

/* Bytes reach Redis: it executes them, and what it writes goes out on its streams. */
static void on_up(struct world *world, const struct world_link *link, const struct chunk *chunk)
{
    if (!link->redis_open) {
        return;
    }
    struct engine_out *out = &world->engine_out;
    hash128_fold(&world->hash, link->redis, hash64_bytes(chunk->bytes, chunk->len));
    engine_feed(world->engine, link->redis, chunk->bytes, chunk->len,
                WORLD_EPOCH_MS + world_now(world) / 1000, out);
    for (size_t i = 0; i < out->items_len; i++) {
        const struct engine_write *write = &out->items[i];
        uint16_t node;
        struct world_link *to = link_find(world, write->client, &node);
        if (to == NULL || !to->redis_open) {
            continue;
        }
        push_down(world, node, to, EV_REDIS_DOWN,
                  chunk_new(to->redis, out->bytes.bytes + write->offset, write->len));
        if (write->close) {
            redis_end(world, node, to);
        }
    }
    engine_out_clear(out);
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
        link_done(world, link);
    }
    if (world->nodes[node].node != NULL) {
        world_node_event(world, node, &event);
    }
}

void world_redis_event(struct world *world, const struct sched_event *event)
{
    const enum ev_kind kind = event->kind;
    struct chunk *chunk = event->p;
    uint16_t node = event->node;
    struct world_link *link = link_find(world, chunk->redis, &node);

    if (link == NULL) {
        free(chunk);
        return;
    }
    if (kind == EV_REDIS_OPEN) {
        on_open(world, node, link);
    } else if (kind == EV_REDIS_UP) {
        on_up(world, link, chunk);
    } else if (kind == EV_REDIS_CLOSED) {
        if (link->redis_open) {
            engine_disconnect(world->engine, link->redis);
            link->redis_open = false;
        }
        link_done(world, link);
    } else if (!link->node_open) {
        link_done(world, link);
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
