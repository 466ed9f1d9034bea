/* See why.h. */
#include "sim/explore/why.h"

#include "sim/check/check.h"
#include "sim/explore/run.h"
#include "sim/plan/facts.h"
#include "sim/world/reseed.h"
#include "sim/world/world.h"

#include <stdio.h>

/* --- Runs ----------------------------------------------------------------------------------- */

/* Looks at what was found since. True: the run has said what there is to say. */
static bool look(const struct judge *judge, enum invariant invariant, struct why_end *end,
                 size_t *seen)
{
    const struct violation *violations;
    const size_t len = judge_violations(judge, &violations);

    for (; *seen < len && !end->fails; ++*seen) {
        const struct violation *of = &violations[*seen];
        end->fails = of->invariant == invariant;
        if (end->fails || !end->violated) {
            end->first = of->invariant;
            end->at_us = of->at_us;
        }
        end->violated = true;
    }
    return end->fails;
}

/* `from_us` INT64_MAX: never anew. */
static void run(const struct plan *plan, enum invariant invariant, int64_t from_us, uint64_t seed,
                struct why_end *ret)
{
    const struct bounds bounds = plan_bounds(plan);
    struct judge *judge = judge_new(&bounds);
    const struct obs_sink sink = {.observe = judge_sink, .user = judge, .ahead = judge_ahead};
    struct world *world = world_new(plan, sink, false);
    bool anew = from_us == INT64_MAX;
    const struct violation *violations;
    uint64_t events = 0;
    size_t seen = 0;
    int64_t next_us;
    bool more = true;

    *ret = (struct why_end){.fails = false};
    while (more && !ret->fails && world_next_us(world, &next_us)) {
        if (!anew && next_us >= from_us) {
            world_reseed(world, seed);
            anew = true;
        }
        more = world_step(world);
        if (++events % RUN_LOOK_EVENTS == 0 && judge_violations(judge, &violations) > 0) {
            (void)look(judge, invariant, ret, &seen);
            more = more && run_goes_on(plan, &violations[0], world_now_us(world));
        }
    }
    (void)look(judge, invariant, ret, &seen);
    world_free(&world);
    judge_free(&judge);
}

bool why_fails(const struct plan *plan, enum invariant *ret, int64_t *ret_at_us)
{
    struct why_end end;

    run(plan, INVARIANT_COUNT, INT64_MAX, 0, &end);
    *ret = end.first;
    *ret_at_us = end.at_us;
    return end.violated;
}

void why_run(const struct plan *plan, enum invariant invariant, struct why_end *ret)
{
    run(plan, invariant, INT64_MAX, 0, ret);
}

void why_sample(const struct plan *plan, enum invariant invariant, int64_t from_us, uint32_t sample,
                struct why_end *ret)
{
    struct rng seeds = rng_stream(plan->seed, "why", (uint64_t)from_us, sample);

    run(plan, invariant, from_us, rng_u64(&seeds), ret);
}

/* --- What can be left out ------------------------------------------------------------------- */

static bool dropped_action(const struct plan *plan, const struct plan_action_name *name)
{
    for (uint32_t i = 0; i < plan->drop_actions_len; i++) {
        const struct plan_action_name *of = &plan->drop_actions[i];
        if (of->client == name->client && of->kind == name->kind &&
            (of->n == name->n || of->n == PLAN_EACH)) {
            return true;
        }
    }
    return plan->drop_kinds[name->kind] || plan_drops_client(plan, name->client);
}

struct parts {
    struct why_part *items;
    uint32_t len, all;
};

static void add(struct parts *parts, struct why_part part)
{
    parts->all++;
    if (parts->len < WHY_PARTS_MAX) {
        parts->items[parts->len++] = part;
    }
}

static void add_action(const struct plan *plan, const struct plan_action_name *name,
                       struct parts *parts)
{
    if (!fault_row(name->kind)->workload && !dropped_action(plan, name)) {
        add(parts, (struct why_part){.action = true, .name = *name});
    }
}

static void add_drawn(const struct plan *plan, enum fault_kind kind, int64_t until_us,
                      struct parts *parts)
{
    for (uint32_t client = 0; client < plan->clients; client++) {
        struct plan_action_place place = {.count = 0};
        struct plan_action_name name = {.client = client, .kind = kind};
        for (; plan_has_action(plan, &name, &place) && place.at_us <= until_us; name.n++) {
            add_action(plan, &name, parts);
        }
    }
}

