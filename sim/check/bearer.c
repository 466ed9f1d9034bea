/* See bearer.h. */
#include "sim/check/bearer.h"

#include "server/protocol/limits.h"
#include "sim/check/finding.h"
#include "sim/check/issued.h"
#include "sim/check/path.h"
#include "sim/check/table.h"

#include <stdlib.h>

#define WALL_STEP_US 999 /* a wall shows whole milliseconds */
#define LOOK_US_LEAST                                                                              \
    100000 /* between two looks at one connection whose node's clock was not told */

struct bearer_node {
    int64_t clock_us; /* what it showed last; INT64_MIN: it was not told in this life */
    int64_t at_us;
    int64_t wall_ms; /* before somebody set it */
    bool setting;    /* only that was told yet */
};

struct posted { /* by who has no connection */
    bool bad;
    uint64_t id;
};

struct bearer_truth {
    struct table nodes;
    struct table posted; /* by device */
};

void bearer_truth_init(struct judge *judge)
{
    static const struct bearer_node untold = {.clock_us = INT64_MIN};
    static const struct posted nothing;
    struct bearer_truth *bearer = hb_calloc(1, sizeof *bearer);

    bearer->nodes = (struct table){.bytes = sizeof untold, .fresh = &untold};
    bearer->posted = (struct table){.bytes = sizeof nothing, .fresh = &nothing};
    judge->bearer = bearer;
}

void bearer_truth_deinit(struct judge *judge)
{
    table_deinit(&judge->bearer->nodes);
    table_deinit(&judge->bearer->posted);
    free(judge->bearer);
}

static struct bearer_node *node_of(struct judge *judge, uint16_t node)
{
    return truth_node(judge, node) != NULL ? table_at(&judge->bearer->nodes, node) : NULL;
}

static void look_at(struct judge *judge, uint32_t device, const struct edge_conn *conn,
                    int64_t at_us)
{
    if (conn->value >= 0 && conn->value <= UINT32_MAX) {
        due_push(&judge->dues, (struct due){at_us, DUE_TOKEN, device, (uint32_t)conn->value});
    }
}

static void violated(struct judge *judge, const struct edge_conn *conn, uint32_t device,
                     int64_t at_us, const char *what)
{
    struct finding finding = finding_of(SEC_03, NONE, device, 0, 0);

    finding.at_us = at_us;
    finding.node = conn->node;
    judge_violated(judge, finding, "node %u, connection %lld of device %u: %s",
                   (unsigned)conn->node, (long long)conn->value, device, what);
}

/* --- What is known of tokens ---------------------------------------------------------------- */

static void on_revoked(struct judge *judge, const struct obs *obs)
{
    if (!issued_revoked(judge, obs)) {
        judge->ignored++;
        return;
    }
    for (uint32_t i = 0; i < edge_devices(judge); i++) {
        for (struct edge_conn *conn = edge_newest(judge, i); conn != NULL; conn = conn->next) {
            const struct issued *its =
                conn->bearer.stands ? issued_token(judge, conn->bearer.id) : NULL;
            if (its != NULL && issued_revoked_us(judge, its) != NEVER_US) {
                look_at(judge, i, conn, obs_until_us(obs) + judge_bound(judge, BOUND_REVOKED));
            }
        }
    }
}

static bool is_of(const struct judge *judge, const struct issued *token, uint32_t device)
{
    return device < judge->devices_len && judge->devices[device].user == token->user;
}

static void on_token(struct judge *judge, const struct obs *obs)
{
    const struct issued *token = issued_token(judge, obs->id);
    struct edge_conn *conn = (obs->flags & OBS_HELD) == 0 ? edge_conn(judge, obs) : NULL;

    if (token == NULL || truth_device(judge, obs->device) == NULL ||
        obs->seq > (uint64_t)INT64_MAX / 2000) {
        judge->ignored++;
        return;
    }
    const bool good = obs->seq > 0 && is_of(judge, token, obs->device) &&
                      !issued_stays_out(judge, obs->node, token, obs->at_us);
    if ((obs->flags & OBS_HELD) != 0) {
        *(struct posted *)table_at(&judge->bearer->posted, obs->device) =
            (struct posted){.bad = !good, .id = obs->id};
    } else if (conn != NULL) {
        conn->bearer.offered = true;
        conn->bearer.offered_good = good;
        conn->bearer.offered_id = obs->id;
        conn->bearer.offered_end = obs->timestamp + (int64_t)obs->seq * 1000;
    }
}

void bearer_observe(struct judge *judge, const struct obs *obs)
{
    if (obs->kind == OBS_ISSUED) {
        issued_add(judge, obs);
    } else if (obs->kind == OBS_REVOKED) {
        on_revoked(judge, obs);
    } else {
        HB_ASSERT(obs->kind == OBS_TOKEN);
        on_token(judge, obs);
    }
}

