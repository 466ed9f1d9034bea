/* See door.h. */
#include "sim/check/door.h"

#include "server/protocol/limits.h"
#include "sim/check/bearer.h"
#include "sim/check/finding.h"
#include "sim/check/path.h"
#include "sim/check/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct door { /* of a node, in its present life */
    int64_t up_us;
    uint32_t lives;
    bool up, registered, ready, was_ready, draining;
};

struct door_truth {
    struct table doors; /* by node */
};

void door_truth_init(struct judge *judge)
{
    static const struct door fresh;
    judge->door = hb_calloc(1, sizeof *judge->door);
    judge->door->doors = (struct table){.bytes = sizeof fresh, .fresh = &fresh};
}

void door_truth_deinit(struct judge *judge)
{
    table_deinit(&judge->door->doors);
    free(judge->door);
}

/* --- LIV-06 --------------------------------------------------------------------------------- */

static void violated(struct judge *judge, uint16_t node, int64_t at_us, const char *what)
{
    struct finding finding = finding_of(LIV_06, NONE, NONE, 0, 0);

    finding.at_us = at_us;
    finding.node = node;
    judge_violated(judge, finding, "node %u %s", (unsigned)node, what);
}

static void on_up(struct judge *judge, struct door *door, const struct obs *obs)
{
    const uint32_t lives = door->lives + 1;

    *door = (struct door){.up_us = obs_until_us(obs), .lives = lives, .up = true};
    if (judge_saw(judge, OBS_ARRIVED) || judge_saw(judge, OBS_READY) || lives == 1) {
        due_push(&judge->dues,
                 (struct due){door->up_us + path_ready_us(judge), DUE_READY, obs->node, lives});
    }
}

static void on_ready(struct judge *judge, struct door *door, const struct obs *obs)
{
    door->ready = obs->value != 0;
    if (!door->ready) {
        return;
    }
    judge->judged[LIV_06]++;
    if (!door->registered) {
        violated(judge, obs->node, INT64_MIN,
                 "takes connections before the database has this life of it");
    }
    const int64_t from = path_database_from(judge, obs->node, door->up_us);
    if (!door->was_ready && from <= obs->at_us) {
        judge_margin(judge, LIV_06, obs->at_us - from, path_ready_us(judge));
    }
    door->was_ready = true;
}

void door_ready_due(struct judge *judge, struct due due, int64_t now_us)
{
    const struct door *door = table_at(&judge->door->doors, due.a);
    const int64_t bound = path_ready_us(judge);

    if (door->lives != due.b || !door->up || door->was_ready || door->draining ||
        !judge_saw(judge, OBS_READY)) {
        return;
    }
    const int64_t from = path_database_from(judge, (uint16_t)due.a, door->up_us);
    if (from == NEVER_US || from + bound >= now_us) {
        due.at_us = from == NEVER_US ? now_us + bound : from + bound;
        due_push(&judge->dues, due);
        return;
    }
    judge->judged[LIV_06]++;
    char what[120];
    (void)snprintf(what, sizeof what, "is up since %lld us and took no connections within %lld us",
                   (long long)door->up_us, (long long)bound);
    violated(judge, (uint16_t)due.a, from + bound, what);
}

void door_observe(struct judge *judge, const struct obs *obs)
{
    if (truth_node(judge, obs->node) == NULL) {
        return;
    }
    struct door *door = table_at(&judge->door->doors, obs->node);
    if (obs->kind == OBS_NODE_UP) {
        on_up(judge, door, obs);
    } else if (obs->kind == OBS_NODE_DOWN) {
        door->up = false;
        door->ready = false;
    } else if (obs->kind == OBS_REGISTERED) {
        door->registered = true;
    } else if (obs->kind == OBS_DRAIN) {
        door->draining = true;
    } else {
        HB_ASSERT(obs->kind == OBS_READY);
        on_ready(judge, door, obs);
    }
}

/* --- LIV-16 --------------------------------------------------------------------------------- */

static int64_t hello_us(const struct judge *judge)
{
    return judge_bound(judge, BOUND_HELLO);
}

static void hello_comes(struct judge *judge, struct edge_conn *conn, const struct obs *obs)
{
    if (obs->value >= 0 && obs->value <= UINT32_MAX) {
        conn->hello_us = obs_until_us(obs);
        due_push(&judge->dues, (struct due){conn->hello_us + hello_us(judge), DUE_HELLO,
                                            obs->device, (uint32_t)obs->value});
    }
}

void door_said(struct judge *judge, const struct edge_conn *conn, const struct obs *obs)
{
    if (obs->content != edge_words(judge)->welcome || conn->hello_us == NEVER_US ||
        conn->greeted != INT64_MIN) {
        return;
    }
    const int64_t from = path_hello_from(judge, conn->hello_us);
    judge->judged[LIV_16]++;
    if (from <= obs->at_us) {
        judge_margin(judge, LIV_16, obs->at_us - from, hello_us(judge));
    }
}

