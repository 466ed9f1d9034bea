/* See reseed.h. */
#include "sim/world/reseed.h"

#include "sim/plan/facts.h"
#include "sim/world/keys.h"
#include "sim/world/posters.h"

#include <stdlib.h>

static bool is_action(void *user, const struct sched_event *event)
{
    (void)user;
    return event->kind == EV_ACTION;
}

/* When each does what next: gaps are without memory, so a new one from now on is one. */
static void actions_again(struct world *world, uint32_t index)
{
    const struct plan *plan = world->plan;
    struct world_client *client = &world->clients[index];
    const bool poster = world_is_poster(world, index);

    for (uint32_t g = 0; g < plan->generators_len; g++) {
        const struct plan_generator *generator = &plan->generators[g];
        const int64_t from_us =
            world_now(world) > generator->from_us ? world_now(world) : generator->from_us;
        if (poster && !fault_row(generator->kind)->posters) {
            continue;
        }
        const int64_t at_us =
            from_us +
            plan_action_gap(plan, generator, index, client->actions_n[g], &client->actions_rng[g]);
        if (at_us < generator->to_us) {
            sched_push(&world->sched, at_us,
                       (struct sched_event){.kind = EV_ACTION, .client = index, .generator = g});
        }
    }
}

static void clients_again(struct world *world, uint64_t seed)
{
    for (uint32_t i = 0; i < world->plan->clients; i++) {
        world->clients[i].rng_token = rng_stream(seed, "token", i, 1);
        client_reseed(world->clients[i].client, rng_stream(seed, "client", i, 1));
        actions_again(world, i);
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
    struct plan *plan = hb_calloc(1, sizeof *plan);

    *plan = *world->plan;
    plan->seed = seed;
    free(world->reseeded);
    world->reseeded = plan;
    world->plan = plan;
    pipes_reseed(&world->pipes, seed);
    sched_drop(&world->sched, is_action, NULL);
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
