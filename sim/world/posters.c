/* See posters.h. Long because the whole life of a poster, which nobody else sees into, stands here. */
#include "sim/world/posters.h"

#include "server/protocol/id.h"
#include "sim/world/balancer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORGETS 3 /* of so many messages one, if there was an ack before */

struct seen { /* a stamp, and its text */
    uint64_t packed;
    uint32_t text_len;
    char text[HLC_TEXT_BYTES_MAX];
};

struct post {      /* written and not yet known to be in the log */
    uint32_t room; /* in the client's rooms */
    uint32_t number, attempts;
    uint32_t forgot; /* the number that it goes out under until that is refused; 0: its own */
    bool begun;
    struct text content; /* of the corpus */
    struct seen seen;    /* the poster's when this was written: sent again, it is the same bytes */
};

struct poster {
    struct post *outbox; /* oldest first; owned */
    uint32_t outbox_len, outbox_cap;
    uint32_t written;
    struct post acked; /* the last one that was; number 0: none yet */
    uint32_t request;  /* under way; 0: none */
    uint16_t node;     /* that it went to */
    uint32_t wakes;    /* counts time-outs and pauses, so that an old one is known */
    int64_t pause_us;  /* the next one */
    struct seen seen;  /* the greatest stamp that was acked to it; 0: none yet */
    struct rng rng;
};

bool world_is_poster(const struct world *world, uint32_t client)
{
    return client >= world->plan->clients - world->plan->posters;
}

static struct poster *poster_of(const struct world *world, uint32_t client)
{
    HB_ASSERT(world_is_poster(world, client));
    return &world->posters[client - (world->plan->clients - world->plan->posters)];
}

void world_posters_init(struct world *world)
{
    const struct plan *plan = world->plan;

    world->posters = hb_calloc(plan->posters, sizeof *world->posters);
    for (uint32_t i = plan->clients - plan->posters; i < plan->clients; i++) {
        poster_of(world, i)->rng = rng_stream(plan->seed, "poster", i, 0);
        poster_of(world, i)->pause_us = plan->client.backoff_us_min;
    }
}

void world_posters_reseed(struct world *world, uint64_t seed)
{
    const uint32_t first = world->plan->clients - world->plan->posters;

    for (uint32_t i = 0; i < world->plan->posters; i++) {
        world->posters[i].rng = rng_stream(seed, "poster", first + i, 1);
    }
}

void world_posters_deinit(struct world *world)
{
    for (uint32_t i = 0; i < world->plan->posters; i++) {
        free(world->posters[i].outbox);
    }
    free(world->posters);
    u64map_deinit(&world->posts);
}

bool world_posters_at_rest(const struct world *world)
{
    for (uint32_t i = 0; i < world->plan->posters; i++) {
        if (world->posters[i].outbox_len > 0) {
            return false;
        }
    }
    return true;
}

/* Alike for all people, as are those of devices. */
static struct text client_id_of(const struct world *world, uint32_t client, uint32_t number,
                                char store[32])
{
    const int len = snprintf(store, 32, "p%u-%u", (unsigned)plan_device_of(world->plan, client),
                             (unsigned)number);
    return (struct text){store, (uint32_t)len};
}

static struct obs obs_of(const struct world *world, enum obs_kind kind, uint32_t client,
                         const struct post *post)
{
    char store[32];
    struct obs obs = world_obs_of_device(world, kind, client);

    obs.room = world->clients[client].user->rooms[post->room].ref;
    obs.client_id = id_key(client_id_of(world, client, post->number, store));
    return obs;
}

/* Each request has a connection of its own, so none waits for another. */
static void push(struct world *world, uint32_t client, const struct hop *hop,
                 struct sched_event event)
{
    struct pipe pipe = {0};
    const int64_t at_us = pipe_arrival(&world->pipes, &pipe, hop, world->plan->client_latency_us,
                                       &poster_of(world, client)->rng);

    if (at_us == PIPE_NEVER) {
        struct wire *body = event.wire;
        wire_unref(&body);
        return;
    }
    sched_push(&world->sched, at_us, event);
}

static struct hop hop_up(const struct world *world, uint32_t client, size_t bytes)
{
    return (struct hop){.now_us = world_now(world),
                        .from = place_client(client),
                        .to = place_node(poster_of(world, client)->node),
                        .bytes = bytes};
}

static void wake_later(struct world *world, uint32_t client, int64_t after_us)
{
    struct poster *poster = poster_of(world, client);

    sched_push(
        &world->sched, world_now(world) + after_us,
        (struct sched_event){.kind = EV_POST_WAKE, .client = client, .wakes = ++poster->wakes});
}

