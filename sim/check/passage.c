/* See passage.h. */
#include "sim/check/passage.h"

#include "sim/check/bearer.h"
#include "sim/check/door.h"
#include "sim/check/drain.h"
#include "sim/check/edge.h"
#include "sim/check/issued.h"
#include "sim/check/quiet.h"
#include "sim/check/silence.h"
#include "sim/check/who.h"
#include "sim/check/word.h"

void passage_init(struct judge *judge)
{
    edge_truth_init(judge);
    issued_truth_init(judge);
    bearer_truth_init(judge);
    word_truth_init(judge);
    door_truth_init(judge);
    silence_truth_init(judge);
}

void passage_deinit(struct judge *judge)
{
    silence_truth_deinit(judge);
    door_truth_deinit(judge);
    word_truth_deinit(judge);
    bearer_truth_deinit(judge);
    issued_truth_deinit(judge);
    edge_truth_deinit(judge);
}

/* A connection's record is changed after all have looked at it. */
static void on_connection(struct judge *judge, const struct obs *obs)
{
    struct edge_conn *conn = edge_conn(judge, obs);

    if (conn == NULL) {
        judge->ignored++; /* its beginning was not told */
    } else if (obs->kind == OBS_HEARD) {
        word_heard(judge, conn, obs);
        bearer_heard(judge, conn, obs);
        door_heard(judge, conn, obs);
        quiet_heard(judge, conn, obs);
        drain_heard(judge, conn, obs);
        edge_heard(judge, conn, obs);
    } else if (obs->kind == OBS_SAID) {
        word_said(judge, conn, obs);
        bearer_said(judge, conn, obs);
        door_said(judge, conn, obs);
        quiet_said(judge, conn, obs);
        drain_said(judge, conn, obs);
        who_said(judge, obs);
        edge_said(judge, conn, obs);
    } else if (obs->kind == OBS_HANGUP) {
        door_hangup(judge, conn, obs);
        bearer_hangup(judge, conn, obs);
        silence_ended(judge, conn, obs);
        drain_hangup(judge, conn, obs);
        edge_ended(judge, obs);
    } else {
        HB_ASSERT(obs->kind == OBS_GONE);
        bearer_hangup(judge, conn, obs);
        silence_ended(judge, conn, obs);
        edge_ended(judge, obs);
    }
}

void passage_observe(struct judge *judge, const struct obs *obs)
{
    switch ((int)obs->kind) {
    case OBS_HEARD:
    case OBS_SAID:
    case OBS_HANGUP:
    case OBS_GONE:
        silence_clock(judge, obs);
        on_connection(judge, obs);
        return;
    case OBS_SAID_HEAD:
        word_head(judge, obs);
        edge_observe(judge, obs);
        return;
    case OBS_ANNOUNCED:
        word_announced(judge, obs);
        return;
    case OBS_ARRIVED:
        edge_observe(judge, obs);
        silence_arrived(judge, obs);
        return;
    case OBS_POSITION:
    case OBS_SAID_CURSOR:
    case OBS_SENT:
        edge_observe(judge, obs);
        return;
    case OBS_DRAIN:
        door_observe(judge, obs);
        drain_asked(judge, obs);
        return;
    case OBS_NODE_DOWN:
        silence_node_down(judge, obs);
        bearer_node_down(judge, obs);
        edge_node_down(judge, obs->node);
        door_observe(judge, obs);
        return;
    default:
        door_observe(judge, obs); /* of a node */
        return;
    }
}
