/* The node: events in, what they are given to. Long because each kind of event, job and timer has its line here. */
#include "server/node/node.h"

#include "server/node/announce.h"
#include "server/node/bearer.h"
#include "server/node/beat.h"
#include "server/node/bus.h"
#include "server/node/direct.h"
#include "server/node/drain.h"
#include "server/node/entry.h"
#include "server/node/forget.h"
#include "server/node/heard.h"
#include "server/node/hello.h"
#include "server/node/http.h"
#include "server/node/inbox.h"
#include "server/node/invited.h"
#include "server/node/job.h"
#include "server/node/late.h"
#include "server/node/life.h"
#include "server/node/members_ask.h"
#include "server/node/presence.h"
#include "server/node/presence_choice.h"
#include "server/node/presence_list.h"
#include "server/node/ready.h"
#include "server/node/receipt.h"
#include "server/node/receipt_tell.h"
#include "server/node/repair.h"
#include "server/node/revoke.h"
#include "server/node/revoked.h"
#include "server/node/room.h"
#include "server/node/send.h"
#include "server/node/session.h"
#include "server/node/session_end.h"
#include "server/node/state.h"
#include "server/node/sync.h"
#include "server/node/sync_before.h"
#include "server/node/timer.h"
#include "server/node/typing.h"
#include "server/node/typing_to.h"
#include "server/node/user.h"
#include "server/protocol/id.h"

#include <stdio.h>
#include <stdlib.h>

/* --- Jobs: how each kind is started again, and who takes its answer --- */

static void hello_taken(struct node *node, struct job *job, const struct db_answer *answer)
{
    struct session *session = hello_done(node, job, answer);

    if (session != NULL) {
        http_act(node, session);
    }
}

static const struct job_rule {
    void (*start)(struct node *node, struct job *job);
    void (*done)(struct node *node, struct job *job, const struct db_answer *answer);
} job_rules[] = {
    [JOB_REGISTER] = {life_register_start, life_register_done},
    [JOB_HELLO] = {hello_start, hello_taken},
    [JOB_COMMAND] = {command_start, command_done},
    [JOB_HEADS] = {heads_start, heads_done},
    [JOB_REPAIR] = {repair_start, repair_done},
    [JOB_USERS] = {users_start, users_done},
    [JOB_SYNC] = {sync_start, sync_done},
    [JOB_BEFORE] = {sync_before_start, sync_before_done},
    [JOB_CHOICE] = {choice_start, choice_done},
    [JOB_MEMBERS] = {members_start, members_done},
    [JOB_WATCH] = {watch_start, watch_done},
    [JOB_LIST] = {list_start, list_done},
    [JOB_MEMBERS_PAGE] = {members_page_start, members_page_done},
    [JOB_DIRECT] = {direct_start, typing_to_made},
    [JOB_LATE] = {late_start, late_done},
    [JOB_RECEIPT] = {receipt_start, receipt_done},
    [JOB_RECEIPTS] = {receipts_read_start, receipts_read_done},
    [JOB_PROBE] = {beat_start, beat_done},
    [JOB_YIELD] = {life_yield_start, life_yield_done},
    [JOB_REVOKED] = {revoke_look_start, revoke_look_done},
    [JOB_REVOKE] = {revoke_start, revoke_done},
};
_Static_assert(sizeof job_rules / sizeof job_rules[0] == JOB_KIND_COUNT,
               "each kind of job has its row");

static void job_timer(struct node *node, uint32_t index, uint64_t serial)
{
    if (index < node->jobs_len && node->jobs[index]->serial == serial) {
        struct job *job = node->jobs[index];
        job_rules[job->kind].start(node, job);
    }
}