static void pause_then_again(struct world *world, uint32_t client)
{
    struct poster *poster = poster_of(world, client);
    const int64_t pause_us = rng_between(&poster->rng, 1, poster->pause_us);

    HB_ASSERT(poster->request == 0);
    poster->pause_us = poster->pause_us * 2 < world->plan->client.backoff_us_max
                           ? poster->pause_us * 2
                           : world->plan->client.backoff_us_max;
    wake_later(world, client, pause_us);
}

static void put(struct world *world, uint32_t client, struct post *post)
{
    struct obs obs = obs_of(world, post->attempts > 0 ? OBS_RESEND : OBS_PUT, client, post);

    world->stats.resends += post->attempts > 0;
    obs.node = poster_of(world, client)->node;
    obs.value = ++post->attempts;
    world_observe(world, &obs);
}

/* Not the same text in the same room: that is the same message again, whoever wrote it twice. */
static bool another(const struct post *a, const struct post *b)
{
    return a->room != b->room || !text_equal(a->content, b->content);
}

static void ask(struct world *world, uint32_t client)
{
    struct poster *poster = poster_of(world, client);
    struct post *post = &poster->outbox[0];

    HB_ASSERT(poster->outbox_len > 0 && poster->request == 0);
    if (!post->begun) {
        post->begun = true;
        post->forgot =
            post->number % FORGETS == 0 && another(post, &poster->acked) ? poster->acked.number : 0;
    }
    if (!world_route(world, world->clients[client].user->key, &poster->node)) {
        pause_then_again(world, client);
        return;
    }
    if (post->forgot == 0) {
        put(world, client, post);
    }
    poster->request = ++world->posts_last;
    u64map_put(&world->posts, poster->request, client);
    const struct hop hop = hop_up(world, client, post->content.len);
    push(world, client, &hop,
         (struct sched_event){.kind = EV_POST_UP,
                              .node = poster->node,
                              .client = client,
                              .request = poster->request});
    wake_later(world, client, world->plan->client.answer_us);
}

void world_poster_say(struct world *world, uint32_t client, uint32_t room, struct text content)
{
    struct poster *poster = poster_of(world, client);

    HB_GROW(poster->outbox, poster->outbox_len, poster->outbox_cap);
    struct post *post = &poster->outbox[poster->outbox_len++];
    *post = (struct post){
        .room = room, .number = ++poster->written, .content = content, .seen = poster->seen};
    struct obs obs = obs_of(world, OBS_SEND, client, post);
    obs.hlc = post->seen.packed;
    obs.content = id_key(content);
    obs.value = post->number;
    world->stats.sends++;
    world_observe(world, &obs);
    if (poster->outbox_len == 1) {
        ask(world, client);
    }
}

bool world_poster_request(const struct world *world, const struct sched_event *event,
                          struct world_post *ret, struct buf *body)
{
    const struct poster *poster = poster_of(world, event->client);
    const struct post *post = &poster->outbox[0];
    char store[32];

    if (poster->request != event->request) {
        return false;
    }
    const bool forgot = post->forgot != 0;
    const struct text client_id =
        client_id_of(world, event->client, forgot ? post->forgot : post->number, store);
    ret->client_key = id_key(client_id);
    ret->forgot = forgot;
    ret->seen = forgot ? 0 : post->seen.packed;
    ret->user = world->clients[event->client].user;
    ret->room = ret->user->rooms[post->room].room_id;
    buf_add_text(body, "{\"clientId\":");
    buf_add_json(body, client_id.bytes, client_id.len);
    buf_add_text(body, ",\"content\":");
    buf_add_json(body, post->content.bytes, post->content.len);
    if (ret->seen > 0) {
        buf_add_text(body, ",\"seen\":");
        buf_add_json(body, post->seen.text, post->seen.text_len);
    }
    buf_add_char(body, '}');
    return true;
}

/* --- Answers -------------------------------------------------------------------------------- */

bool world_post_find(const struct world *world, uint64_t request, uint32_t *ret_client)
{
    uint64_t client;

    if (!u64map_get(&world->posts, request, &client)) {
        return false;
    }
    *ret_client = (uint32_t)client;
    return true;
}

void world_post_answer(struct world *world, uint64_t request, uint16_t status, struct wire *body)
{
    uint32_t client;

    if (!world_post_find(world, request, &client)) {
        wire_unref(&body); /* nobody waits for it any more */
        return;
    }
    (void)u64map_remove(&world->posts, request, NULL);
    const struct hop hop = {.now_us = world_now(world),
                            .from = place_node(poster_of(world, client)->node),
                            .to = place_client(client),
                            .bytes = body != NULL ? body->bytes_len : 0};
    push(world, client, &hop,
         (struct sched_event){.kind = EV_POST_DOWN,
                              .http_status = status,
                              .client = client,
                              .request = (uint32_t)request,
                              .wire = body});
}

