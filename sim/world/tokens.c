/* See tokens.h. */
#include "sim/world/tokens.h"

#include "server/protocol/id.h"
#include "sim/plan/facts.h"
#include "sim/witness/edge.h"
#include "sim/world/clocks.h"
#include "sim/world/subjects.h"

#include <stdio.h>
#include <stdlib.h>

#define DAY_S   86400
#define AGAIN   125 /* permille of what is issued: what was given last, or before that */
#define ANOTHER 125 /* permille: to another person */

/* --- Issuing -------------------------------------------------------------------------------- */

static uint32_t issue(struct world *world, uint32_t user, int64_t issued_s, int64_t expires_s)
{
    const uint32_t number = world->tokens_len;
    char name[16];
    char store[SUBJECT_BYTES_MAX];
    const int len = snprintf(name, sizeof name, "t%u", (unsigned)number);
    const struct token_draft draft = {.subject = subject_of(world->plan, user, store),
                                      .id = {name, (uint32_t)len},
                                      .issued_s = issued_s,
                                      .expires_s = expires_s};

    buf_clear(&world->scratch);
    token_mint_open(&world->token_key, world->token_signer, &draft, &world->scratch);
    const struct text text = {world->scratch.bytes, (uint32_t)world->scratch.len};
    HB_GROW(world->tokens, world->tokens_len, world->tokens_cap);
    world->tokens[world->tokens_len++] =
        (struct world_token){.text = hb_strndup(text.bytes, text.len),
                             .text_len = text.len,
                             .user = user,
                             .id = id_key(draft.id),
                             .issued_s = issued_s,
                             .expires_s = expires_s};
    u64map_put(&world->token_of_text, id_key(text), number);
    struct obs obs = OBS(OBS_ISSUED, world_now(world));
    obs.user = user;
    obs.id = id_key(draft.id);
    obs.seq = (uint64_t)issued_s;
    obs.value = (expires_s + world->plan->server.token_leeway_s) * 1000;
    world_observe_edge(world, &obs);
    return number;
}

static struct text text_of_token(const struct world *world, uint32_t token)
{
    return (struct text){world->tokens[token].text, world->tokens[token].text_len};
}

static int64_t now_s(const struct world *world)
{
    return (WORLD_EPOCH_MS + world_now(world) / 1000) / 1000;
}

/* Beyond a day, of a token that is to outlive the run. */
static int64_t longer_s(const struct plan *plan)
{
    const int64_t run_s = (plan->duration_us + plan->settle_us) / SECOND;

    return plan->duration_us > HOUR ? DAY_S * (1 + run_s / DAY_S) : 0;
}

/* One that is good for the whole run, whatever a node's clock shows; or one of any age. */
struct text world_token_first(struct world *world, uint32_t client)
{
    const struct plan *plan = world->plan;
    const int64_t life_s = plan->client.token_us / 1000000;
    struct world_client *of = &world->clients[client];
    int64_t issued_s = WORLD_EPOCH_MS / 1000;
    int64_t expires_s = issued_s +
                        DAY_S * (1 + (plan_clock_ahead_ms(plan) / 1000 + DAY_S / 2) / DAY_S) +
                        longer_s(plan);

    of->rng_token = rng_stream(plan->seed, "token", client, 0);
    if (life_s > 0) {
        issued_s -= rng_between(&of->rng_token, 0, life_s - 1);
        expires_s = issued_s + life_s;
    }
    of->token = issue(world, plan_user_of(plan, client), issued_s, expires_s);
    of->token_before = of->token;
    return text_of_token(world, of->token);
}

void world_tokens_deinit(struct world *world)
{
    for (uint32_t i = 0; i < world->tokens_len; i++) {
        free(world->tokens[i].text);
    }
    free(world->tokens);
    u64map_deinit(&world->token_of_text);
}

static int64_t life_s(const struct world *world)
{
    const int64_t life_us = world->plan->client.token_us;

    return life_us > 0 ? life_us / 1000000 : DAY_S + longer_s(world->plan);
}

void world_token_renew(struct world *world, uint32_t client)
{
    struct world_client *of = &world->clients[client];

    of->token_before = of->token;
    of->token =
        issue(world, plan_user_of(world->plan, client), now_s(world), now_s(world) + life_s(world));
}

void world_token_wanted(struct world *world, uint32_t client)
{
    const struct range way = world->plan->client_latency_us;

    sched_push(&world->sched,
               world_now(world) + rng_between(&world->clients[client].rng_token, way.low, way.high),
               (struct sched_event){.kind = EV_TOKEN, .client = client});
}

const struct world_token *world_token_issued(struct world *world, uint32_t client, bool session)
{
    struct world_client *of = &world->clients[client];
    const uint32_t users = plan_users(world->plan);
    const uint32_t user = plan_user_of(world->plan, client);
    const int64_t lot = rng_between(&of->rng_token, 0, 999);
    const int64_t other = rng_between(&of->rng_token, 1, INT64_C(1) << 40);

    if (session && lot < AGAIN) {
        return &world->tokens[other % 2 == 0 ? of->token : of->token_before];
    }
    if (session && lot < AGAIN + ANOTHER && users > 1) {
        const uint32_t whose = (uint32_t)((user + 1 + other % (users - 1)) % users);
        const uint32_t theirs =
            issue(world, whose, now_s(world), now_s(world) + life_s(world)); /* may move them all */
        return &world->tokens[theirs];
    }
    world_token_renew(world, client);
    return &world->tokens[of->token];
}

/* --- Coming to a node ----------------------------------------------------------------------- */

/* By the node's clock: a token ends when the node must think so. */
static int64_t left_ms(const struct world *world, const struct world_token *token, uint16_t node)
{
    const int64_t until_ms = (token->expires_s + world->plan->server.token_leeway_s) * 1000;
    const int64_t left = until_ms - world_node_wall_ms(world, node);

    return left > 0 ? left : 0;
}

bool world_token_comes(struct world *world, const struct edge_place *place,
                       const struct frame *frame)
{
    const bool hello = frame->type == FRAME_HELLO;
    struct obs obs = world_obs_of_device(world, OBS_TOKEN, place->device);
    uint64_t at;

    if (!hello && frame->type != FRAME_REFRESH) {
        return true;
    }
    if (!u64map_get(&world->token_of_text,
                    id_key(hello ? frame->hello.token : frame->refresh.token), &at)) {
        return false; /* nobody issued it */
    }
    const struct world_token *token = &world->tokens[at];
    obs.node = place->node;
    obs.id = token->id;
    obs.seq = (uint64_t)left_ms(world, token, place->node);
    obs.value = place->conn;
    obs.timestamp = place->clock_us;
    world_observe_edge(world, &obs);
    return obs.seq > 0 && token->user == plan_user_of(world->plan, place->device);
}

struct text world_token_posted(struct world *world, uint32_t client, uint16_t node)
{
    const struct world_token *token = &world->tokens[world->clients[client].token];
    struct obs obs = world_obs_of_device(world, OBS_TOKEN, client);

    obs.node = node;
    obs.id = token->id;
    obs.seq = (uint64_t)left_ms(world, token, node);
    obs.flags = OBS_HELD;
    obs.timestamp = world_node_mono(world, &world->nodes[node]).us;
    world_observe_edge(world, &obs);
    return text_of_token(world, world->clients[client].token);
}
