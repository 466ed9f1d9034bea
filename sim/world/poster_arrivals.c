/* See poster_arrivals.h. */
#include "sim/world/poster_arrivals.h"

#include "sim/world/clocks.h"
#include "sim/world/nodes.h"
#include "sim/world/posters.h"
#include "sim/world/tokens.h"

static void on_up(struct world *world, const struct sched_event *event)
{
    struct world_post post;
    struct buf path = {0};
    struct buf body = {0};
    struct buf bearer = {0};

    if (!world_poster_request(world, event, &post, &body)) {
        buf_deinit(&body);
        return;
    }
    if (world->nodes[event->node].node == NULL) {
        buf_deinit(&body);
        world_post_answer(world, event->request, 0, NULL);
        return;
    }
    if (!post.forgot) { /* else nothing comes with it */
        struct obs obs = world_obs_of_device(world, OBS_CAME, event->client);
        obs.node = event->node;
        obs.value = world_node_wall_ms(world, event->node);
        obs.client_id = post.client_key;
        obs.hlc = post.seen;
        obs.flags = OBS_HELD;
        world_observe(world, &obs);
    }
    buf_printf(&path, "/api/rooms/%.*s/messages", (int)post.room.len, post.room.bytes);
    const struct text token = world_token_posted(world, event->client, event->node);
    buf_printf(&bearer, "Bearer %.*s", (int)token.len, token.bytes);
    const struct http_request request = {.id = event->request,
                                         .method = TEXT("POST"),
                                         .path = {path.bytes, (uint32_t)path.len},
                                         .authorization = {bearer.bytes, (uint32_t)bearer.len},
                                         .content_type = TEXT("application/json"),
                                         .body = {body.bytes, (uint32_t)body.len}};
    struct node_event made = {.kind = NODE_HTTP};
    made.http = &request;
    world_node_event(world, event->node, &made);
    buf_deinit(&path);
    buf_deinit(&body);
    buf_deinit(&bearer);
}

static void on_gone(struct world *world, const struct sched_event *event)
{
    const struct world_node *node = &world->nodes[event->node];
    struct node_event made = {.kind = NODE_HTTP_GONE};

    if (node->node != NULL && node->life == event->life) {
        made.request = event->request;
        world_node_event(world, event->node, &made);
    }
}

void world_poster_event(struct world *world, const struct sched_event *event)
{
    if (event->kind == EV_POST_UP) {
        on_up(world, event);
    } else if (event->kind == EV_POST_DOWN) {
        if (event->http_status == 401) { /* what it does next, it does with another token */
            world_token_renew(world, event->client);
        }
        world_poster_answered(world, event);
    } else if (event->kind == EV_POST_GONE) {
        on_gone(world, event);
    } else {
        HB_ASSERT(event->kind == EV_POST_WAKE);
        world_poster_wake(world, event);
    }
}
