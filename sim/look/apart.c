/* See apart.h. */
#include "sim/look/apart.h"

#include "sim/look/trace.h"
#include "sim/world/world.h"

static bool same_hash(const struct world *one, const struct world *other)
{
    const struct hash128 a = world_hash(one);
    const struct hash128 b = world_hash(other);

    return a.lo == b.lo && a.hi == b.hi;
}

static void find(const struct plan *one, const struct plan *other, struct apart *ret)
{
    const struct obs_sink none = {.observe = NULL};
    struct world *a = world_new(one, none, false);
    struct world *b = world_new(other, none, false);
    bool more = true;

    ret->parted = !same_hash(a, b);
    while (more && !ret->parted) {
        more = world_step(a);
        ret->parted = world_step(b) != more || !same_hash(a, b);
        ret->event++;
        ret->at_us = world_now_us(a) < world_now_us(b) ? world_now_us(a) : world_now_us(b);
    }
    world_free(&a);
    world_free(&b);
}

/* The events around it in one of the two, with what each brings about. */
static void tell(const struct plan *plan, uint64_t event, struct buf *before, struct buf *after)
{
    const struct lens all = {.all = true};
    struct world *world = world_new(plan, (struct obs_sink){.observe = NULL}, false);
    struct trace trace;
    uint64_t events = 0;
    bool more = true;

    trace_init(&trace, &all);
    trace.effects = true;
    world_watch(world, &trace.watch);
    while (more && events < event + APART_AFTER) {
        events++;
        if (events == event && before != NULL) {
            buf_add(before, trace.lines.len > 0 ? trace.lines.bytes : "", trace.lines.len);
        }
        if (events == event) {
            buf_clear(&trace.lines);
        }
        trace.on = events + APART_BEFORE >= event;
        more = world_step(world);
    }
    buf_add(after, trace.lines.len > 0 ? trace.lines.bytes : "", trace.lines.len);
    trace_deinit(&trace);
    world_free(&world);
}

void apart_find(const struct plan *one, const struct plan *other, struct apart *ret)
{
    *ret = (struct apart){.parted = false};
    find(one, other, ret);
    if (ret->parted) {
        tell(one, ret->event, &ret->before, &ret->after[0]);
        tell(other, ret->event, NULL, &ret->after[1]);
    }
}

void apart_deinit(struct apart *apart)
{
    buf_deinit(&apart->before);
    buf_deinit(&apart->after[0]);
    buf_deinit(&apart->after[1]);
}