static void on_db(struct node *node, const struct db_answer *answer)
{
    struct job *job = job_of_token(node, answer->token);

    if (job == NULL) {
        return;
    }
    const bool fenced = answer->err == HB_EFENCED;
    if (answer->err == HB_OK && job->writes) {
        ready_written(node);
    }
    if ((answer->err == HB_OK || fenced) && node->key != 0 && !node->fenced &&
        answer->epoch != node->epoch) {
        life_epoch_changed(node);
    }
    if (!fenced) {
        job_rules[job->kind].done(node, job, answer);
        return;
    }
    const bool ours = life_is_ours(node, job->fence);
    const struct db_answer refused = {
        .token = answer->token, .err = ours ? HB_EFENCED : HB_EAGAIN, .epoch = answer->epoch};
    job_rules[job->kind].done(node, job, &refused);
    if (ours) {
        life_fenced(node); /* after what it refuses was told so */
    }
}

/* --- Timers --- */

/* With the log: the rooms of those who are here, and which ones these are. */
static void compare_all(struct node *node)
{
    rooms_want_heads(node);
    users_dirty(node);
}

/* What this node, or a peer, cannot say or hear by Redis, the database tells at each sweep. */
static void without_redis(struct node *node)
{
    if (redis_away(node)) {
        rooms_without_redis(node);
    }
    if ((redis_away(node) || announce_deaf(node) || announce_mute(node)) &&
        !heads_under_way(node)) {
        compare_all(node);
    }
}

static void timer_fire(struct node *node, const struct timer *timer)
{
    switch (timer->kind) {
    case TIMER_SESSION:
        session_timer(node, timer->index, timer->serial, timer->at_us);
        return;
    case TIMER_ROOM_SUBSCRIBE: {
        struct room *room = node->rooms[timer->index];
        if (room != NULL && room->life == timer->serial && room->state == ROOM_SUBSCRIBING) {
            room_load(node, room); /* Redis does not answer: the log alone serves this room */
        }
        return;
    }
    case TIMER_ROOM_GAP:
        room_gap_timer(node, timer->index, timer->serial);
        return;
    case TIMER_JOB:
        job_timer(node, timer->index, timer->serial);
        return;
    case TIMER_ANNOUNCE:
        announce_tick(node);
        invited_tick(node);
        presence_tick(node);
        timer_add(node, node->mono.us + node->config.params.announce_us, TIMER_ANNOUNCE, 0, 0);
        return;
    case TIMER_SWEEP:
        announce_sweep(node);
        presence_sweep(node);
        without_redis(node);
        forget_sweep(node);
        timer_add(node, node->mono.us + node->config.params.sweep_us, TIMER_SWEEP, 0, 0);
        return;
    case TIMER_FULL_PASS:
        compare_all(node);
        timer_add(node, node->mono.us + node->config.params.full_pass_us, TIMER_FULL_PASS, 0, 0);
        return;
    case TIMER_PRESENCE:
        presence_timer(node, timer->index);
        return;
    case TIMER_TYPING:
        typing_timer(node, timer->index, timer->serial, timer->at_us);
        return;
    case TIMER_PROBE:
        beat_tick(node);
        timer_add(node, node->mono.us + node->config.params.probe_us, TIMER_PROBE, 0, 0);
        return;
    case TIMER_REVOKED:
        revoke_timer(node);
        return;
    case TIMER_WRITTEN:
        ready_timer(node);
        return;
    case TIMER_LEASE: /* the step's end says it */
        timer_add(node, node->mono.us + LEASE_SAID_US(&node->config.params), TIMER_LEASE, 0, 0);
        return;
    }
    HB_UNREACHABLE("no such timer");
}

/* --- Life and steps --- */

void node_config_default(struct node_config *config)
{
    *config = (struct node_config){0};
    for (size_t i = 0; i < NODE_PARAMS_LEN; i++) {
        param_set(&node_params[i], &config->params, node_params[i].production);
    }
}

static struct text said(const char *text)
{
    return text[0] != '\0' ? text_of(text) : (struct text){NULL, 0};
}

