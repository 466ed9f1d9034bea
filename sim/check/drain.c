/* See drain.h. */
#include "sim/check/drain.h"

#include "server/protocol/limits.h"
#include "sim/check/finding.h"
#include "sim/check/path.h"

#include <string.h>

static uint32_t under_way(const struct edge_conn *conn)
{
    uint32_t count = conn->owed_len;

    for (const struct edge_request *request = conn->requests; request != NULL;
         request = request->next) {
        count++;
    }
    return count;
}

static int64_t bound_us_of(const struct judge *judge, uint32_t answers)
{
    return bound_value(BOUND_DRAIN, &judge->bounds, (struct amounts){.answers = answers});
}

static bool asked_to_go(const struct judge *judge, uint16_t node)
{
    return node < judge->nodes_len && judge->nodes[node].asked;
}

void drain_asked(struct judge *judge, const struct obs *obs)
{
    const struct node_truth *node = truth_node(judge, obs->node);

    if (node == NULL) {
        return;
    }
    for (uint32_t i = 0; i < edge_devices(judge); i++) {
        for (struct edge_conn *conn = edge_newest(judge, i); conn != NULL; conn = conn->next) {
            if (conn->node == obs->node) {
                conn->begun = under_way(conn);
                conn->asked_us = obs_until_us(obs);
            }
        }
    }
    due_push(&judge->dues, (struct due){obs_until_us(obs), DUE_DRAIN, obs->node, node->life});
}

/* Looks at the connections of the node that are still there; the next deadline of them, NEVER_US: none. */
static int64_t look(struct judge *judge, uint16_t node, int64_t now_us)
{
    int64_t next_us = NEVER_US;

    for (uint32_t i = 0; i < edge_devices(judge); i++) {
        for (struct edge_conn *conn = edge_newest(judge, i); conn != NULL; conn = conn->next) {
            if (conn->node != node || conn->asked_us == INT64_MIN) {
                continue;
            }
            const int64_t bound_us = bound_us_of(judge, conn->begun);
            const int64_t from_us = path_database_from(judge, node, conn->asked_us);
            const int64_t at_us = from_us == NEVER_US ? now_us + bound_us : from_us + bound_us;
            if (at_us >= now_us) {
                next_us = at_us < next_us ? at_us : next_us;
                continue;
            }
            struct finding finding = finding_of(LIV_07, NONE, i, 0, 0);
            finding.at_us = at_us;
            judge_violated(judge, finding,
                           "node %u is asked to go since %lld us and has not closed connection "
                           "%lld of device %u",
                           (unsigned)node, (long long)conn->asked_us, (long long)conn->value, i);
            conn->asked_us = INT64_MIN; /* once is enough */
        }
    }
    return next_us;
}

void drain_due(struct judge *judge, struct due due, int64_t now_us)
{
    const struct node_truth *node = &judge->nodes[due.a];

    if (!node->asked || node->life != due.b) {
        return;
    }
    due.at_us = look(judge, (uint16_t)due.a, now_us);
    if (due.at_us != NEVER_US) {
        due_push(&judge->dues, due);
    }
}

void drain_heard(struct judge *judge, struct edge_conn *conn, const struct obs *obs)
{
    if (obs->client_id != 0) {
        HB_GROW(conn->owed, conn->owed_len, conn->owed_cap);
        conn->owed[conn->owed_len++] = obs->client_id;
    }
    conn->begun += obs->client_id != 0 || obs->content == edge_words(judge)->sync_request;
}

static void answered(struct edge_conn *conn, uint64_t client_id)
{
    for (uint32_t i = 0; i < conn->owed_len; i++) {
        if (conn->owed[i] == client_id) {
            conn->owed_len--;
            memmove(conn->owed + i, conn->owed + i + 1, (conn->owed_len - i) * sizeof *conn->owed);
            return;
        }
    }
}

void drain_said(struct judge *judge, struct edge_conn *conn, const struct obs *obs)
{
    conn->warned = conn->warned || obs->content == edge_words(judge)->draining;
    if (obs->client_id != 0) {
        answered(conn, obs->client_id);
    }
    if (obs->content == edge_words(judge)->welcome && asked_to_go(judge, obs->node)) {
        judge_violated(judge, finding_of(LIV_07, NONE, obs->device, 0, 0),
                       "node %u greeted device %u on connection %lld; it is asked to go",
                       (unsigned)obs->node, obs->device, (long long)obs->value);
    }
}

void drain_hangup(struct judge *judge, const struct edge_conn *conn, const struct obs *obs)
{
    const struct finding finding = finding_of(LIV_07, NONE, obs->device, 0, 0);

    if (!asked_to_go(judge, obs->node)) {
        return;
    }
    judge->judged[LIV_07]++;
    /* Whose token is over is sent away before a node does anything else, also before it is asked to go. */
    if (conn->greeted != INT64_MIN && !conn->warned && obs->seq != CLOSE_TOKEN_EXPIRED) {
        judge_violated(judge, finding,
                       "node %u closed connection %lld of device %u and had not told it that it "
                       "is about to go",
                       (unsigned)obs->node, (long long)obs->value, obs->device);
    } else if (obs->seq == CLOSE_RESTART && under_way(conn) > 0) {
        judge_violated(judge, finding,
                       "node %u went and closed connection %lld of device %u, which waits for %u "
                       "answers",
                       (unsigned)obs->node, (long long)obs->value, obs->device, under_way(conn));
    } else if (conn->asked_us != INT64_MIN) {
        const int64_t from_us = path_database_from(judge, obs->node, conn->asked_us);
        if (from_us <= obs->at_us) {
            judge_margin(judge, LIV_07, obs->at_us - from_us, bound_us_of(judge, conn->begun));
        }
    }
}
