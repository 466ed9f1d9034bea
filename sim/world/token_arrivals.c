/* See token_arrivals.h. */
#include "sim/world/token_arrivals.h"

#include "server/protocol/b64.h"
#include "sim/world/clients.h"
#include "sim/world/nodes.h"
#include "sim/world/tokens.h"

#define TOKEN_ALONE 400 /* permille of the revocations */

void world_token_give(struct world *world, uint32_t client)
{
    const bool session = client_online(world->clients[client].client);
    const struct world_token *token = world_token_issued(world, client, session);
    struct client_event event = {.kind = CLIENT_TOKEN};

    event.token = (struct text){token->text, token->text_len};
    world_client_event(world, client, &event);
}

bool world_revoke_begin(struct world *world, uint32_t client, struct rng *rng)
{
    const struct range way = world->plan->client_latency_us;
    const bool alone = rng_chance(rng, TOKEN_ALONE);
    const int64_t nth = rng_between(rng, 0, INT64_C(1) << 40);
    const int64_t after_us = rng_between(rng, way.low, way.high);

    for (uint32_t i = 0; i < world->plan->nodes; i++) {
        const uint16_t node = (uint16_t)((nth + i) % world->plan->nodes);
        if (world->nodes[node].ready) {
            sched_push(&world->sched, world_now(world) + after_us,
                       (struct sched_event){
                           .kind = EV_REVOKE, .node = node, .client = client, .request = alone});
            return true;
        }
    }
    return false;
}

/* Whatever becomes of it: an operator who has no answer looks again later. */
void world_revoke(struct world *world, const struct sched_event *event)
{
    const uint32_t user = plan_user_of(world->plan, event->client);
    struct buf body = {0};
    struct buf bearer = {0};

    if (world->nodes[event->node].node == NULL) {
        return;
    }
    buf_add_text(&bearer, "Bearer ");
    b64_encode(world->operator_key.bytes, sizeof world->operator_key.bytes, &bearer);
    if (event->request != 0) {
        buf_printf(&body, "{\"tokenId\":\"t%u\"}", (unsigned)world->clients[event->client].token);
    } else {
        const struct text name = names_text(&world->names, NAME_USER, user);
        buf_printf(&body, "{\"userId\":\"%.*s\"}", (int)name.len, name.bytes);
    }
    const struct http_request request = {.id = ++world->posts_last,
                                         .method = TEXT("POST"),
                                         .path = TEXT("/api/revocations"),
                                         .authorization = {bearer.bytes, (uint32_t)bearer.len},
                                         .content_type = TEXT("application/json"),
                                         .body = {body.bytes, (uint32_t)body.len}};
    struct node_event made = {.kind = NODE_HTTP};
    made.http = &request;
    world_node_event(world, event->node, &made);
    buf_deinit(&body);
    buf_deinit(&bearer);
}