struct node *node_new(const struct node_config *config)
{
    struct node *node = hb_calloc(1, sizeof *node);

    node->config = *config;
    node->name = text_of(node->config.name);
    digest_key_derive(&config->cursor_keys[0], &node->digest_key);
    node->siphash = siphash_new();
    node->seals = seals_new(config->cursor_keys, config->cursor_keys_len, config->memo);
    node->heard = heard_new();
    bus_front(config->identity, node->front);
    bus_channel(node, node->control, BUS_CONTROL, (struct text){NULL, 0});
    node->token_keys = token_keys_new(&config->trust);
    HB_ASSERT(id_valid_node(node->name));
    HB_ASSERT(params_wrong(node_params, NODE_PARAMS_LEN, &config->params) == NULL);
    node->subscriptions_life = 1;
    node->expires_us = INT64_MAX;
    node->until_ms = INT64_MAX;
    node->redis = redis_new(&(struct redis_config){
        .backoff_us_min = config->params.redis_backoff_us_min,
        .backoff_us_max = config->params.redis_backoff_us_max,
        .command_timeout_us = config->params.redis_timeout_us < config->params.lease_us / 2
                                  ? config->params.redis_timeout_us
                                  : config->params.lease_us / 2,
        .ping_interval_us = config->params.lease_us / 2,
        .entropy = config->entropy,
        .user = said(config->redis_user),
        .password = said(config->redis_password),
        .database = config->redis_database,
    });
    node->announce = announce_new();
    node->beat = beat_new();
    node->revoked = revoked_new();
    node->sync = sync_work_new();
    node->people = people_new();
    node->typing_waits = typing_waits_new();
    for (int kind = 0; kind < JOB_KIND_COUNT; kind++) {
        HB_ASSERT(job_rules[kind].start != NULL && job_rules[kind].done != NULL);
    }
    hlc_init(&node->hlc, config->params.skew_max_ms, (struct hlc_stamp){0});
    return node;
}

void node_free(struct node **node_at)
{
    struct node *node = *node_at;

    if (node == NULL) {
        return;
    }
    /* Jobs first: they name sessions, users and rooms; rooms last: their tails are counted by them. */
    jobs_deinit(node);
    sessions_deinit(node);
    users_deinit(node);
    rooms_deinit(node);
    announce_free(&node->announce);
    beat_free(&node->beat);
    revoked_free(&node->revoked);
    sync_work_free(&node->sync);
    invited_deinit(node);
    people_free(&node->people);
    typing_waits_free(&node->typing_waits);
    token_keys_free(&node->token_keys);
    free(node->arrivals);
    free(node->excess);
    free(node->late);
    free(node->membership.items);
    redis_free(&node->redis);
    redis_out_deinit(&node->bus);
    redis_out_deinit(&node->bus_work);
    free(node->timers);
    free(node->tells.items);
    buf_deinit(&node->scratch);
    buf_deinit(&node->sealed);
    seals_free(&node->seals);
    siphash_free(&node->siphash);
    heard_free(&node->heard);
    free(node);
    *node_at = NULL;
}

static void on_start(struct node *node)
{
    life_start(node);
    node->redis_lost = node->mono;
    redis_start(node->redis, node->mono, &node->bus);
    bus_subscribe(node, BUS_CONTROL, 0, node->control);
}

static void on_wake(struct node *node)
{
    if (redis_wake_at(node->redis).us <= node->mono.us) {
        redis_wake(node->redis, node->mono, &node->bus);
        inbox_redis(node);
    }
    while (node->timers_len > 0 && node->timers[0].at_us <= node->mono.us) {
        const struct timer timer = timer_pop(node);
        timer_fire(node, &timer);
    }
}

