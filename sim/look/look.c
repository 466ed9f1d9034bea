/* See look.h. */
#include "sim/look/look.h"

#include "sim/check/check.h"
#include "sim/explore/run.h"
#include "sim/look/trace.h"
#include "sim/look/words.h"
#include "sim/plan/facts.h"
#include "sim/world/world.h"

#include <inttypes.h>

#define TELL_BYTES 65536 /* lines that wait until they are told */

struct looking {
    const struct plan *plan;
    const struct look_wish *wish;
    struct world *world;
    struct judge *judge;
    size_t violations; /* that were told */
    uint64_t events;
    bool over;
    struct trace trace;
    struct lens all;
};

static void flush(struct looking *looking, size_t at_least)
{
    struct buf *lines = &looking->trace.lines;

    if (lines->len >= at_least && lines->len > 0) {
        looking->wish->tell(looking->wish->user, lines);
        buf_clear(lines);
    }
}

static void tell_violations(struct looking *looking)
{
    const struct violation *violations;
    const size_t len = judge_violations(looking->judge, &violations);

    for (; looking->violations < len; looking->violations++) {
        const struct violation *of = &violations[looking->violations];
        buf_printf(&looking->trace.lines, "** %s violated, at ", invariant_info(of->invariant)->id);
        words_instant(&looking->trace.lines, of->at_us);
        buf_printf(&looking->trace.lines, ": %s\n", of->summary);
    }
}

/* One event. False: the run is over. */
static bool step(struct looking *looking)
{
    const struct violation *violations;

    looking->over = looking->over || !world_step(looking->world);
    looking->events += !looking->over;
    if (looking->trace.on || looking->wish->lens != NULL) {
        tell_violations(looking);
    }
    if (looking->events % RUN_LOOK_EVENTS == 0 && !looking->over &&
        judge_violations(looking->judge, &violations) > 0) {
        looking->over = !run_goes_on(looking->plan, &violations[0], world_now_us(looking->world));
    }
    flush(looking, TELL_BYTES);
    return !looking->over;
}

static bool before_end(struct looking *looking)
{
    const struct look_wish *wish = looking->wish;
    int64_t next_us;

    if (looking->over || (wish->until_event != 0 && looking->events >= wish->until_event) ||
        !world_next_us(looking->world, &next_us)) {
        return false;
    }
    looking->trace.on = wish->lens != NULL && next_us >= wish->from_us;
    return next_us <= wish->until_us;
}

static void tell_end(struct looking *looking)
{
    struct buf *out = &looking->trace.lines;

    buf_printf(out, "-- after event %" PRIu64 ", at ", looking->events);
    words_instant(out, world_now_us(looking->world));
    buf_add_text(out, looking->over ? ": the run is over\n" : "\n");
}

static void tell_steps(struct looking *looking)
{
    looking->trace.lens = looking->wish->lens != NULL ? looking->wish->lens : &looking->all;
    looking->trace.effects = looking->wish->lens != NULL;
    looking->trace.on = true;
    for (uint32_t i = 0; i < looking->wish->steps && step(looking); i++) {
    }
}

void look(const struct plan *plan, const struct look_wish *wish)
{
    const struct bounds bounds = plan_bounds(plan);
    struct looking looking = {
        .plan = plan, .wish = wish, .judge = judge_new(&bounds), .all = {.all = true}};
    const struct obs_sink sink = {
        .observe = judge_sink, .user = looking.judge, .ahead = judge_ahead};

    looking.world = world_new(plan, sink, false);
    trace_init(&looking.trace, wish->lens != NULL ? wish->lens : &looking.all);
    looking.trace.effects = true;
    looking.trace.numbered = wish->steps > 0;
    world_watch(looking.world, &looking.trace.watch);
    while (before_end(&looking) && step(&looking)) {
    }
    tell_end(&looking);
    for (uint32_t i = 0; i < wish->shows_len; i++) {
        show(looking.world, &wish->shows[i], &looking.trace.lines);
    }
    tell_steps(&looking);
    flush(&looking, 0);
    trace_deinit(&looking.trace);
    world_free(&looking.world);
    judge_free(&looking.judge);
}