void bearer_ack_sent(struct judge *judge, const struct obs *obs)
{
    if (obs->device >= judge->bearer->posted.len) {
        return;
    }
    const struct posted *posted = table_at(&judge->bearer->posted, obs->device);
    judge->judged[SEC_03] += posted->id != 0;
    if (posted->bad) {
        judge_violated(judge, finding_of(SEC_03, obs->room, obs->device, obs->seq, obs->seq),
                       "node %u acked what device %u posted with a token that was over, revoked "
                       "or not its person's",
                       (unsigned)obs->node, obs->device);
    }
}

/* --- A node's clocks ------------------------------------------------------------------------ */

static void clock_tell(struct judge *judge, const struct obs *obs)
{
    struct bearer_node *node = node_of(judge, obs->node);

    if (node != NULL) {
        node->clock_us = obs->timestamp;
        node->at_us = obs->at_us;
    }
}

/* Set forward, a wall shows the end of what is left sooner. */
void bearer_wall(struct judge *judge, const struct obs *obs)
{
    struct bearer_node *node = node_of(judge, obs->node);

    if (node == NULL) {
        return;
    }
    node->setting = !node->setting;
    if (node->setting) {
        node->wall_ms = obs->value;
        return;
    }
    for (uint32_t i = 0; i < edge_devices(judge); i++) {
        for (struct edge_conn *conn = edge_newest(judge, i); conn != NULL; conn = conn->next) {
            if (conn->node == obs->node && conn->bearer.stands) {
                conn->bearer.wall_end -= (obs->value - node->wall_ms) * 1000;
            }
        }
    }
}

void bearer_node_down(struct judge *judge, const struct obs *obs)
{
    struct bearer_node *node = node_of(judge, obs->node);

    if (node != NULL) {
        node->clock_us = INT64_MIN;
    }
}

/* --- A connection --------------------------------------------------------------------------- */

static void stand(struct judge *judge, struct edge_conn *conn, uint32_t device)
{
    struct edge_bearer *bearer = &conn->bearer;
    const struct issued *token = issued_token(judge, bearer->offered_id);
    const struct issued *old = bearer->stands ? issued_token(judge, bearer->id) : NULL;
    int64_t end = bearer->offered_end;

    if (old != NULL && token->until_ms < old->until_ms) {
        return; /* the one that ends later counts */
    }
    if (old != NULL) {
        end = earlier(end, bearer->end + (token->until_ms - old->until_ms) * 1000);
    }
    bearer->stands = true;
    bearer->id = token->id;
    bearer->end = end;
    bearer->wall_end = bearer->offered_end - WALL_STEP_US;
    look_at(judge, device, conn, judge->now->at_us + LOOK_US_LEAST);
}

void bearer_heard(struct judge *judge, struct edge_conn *conn, const struct obs *obs)
{
    struct edge_bearer *bearer = &conn->bearer;

    clock_tell(judge, obs);
    if (bearer->refreshes) {
        violated(judge, conn, obs->device, INT64_MIN,
                 "what it heard last, a refresh, it did not answer");
    }
    bearer->heard = obs->content == edge_words(judge)->refresh;
    bearer->refreshes =
        bearer->offered && obs->content == edge_words(judge)->refresh && bearer->stands;
    if (bearer->offered && obs->content == edge_words(judge)->hello && !bearer->stands &&
        bearer->offered_good) {
        stand(judge, conn, obs->device);
    }
    if (!bearer->refreshes) {
        bearer->offered = false;
    }
}

static void refresh_said(struct judge *judge, struct edge_conn *conn, const struct obs *obs)
{
    struct edge_bearer *bearer = &conn->bearer;
    const struct issued *token = issued_token(judge, bearer->offered_id);

    judge->judged[SEC_03]++;
    if (obs->content == edge_words(judge)->refreshed && !bearer->offered_good) {
        violated(judge, conn, obs->device, INT64_MIN,
                 "it took a refresh by a token that is over, revoked or another person's");
    } else if (obs->content == edge_words(judge)->refreshed) {
        stand(judge, conn, obs->device);
    } else if (bearer->offered_good && issued_revoked_us(judge, token) == NEVER_US) {
        violated(judge, conn, obs->device, INT64_MIN, "it refused a refresh by a good token");
    }
    bearer->refreshes = false;
    bearer->offered = false;
}