void door_hello_due(struct judge *judge, struct due due, int64_t now_us)
{
    const struct obs of = {.device = due.a, .value = due.b};
    const struct edge_conn *conn = edge_conn(judge, &of);
    const int64_t bound = hello_us(judge);

    if (conn == NULL || conn->hello_us == NEVER_US || conn->greeted != INT64_MIN ||
        conn->asked_us != INT64_MIN) {
        return; /* of a node that is asked to go, LIV-07 asks more */
    }
    const int64_t from = path_hello_from(judge, conn->hello_us);
    if (from == NEVER_US || from + bound >= now_us) {
        due.at_us = from == NEVER_US ? now_us + bound : from + bound;
        due_push(&judge->dues, due);
        return;
    }
    judge->judged[LIV_16]++;
    struct finding finding = finding_of(LIV_16, NONE, due.a, 0, 0);
    finding.at_us = from + bound;
    finding.node = conn->node;
    judge_violated(judge, finding,
                   "node %u heard the hello of device %u at %lld us and did not answer it within "
                   "%lld us of %lld us",
                   (unsigned)conn->node, due.a, (long long)conn->hello_us, (long long)bound,
                   (long long)from);
}

/* --- LIV-13 --------------------------------------------------------------------------------- */

void door_heard(struct judge *judge, struct edge_conn *conn, const struct obs *obs)
{
    if (obs->content == edge_words(judge)->hello && conn->hello == INT64_MIN) {
        const struct door *door = table_at(&judge->door->doors, obs->node);
        conn->unready = !door->ready;
        if (door->ready) {
            hello_comes(judge, conn, obs);
        }
    }
}

static bool since(const struct disturbance *what, int64_t at_us)
{
    return what->until_us != INT64_MIN && what->until_us >= at_us;
}

/* Whether a hello may have had to wait for what is repaired only: a row that was committed by whomever, and
 * lost on its way to this node, up to a repair before the connection came. */
static bool work_disturbed(const struct judge *judge, const struct edge_conn *conn)
{
    const int64_t from_us = conn->arrived_us - path_repair_us(judge, 1);

    for (uint32_t i = 0; i < judge->nodes_len; i++) {
        if (path_redis_from(judge, (uint16_t)i, INT64_MIN) >= from_us || /* with its way back */
            judge->nodes[i].down_us >= from_us) {
            return true;
        }
    }
    return since(&judge->database, from_us) || judge->slow_us >= from_us;
}

/* Something that ends this life of it has begun, and it was not asked to go: another process has its name. */
static bool lost_its_name(const struct judge *judge, uint16_t node)
{
    const struct node_truth *truth = &judge->nodes[node];

    return truth->going_us >= truth->up_us && !truth->asked;
}

static bool has_cause(struct judge *judge, const struct edge_conn *conn, const struct obs *obs)
{
    const struct door *door = table_at(&judge->door->doors, obs->node);
    const struct bounds *bounds = &judge->bounds;
    const int64_t now = obs->timestamp;

    switch ((enum close_code)obs->seq) {
    case CLOSE_RESTART:
        return door->draining;
    case CLOSE_NO_PONG:
        return conn->greeted != INT64_MIN && now - later(conn->heard, conn->greeted) >=
                                                 bounds->ping_interval_us + bounds->ping_timeout_us;
    case CLOSE_NO_HELLO:
        return conn->hello == INT64_MIN && now - conn->arrived >= bounds->hello_us;
    case CLOSE_BAD_TOKEN:
        return (conn->hello_flags & OBS_QUIET) != 0 || bearer_was_refused(judge, conn);
    case CLOSE_TOKEN_EXPIRED:
        return bearer_is_over(judge, conn, obs);
    case CLOSE_TRY_LATER:
        return conn->hello != INT64_MIN && conn->greeted == INT64_MIN &&
               (conn->unready ||
                (now - conn->hello >= bounds->lease_us && work_disturbed(judge, conn)));
    case CLOSE_POLICY:
        return conn->bad > BAD_FRAMES_MAX || (conn->hello == INT64_MIN && conn->heard != INT64_MIN);
    case CLOSE_NODE_LOST:
        return since(&judge->database, conn->arrived_us) || lost_its_name(judge, obs->node);
    case CLOSE_NORMAL:
    case CLOSE_GOING_AWAY:
    case CLOSE_PROTOCOL:
    case CLOSE_UNSUPPORTED:
    case CLOSE_ABNORMAL:
    case CLOSE_BAD_UTF8:
    case CLOSE_TOO_BIG:
    case CLOSE_INTERNAL:
    case CLOSE_SLOW_CONSUMER:
    case CLOSE_RESYNC:
    case CLOSE_REPLACED:
    case CLOSE_TOO_MANY: /* a person has sixteen devices at most */
    case CLOSE_VERSION:
        return false; /* nothing that a world does leads there */
    }
    return false;
}

void door_hangup(struct judge *judge, const struct edge_conn *conn, const struct obs *obs)
{
    judge->judged[LIV_13]++;
    if (!has_cause(judge, conn, obs)) {
        judge_violated(judge, finding_of(LIV_13, NONE, obs->device, 0, 0),
                       "node %u closed connection %lld of device %u with %" PRIu64
                       "; nothing that was done to it is a cause",
                       (unsigned)obs->node, (long long)obs->value, obs->device, obs->seq);
    }
}
