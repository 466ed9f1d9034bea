/* Links to a Redis within the process (server/engine), for one node alone.
 *
 * What is written is executed at once; answers and publications wait in `out` until the next turn of
 * the loop. A link is lost when the engine ends it, or when nobody takes what waits for it. */
#include "server/base/map.h"
#include "server/engine/engine.h"
#include "server/runtime/link_internal.h"

#include <stdlib.h>

#define WAITING_BYTES_MAX 67108864 /* for one link, within one turn of the loop; more is its end */

struct links_local {
    struct links common;
    uv_idle_t idle; /* active while something waits */
    struct engine *engine;
    struct engine_out out;
    struct u64map by_id;
    struct link_local **all; /* in the order of opening; owned */
    size_t all_len, all_cap;
    bool closing;
};

struct link_local {
    struct links_local *links;
    uint64_t id;
    struct buf out;
    bool opened; /* its holder was told */
    bool broken; /* behind what waits it is lost */
    bool shut;   /* freed as soon as nobody is looking at it */
};

/* --- The loop ------------------------------------------------------------------------------- */

static void link_free(struct link_local *link)
{
    buf_deinit(&link->out);
    free(link);
}

static void links_free(uv_handle_t *handle)
{
    struct links_local *links = handle->data;

    for (size_t i = 0; i < links->all_len; i++) {
        link_free(links->all[i]);
    }
    free(links->all);
    engine_free(&links->engine);
    engine_out_deinit(&links->out);
    u64map_deinit(&links->by_id);
    free(links);
}

static void forget(struct link_local *link)
{
    link->shut = true;
    (void)u64map_remove(&link->links->by_id, link->id, NULL);
    engine_disconnect(link->links->engine, link->id);
}

/* What waits for one link. What its holder writes meanwhile is answered at the next turn. */
static void deliver(struct link_local *link)
{
    struct links_local *links = link->links;
    const struct link_events *events = &links->common.events;
    struct buf out = link->out;
    const bool broken = link->broken;

    link->out = (struct buf){0};
    if (!link->opened) {
        link->opened = true;
        events->opened(events->context, link->id);
    }
    if (out.len > 0 && !link->shut) {
        events->bytes(events->context, link->id, out.bytes, out.len);
    }
    buf_deinit(&out);
    if (broken && !link->shut) {
        forget(link);
        events->lost(events->context, link->id);
    }
}

static bool waits(const struct link_local *link)
{
    return !link->shut && (!link->opened || link->out.len > 0 || link->broken);
}

static void on_idle(uv_idle_t *handle)
{
    struct links_local *links = handle->data;
    const size_t count = links->all_len; /* those opened meanwhile wait for the next turn */
    size_t kept = 0;
    bool more = false;

    for (size_t i = 0; i < count && !links->closing; i++) {
        if (waits(links->all[i])) {
            deliver(links->all[i]);
        }
    }
    if (links->closing) {
        return;
    }
    for (size_t i = 0; i < links->all_len; i++) {
        struct link_local *link = links->all[i];
        if (link->shut) {
            link_free(link);
        } else {
            links->all[kept++] = link;
            more = more || waits(link);
        }
    }
    links->all_len = kept;
    if (!more) {
        (void)uv_idle_stop(&links->idle);
    }
}

static void wake(struct links_local *links)
{
    (void)uv_idle_start(&links->idle, on_idle); /* nothing, if it is active */
}

/* --- As links ------------------------------------------------------------------------------- */

static struct link_local *find(const struct links_local *links, uint64_t id)
{
    uint64_t value;

    return u64map_get(&links->by_id, id, &value) ? (struct link_local *)(uintptr_t)value : NULL;
}

static void local_open(struct links *common, uint64_t id)
{
    struct links_local *links = (struct links_local *)common;
    struct link_local *link = hb_calloc(1, sizeof *link);

    HB_ASSERT(find(links, id) == NULL);
    link->links = links;
    link->id = id;
    HB_GROW(links->all, links->all_len, links->all_cap);
    links->all[links->all_len++] = link;
    u64map_put(&links->by_id, id, (uint64_t)(uintptr_t)link);
    engine_connect(links->engine, id);
    wake(links);
}

/* What the engine writes to a link. */
static void take(struct link_local *link, const char *bytes, size_t bytes_len, bool close)
{
    if (link == NULL || link->broken) {
        return;
    }
    const bool fits = bytes_len <= WAITING_BYTES_MAX - link->out.len;
    link->broken = close || !fits;
    if (fits && bytes_len > 0) {
        buf_add(&link->out, bytes, bytes_len);
    }
}

static void local_write(struct links *common, uint64_t id, const char *bytes, size_t bytes_len)
{
    struct links_local *links = (struct links_local *)common;
    struct link_local *link = find(links, id);

    if (link == NULL || link->broken) {
        return;
    }
    engine_feed(links->engine, id, bytes, bytes_len, (int64_t)uv_now(common->loop), &links->out);
    for (size_t i = 0; i < links->out.items_len; i++) {
        const struct engine_write *item = &links->out.items[i];
        take(find(links, item->client), links->out.bytes.bytes + item->offset, item->len,
             item->close);
    }
    engine_out_clear(&links->out);
    wake(links); /* also others have something now */
}

static void local_shut(struct links *common, uint64_t id)
{
    struct links_local *links = (struct links_local *)common;
    struct link_local *link = find(links, id);

    if (link != NULL) {
        forget(link);
        wake(links); /* which frees it */
    }
}

static void local_close(struct links *common)
{
    struct links_local *links = (struct links_local *)common;

    links->closing = true;
    for (size_t i = 0; i < links->all_len; i++) {
        if (!links->all[i]->shut) {
            forget(links->all[i]);
        }
    }
    uv_close((uv_handle_t *)&links->idle, links_free);
}

struct links *links_local(uv_loop_t *loop, const struct link_events *events)
{
    static const struct links_ops ops = {local_open, local_write, local_shut, local_close};
    struct links_local *links = hb_calloc(1, sizeof *links);

    links->common = (struct links){.ops = &ops, .loop = loop, .events = *events};
    links->engine = engine_new();
    (void)uv_idle_init(loop, &links->idle);
    links->idle.data = links;
    return &links->common;
}