void world_posters_node_down(struct world *world, uint16_t node)
{
    for (uint32_t i = 0; i < world->plan->posters; i++) {
        const struct poster *poster = &world->posters[i];
        if (poster->request != 0 && poster->node == node) {
            world_post_answer(world, poster->request, 0, NULL);
        }
    }
}

static void next(struct world *world, uint32_t client)
{
    struct poster *poster = poster_of(world, client);

    poster->outbox_len--;
    memmove(poster->outbox, poster->outbox + 1, poster->outbox_len * sizeof *poster->outbox);
    poster->pause_us = world->plan->client.backoff_us_min;
    if (poster->outbox_len > 0) {
        ask(world, client);
    }
}

static void see(struct poster *poster, struct hlc_stamp stamp, struct text text)
{
    if (stamp.packed > poster->seen.packed) {
        HB_ASSERT(text.len <= sizeof poster->seen.text);
        poster->seen.packed = stamp.packed;
        poster->seen.text_len = text.len;
        memcpy(poster->seen.text, text.bytes, text.len);
    }
}

static void on_acked(struct world *world, uint32_t client, struct wire *body)
{
    const struct frame *frame = NULL;

    if (wire_decode(body, &frame, NULL) != HB_OK || frame->type != FRAME_ACK) {
        HB_UNREACHABLE("a node answers 200 by an ack");
    }
    struct poster *poster = poster_of(world, client);
    struct obs obs = obs_of(world, OBS_ACK, client, &poster->outbox[0]);
    obs.seq = frame->ack.seq;
    obs.id = frame->ack.id_key;
    if (poster->outbox[0].forgot == 0) {
        obs.client_id = frame->ack.client_key; /* else it takes the ack for that of what it wrote */
    }
    obs.hlc = frame->ack.hlc.packed;
    obs.timestamp = frame->ack.timestamp_ms;
    world_observe(world, &obs);
    see(poster, frame->ack.hlc, frame->ack.hlc_text);
    poster->acked = poster->outbox[0];
}

static bool for_good(uint16_t status)
{
    return status >= 400 && status < 500 && status != 429 && status != 401;
}

/* What the status says of this attempt: it is not in the log and will not be. Others leave that open. */
static bool refused(uint16_t status)
{
    return for_good(status) || status == 401 || status == 429 || status == 503;
}

/* What it had forgotten: it goes on under an id of its own. */
static void on_other(struct world *world, uint32_t client, uint16_t status)
{
    if (for_good(status)) {
        poster_of(world, client)->outbox[0].forgot = 0;
        ask(world, client);
    } else {
        pause_then_again(world, client);
    }
}

static void on_refused(struct world *world, uint32_t client, uint16_t status)
{
    struct obs obs = obs_of(world, OBS_NACK, client, &poster_of(world, client)->outbox[0]);

    if (refused(status)) {
        obs.flags = for_good(status) ? 0 : OBS_TEMPORARY;
        world_observe(world, &obs);
    }
    if (for_good(status)) {
        obs.kind = OBS_FAILED;
        world_observe(world, &obs);
        next(world, client);
    } else {
        pause_then_again(world, client);
    }
}

void world_poster_answered(struct world *world, const struct sched_event *event)
{
    struct poster *poster = poster_of(world, event->client);
    const uint16_t status = event->http_status;
    struct wire *body = event->wire;

    if (poster->request == event->request) {
        poster->request = 0;
        if (status == 200) {
            on_acked(world, event->client, body);
            next(world, event->client);
        } else if (poster->outbox[0].forgot != 0) {
            on_other(world, event->client, status);
        } else {
            on_refused(world, event->client, status);
        }
    }
    wire_unref(&body);
}

void world_poster_wake(struct world *world, const struct sched_event *event)
{
    struct poster *poster = poster_of(world, event->client);

    if (poster->wakes != event->wakes || poster->outbox_len == 0) {
        return;
    }
    if (poster->request == 0) {
        ask(world, event->client);
        return;
    }
    const struct hop hop = hop_up(world, event->client, 0);
    push(world, event->client, &hop,
         (struct sched_event){.kind = EV_POST_GONE,
                              .node = poster->node,
                              .life = world->nodes[poster->node].life,
                              .request = poster->request});
    (void)u64map_remove(&world->posts, poster->request, NULL);
    poster->request = 0;
    pause_then_again(world, event->client);
}