static void on_event(struct node *node, const struct node_event *event)
{
    switch (event->kind) {
    case NODE_START:
        on_start(node);
        return;
    case NODE_CONN_OPEN:
        session_open(node, event->conn.conn, event->conn.token);
        return;
    case NODE_CONN_FRAME:
        inbox_frame(node, event->conn.conn, event->conn.frame);
        return;
    case NODE_CONN_CLOSED:
        session_gone(node, event->conn.conn);
        return;
    case NODE_HTTP:
        http_request(node, event->http);
        return;
    case NODE_HTTP_GONE:
        http_gone(node, event->request);
        return;
    case NODE_REDIS_OPENED:
        redis_opened(node->redis, event->redis.link, node->mono, &node->bus);
        return;
    case NODE_REDIS_BYTES:
        redis_bytes(node->redis, event->redis.link, event->redis.bytes, event->redis.bytes_len,
                    node->mono, &node->bus);
        return;
    case NODE_REDIS_LOST:
        redis_lost(node->redis, event->redis.link, node->mono, &node->bus);
        return;
    case NODE_DB_DONE:
        on_db(node, event->db);
        return;
    case NODE_WAKE:
        on_wake(node);
        return;
    case NODE_DRAIN:
        drain_begin(node);
        return;
    }
    HB_UNREACHABLE("no such event");
}

/* Nothing was done for longer than a lease (a pause of the process, a sleep of the machine): what was published
 * meanwhile may be gone with a link that was cut, so the log is asked, before anybody is answered by what is here.
 * Its writes are fenced by the database all the same; its connections count anew with its next lease. */
static void look_awake(struct node *node, struct mono now)
{
    const int64_t slept_us = now.us - node->mono.us;

    if (node->key != 0 && slept_us > node->config.params.lease_us) {
        note(node, NOTE_WOKE, slept_us / 1000, 0);
        node->probe_wanted = true;
        compare_all(node);
    }
}

void node_step(struct node *node, const struct node_event *event, struct effects *out)
{
    node->out = out;
    look_awake(node, event->mono);
    node->mono = event->mono;
    node->wall = event->wall;
    bearer_look(node);
    on_event(node, event);
    /* What the event left behind, each list once: Redis first, for what it says makes the others longer;
     * welcomes before commands and reads, which need a live session, and before who types
     * where they came in; answered requests end after all that
     * could still speak to them; a drain looks when nothing more is begun; Redis last, for what all of
     * these published or subscribed to. */
    inbox_redis(node);
    hello_settle(node);
    late_flush(node);
    typing_to_flush(node);
    commands_flush(node);
    session_excess_flush(node);
    users_flush(node);
    heads_flush(node);
    revoke_flush(node);
    presence_flush(node);
    presence_list_flush(node);
    http_flush(node);
    beat_flush(node);
    drain_flush(node);
    inbox_redis(node);
    node->out = NULL;
    out->wake_at = redis_wake_at(node->redis);
    if (node->timers_len > 0 && node->timers[0].at_us < out->wake_at.us) {
        out->wake_at.us = node->timers[0].at_us;
    }
    out->wake_at.us = node->expires_us < out->wake_at.us ? node->expires_us : out->wake_at.us;
}

struct node_holds node_holds(const struct node *node)
{
    struct node_holds holds = {.rooms = node->active.len,
                               .commands = node->commands_count,
                               .channels = redis_wanted(node->redis),
                               .typists = typing_waits_len(node)};

    for (uint32_t i = 0; i < node->sessions_len; i++) {
        const struct session *session = node->sessions[i];
        holds.connections += session->state != SESSION_FREE && session->request == 0;
    }
    for (uint32_t i = 0; i < node->people->items_len; i++) {
        const struct person *person = node->people->items[i];
        holds.followed += person != NULL && person->followed;
    }
    holds.channels -= holds.followed;
    for (uint32_t i = 0; i < node->active.len; i++) {
        holds.entries += node->rooms[node->active.items[i]]->held_len;
        holds.typists += node->rooms[node->active.items[i]]->typing.len;
    }
    return holds;
}
