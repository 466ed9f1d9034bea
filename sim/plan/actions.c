/* See actions.h. */
#include "sim/plan/actions.h"

#include "server/base/map.h"
#include "server/base/mem.h"
#include "server/base/sort.h"
#include "sim/plan/facts.h"

#include <stdlib.h>

static int by_number(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_time(const void *a, const void *b)
{
    const struct plan_action *one = a;
    const struct plan_action *two = b;
    const int at = by_number(one->at_us, two->at_us);
    const int client = by_number(one->name.client, two->name.client);
    const int kind = by_number(one->name.kind, two->name.kind);

    return at != 0       ? at
           : client != 0 ? client
           : kind != 0   ? kind
                         : by_number(one->name.n, two->name.n);
}

void plan_sort_actions(struct plan *plan)
{
    hb_sort(plan->actions, plan->actions_len, sizeof *plan->actions, by_time);
}

static uint64_t name_key(uint32_t client, uint32_t n)
{
    return (uint64_t)client << 32 | n;
}

struct listing {
    struct plan_action *items;
    uint32_t len, cap;
};

/* False: there are too many. */
static bool list(const struct plan *plan, const struct plan_generator *generator, uint32_t client,
                 const struct u64map *dropped, struct listing *out)
{
    int64_t at = generator->from_us;

    for (uint32_t n = 0;; n++) {
        struct rng rng;
        at += plan_action_gap(plan, generator, client, n, &rng);
        if (at >= generator->to_us) {
            return true;
        }
        if (u64map_get(dropped, name_key(client, n), NULL)) {
            continue;
        }
        if (out->len == PLAN_ACTIONS_MAX) {
            return false;
        }
        HB_GROW(out->items, out->len, out->cap);
        const int64_t for_us =
            generator->away_us.high > 0
                ? rng_between(&rng, generator->away_us.low, generator->away_us.high)
                : 0;
        out->items[out->len++] = (struct plan_action){{client, generator->kind, n}, at, for_us};
    }
}

static bool list_kind(const struct plan *plan, const struct plan_generator *generator,
                      struct listing *out)
{
    struct u64map dropped = {0};
    bool fits = true;

    for (uint32_t i = 0; i < plan->drop_actions_len; i++) {
        const struct plan_action_name *name = &plan->drop_actions[i];
        if (name->kind == generator->kind) {
            u64map_put(&dropped, name_key(name->client, name->n), 1);
        }
    }
    for (uint32_t client = 0; client < plan->clients && fits; client++) {
        const bool poster = client >= plan->clients - plan->posters;
        if (!plan_drops_client(plan, client) && (!poster || fault_row(generator->kind)->posters) &&
            !u64map_get(&dropped, name_key(client, PLAN_EACH), NULL)) {
            fits = list(plan, generator, client, &dropped, out);
        }
    }
    u64map_deinit(&dropped);
    return fits;
}

bool plan_write_actions(struct plan *plan)
{
    struct listing out = {.len = 0};

    if (plan->written_out) {
        return true;
    }
    for (uint32_t g = 0; g < plan->generators_len; g++) {
        if (!plan->drop_kinds[plan->generators[g].kind] &&
            !list_kind(plan, &plan->generators[g], &out)) {
            free(out.items);
            return false;
        }
    }
    plan->actions = out.items;
    plan->actions_len = out.len;
    plan->written_out = true;
    plan->drop_actions_len = 0;
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        plan->drop_kinds[i] = false;
    }
    plan_sort_actions(plan);
    return true;
}