static void add_actions(const struct plan *plan, int64_t until_us, struct parts *parts)
{
    for (uint32_t i = 0; i < plan->actions_len && plan->actions[i].at_us <= until_us; i++) {
        add_action(plan, &plan->actions[i].name, parts);
    }
    for (uint32_t g = 0; g < plan->generators_len && !plan->written_out; g++) {
        if (!fault_row(plan->generators[g].kind)->workload) {
            add_drawn(plan, plan->generators[g].kind, until_us, parts);
        }
    }
}

uint32_t why_parts(const struct plan *plan, int64_t until_us, struct why_part **ret,
                   uint32_t *ret_all)
{
    struct parts parts = {.items = hb_calloc(WHY_PARTS_MAX, sizeof *parts.items)};

    for (uint32_t i = 0; i < plan->faults_len; i++) {
        if (!plan_drops_fault(plan, &plan->faults[i]) && plan->faults[i].at_us <= until_us) {
            add(&parts, (struct why_part){.fault = i});
        }
    }
    add_actions(plan, until_us, &parts);
    *ret = parts.items;
    *ret_all = parts.all;
    return parts.len;
}

void why_without(const struct plan *plan, const struct why_part *part, enum invariant invariant,
                 struct why_end *ret)
{
    struct plan without;

    plan_copy(plan, &without);
    if (part->action) {
        plan_drop_action(&without, &part->name);
    } else {
        plan_drop_fault(&without, plan->faults[part->fault].id);
    }
    run(&without, invariant, INT64_MAX, 0, ret);
    plan_deinit(&without);
}

void why_part_name(const struct plan *plan, const struct why_part *part,
                   char ret[ACTION_NAME_BYTES])
{
    if (part->action) {
        action_name_text(&part->name, ret);
    } else {
        (void)snprintf(ret, ACTION_NAME_BYTES, "fault%u", (unsigned)plan->faults[part->fault].id);
    }
}

/* --- When ----------------------------------------------------------------------------------- */

#define FIRST_POINTS 4  /* evenly over the run */
#define ROUND_POINTS 2  /* between two that differ */
#define POINTS       12 /* in all */
#define NEAR_US      MS /* nearer is nothing that a person looks for */

_Static_assert(FIRST_POINTS <= WHY_ROUND_MAX && POINTS <= WHY_POINTS_MAX, "they fit");

void why_when_init(struct why_when *when, int64_t violated_us)
{
    *when = (struct why_when){.until_us = violated_us};
}

static bool whole(const struct why_point *point)
{
    return point->samples > 0 && point->failed == point->samples;
}

bool why_bound(const struct why_when *when, int64_t *ret)
{
    bool found = false;

    for (uint32_t i = when->points_len; i-- > 0 && whole(&when->points[i]);) {
        *ret = when->points[i].at_us;
        found = true;
    }
    return found;
}

uint32_t why_next(const struct why_when *when, int64_t ret[WHY_ROUND_MAX])
{
    int64_t high = when->until_us;
    int64_t low = 0;

    if (when->points_len == 0) {
        for (uint32_t i = 0; i < FIRST_POINTS; i++) {
            ret[i] = when->until_us * i / FIRST_POINTS;
        }
        return FIRST_POINTS;
    }
    (void)why_bound(when, &high);
    for (uint32_t i = 0; i < when->points_len && when->points[i].at_us < high; i++) {
        low = when->points[i].at_us;
    }
    if (when->points_len + ROUND_POINTS > POINTS || high - low < (ROUND_POINTS + 1) * NEAR_US) {
        return 0;
    }
    for (uint32_t i = 0; i < ROUND_POINTS; i++) {
        ret[i] = low + (high - low) * (i + 1) / (ROUND_POINTS + 1);
    }
    return ROUND_POINTS;
}

void why_tell(struct why_when *when, struct why_point point)
{
    uint32_t at = when->points_len;

    HB_ASSERT(when->points_len < WHY_POINTS_MAX);
    for (; at > 0 && when->points[at - 1].at_us > point.at_us; at--) {
        when->points[at] = when->points[at - 1];
    }
    when->points[at] = point;
    when->points_len++;
}
