/* See reseed.h. */
#include "sim/world/reseed.h"

#include "sim/plan/facts.h"
#include "sim/world/keys.h"
#include "sim/world/posters.h"

#include <stdlib.h>

struct waiting { /* an action that is due */
    uint32_t client, generator;
    int64_t at_us;
};

struct gathered {
    struct world *world;
    struct waiting *items;
    size_t len, cap;
};

static bool gather(void *user, const struct sched_event *event)
{
    struct gathered *gathered = user;

    if (event->kind != EV_ACTION) {
        return false;
    }
    HB_GROW(gathered->items, gathered->len, gathered->cap);
    gathered->items[gathered->len++] =
        (struct waiting){event->client, event->generator, world_now(gathered->world)};
    return true;
}

/* Whether it is where its stream puts it. One that is not stands at an instant of the plan's own. */
static bool is_drawn(const struct world *world, const struct plan *plan, const struct waiting *of)
{
    const struct plan_action_name name = {.client = of->client,
                                          .kind = plan->generators[of->generator].kind,
                                          .n = world->clients[of->client].actions_n[of->generator]};
    struct plan_action_place place = {.count = 0};

    return plan_has_action(plan, &name, &place) && place.at_us == of->at_us;
}

/* When each does what next: gaps are without memory, so a new one from now on is one. */
static void actions_again(struct world *world, const struct plan *before)
{
    struct gathered gathered = {.world = world};

    sched_drop(&world->sched, gather, &gathered);
    for (size_t i = 0; i < gathered.len; i++) {
        const struct waiting *of = &gathered.items[i];
        const struct plan_generator *generator = &world->plan->generators[of->generator];
        struct world_client *client = &world->clients[of->client];
        const int64_t from_us =
            world_now(world) > generator->from_us ? world_now(world) : generator->from_us;
        int64_t at_us = of->at_us;
        if (is_drawn(world, before, of)) {
            at_us = from_us + plan_action_gap(world->plan, generator, of->client,
                                              client->actions_n[of->generator],
                                              &client->actions_rng[of->generator]);
        }
        if (at_us < generator->to_us) {
            sched_push(&world->sched, at_us,
                       (struct sched_event){
                           .kind = EV_ACTION, .client = of->client, .generator = of->generator});
        }
    }
    free(gathered.items);
}

static void clients_again(struct world *world, uint64_t seed)
{
    for (uint32_t i = 0; i < world->plan->clients; i++) {
        world->clients[i].rng_token = rng_stream(seed, "token", i, 1);
        client_reseed(world->clients[i].client, rng_stream(seed, "client", i, 1));
    }
    for (uint32_t slot = 0; slot < world->conns_len; slot++) {
        struct world_conn *conn = &world->conns[slot];
        if (conn->used) {
            conn->rng_up = rng_stream(seed, "net.up", conn->client, UINT64_MAX - conn->client_conn);
            conn->rng_down =
                rng_stream(seed, "net.down", conn->client, UINT64_MAX - conn->client_conn);
        }
    }
}

void world_reseed(struct world *world, uint64_t seed)
{
    const struct plan *before = world->plan;
    struct plan *plan = hb_calloc(1, sizeof *plan);

    HB_ASSERT(world->reseeded == NULL); /* once */
    *plan = *before;
    plan->seed = seed;
    world->reseeded = plan;
    world->plan = plan;
    pipes_reseed(&world->pipes, seed);
    actions_again(world, before);
    for (uint32_t i = 0; i < plan->nodes; i++) {
        struct world_node *node = &world->nodes[i];
        node->rng_db = rng_stream(seed, "db", i, 1);
        node->rng_beat = rng_stream(seed, "db.beat", i, 1);
        node->rng_redis = rng_stream(seed, "redis", i, 1);
        node->rng_entropy = rng_stream(seed, "node.entropy", i, UINT64_MAX - node->life);
    }
    clients_again(world, seed);
    world_posters_reseed(world, seed);
    world_keys_reseed(world, seed);
}