void bearer_said(struct judge *judge, struct edge_conn *conn, const struct obs *obs)
{
    struct edge_bearer *bearer = &conn->bearer;

    clock_tell(judge, obs);
    if (bearer->stands && !bearer->told && obs->timestamp >= bearer->end) {
        judge->judged[SEC_03]++;
        violated(judge, conn, obs->device, INT64_MIN, "it says something behind its token's end");
    }
    if (obs->content == edge_words(judge)->welcome && bearer->offered_id != 0) {
        const struct issued *token = bearer->stands ? issued_token(judge, bearer->id) : NULL;
        judge->judged[SEC_03]++;
        if (token == NULL || issued_stays_out(judge, obs->node, token, obs->at_us)) {
            violated(judge, conn, obs->device, INT64_MIN,
                     "it lets in who came with a token that is over, revoked or another person's");
        }
    }
    if (bearer->refreshes && (obs->content == edge_words(judge)->refreshed ||
                              obs->content == edge_words(judge)->unauthenticated)) {
        refresh_said(judge, conn, obs);
    }
}

void bearer_hangup(struct judge *judge, const struct edge_conn *conn, const struct obs *obs)
{
    const struct edge_bearer *bearer = &conn->bearer;
    const struct issued *token = bearer->stands ? issued_token(judge, bearer->id) : NULL;

    clock_tell(judge, obs);
    if (obs->kind != OBS_HANGUP || obs->seq != CLOSE_TOKEN_EXPIRED || token == NULL) {
        return;
    }
    judge->judged[SEC_03]++;
    const int64_t from_us = issued_known_from(judge, conn->node, token);
    if (obs->timestamp < bearer->end && from_us <= obs->at_us) {
        judge_margin(judge, SEC_03, obs->at_us - from_us, judge_bound(judge, BOUND_REVOKED));
    }
}

bool bearer_is_over(struct judge *judge, const struct edge_conn *conn, const struct obs *obs)
{
    const struct edge_bearer *bearer = &conn->bearer;
    const struct issued *token = bearer->stands ? issued_token(judge, bearer->id) : NULL;

    return token != NULL && (obs->timestamp >= bearer->end || obs->timestamp >= bearer->wall_end ||
                             issued_revoked_us(judge, token) <= obs->at_us);
}

bool bearer_was_refused(struct judge *judge, const struct edge_conn *conn)
{
    const struct issued *token = issued_token(judge, conn->bearer.offered_id);

    return token != NULL && issued_revoked_us(judge, token) != NEVER_US;
}

/* --- In time -------------------------------------------------------------------------------- */

static bool outlives(struct judge *judge, struct edge_conn *conn, uint32_t device,
                     const struct bearer_node *node)
{
    if (node->clock_us == INT64_MIN ||
        node->clock_us - conn->bearer.end <= judge_bound(judge, BOUND_TOKEN)) {
        return false;
    }
    judge->judged[SEC_03]++;
    violated(judge, conn, device, INT64_MIN, "its token is over, and it is not closed");
    return true;
}

static bool is_not_cut(struct judge *judge, struct edge_conn *conn, uint32_t device,
                       const struct issued *token, int64_t now_us)
{
    if (!issued_stays_out(judge, conn->node, token, now_us)) {
        return false;
    }
    judge->judged[SEC_03]++;
    violated(judge, conn, device,
             issued_known_from(judge, conn->node, token) + judge_bound(judge, BOUND_REVOKED),
             "its token was revoked, and it is not closed");
    return true;
}

void bearer_due(struct judge *judge, struct due due, int64_t now_us)
{
    const struct obs of = {.device = due.a, .value = due.b};
    struct edge_conn *conn = edge_conn(judge, &of);
    const struct issued *token =
        conn != NULL && conn->bearer.stands ? issued_token(judge, conn->bearer.id) : NULL;
    const struct bearer_node *node = token != NULL ? node_of(judge, conn->node) : NULL;

    if (node == NULL || conn->bearer.told) {
        return;
    }
    if (now_us > path_paused_until(judge, conn->node) &&
        (outlives(judge, conn, due.a, node) || is_not_cut(judge, conn, due.a, token, now_us))) {
        conn->bearer.told = true; /* once is enough */
        return;
    }
    /* By its clock, at about the true pace; a tenth sooner. */
    const int64_t left_us = conn->bearer.end + judge_bound(judge, BOUND_TOKEN) -
                            (node->clock_us + (now_us - node->at_us));
    const int64_t from_us = issued_known_from(judge, conn->node, token);
    int64_t next_us = now_us + later(left_us - left_us / 10, LOOK_US_LEAST);
    if (from_us < NEVER_US / 2) {
        const int64_t known_us = from_us + judge_bound(judge, BOUND_REVOKED);
        next_us = earlier(next_us, known_us >= now_us ? known_us : now_us + LOOK_US_LEAST);
    }
    due.at_us = next_us;
    due_push(&judge->dues, due);
}
