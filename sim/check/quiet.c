/* See quiet.h. */
#include "sim/check/quiet.h"

#include "sim/check/finding.h"
#include "sim/check/path.h"

static void judge_ping(struct judge *judge, struct edge_conn *conn, const struct obs *obs)
{
    /* Pings that wait for a node which does nothing are heard together. */
    if (conn->pinged_us > path_paused_until(judge, obs->node)) {
        const int64_t pause_us = obs_until_us(obs) - conn->pinged_us;
        const int64_t least_us = judge_bound(judge, BOUND_PING);
        judge->judged[LIV_10]++;
        if (pause_us < least_us) {
            judge_violated(judge, finding_of(LIV_10, NONE, obs->device, 0, 0),
                           "device %u pinged node %u again after %lld us, not %lld us", obs->device,
                           (unsigned)obs->node, (long long)pause_us, (long long)least_us);
        }
    }
    conn->pinged_us = obs->at_us;
}

/* Whether the log had something for it, or it may not know what it has. */
static bool lacks(const struct edge_request *request)
{
    for (uint32_t i = 0; i < request->asked_len; i++) {
        if (request->asked[i].seq != request->asked[i].head) { /* beyond it: of another log */
            return true;
        }
    }
    return request->asked_len == 0 || (request->flags & (OBS_LEFT | OBS_TEMPORARY)) != 0;
}

static void judge_sync(struct judge *judge, struct edge_conn *conn, const struct obs *obs)
{
    const struct edge_request *request = conn->requests;

    while (request->next != NULL) {
        request = request->next;
    }
    if (conn->causes > 0) {
        conn->causes--;
        return;
    }
    judge->judged[LIV_10]++;
    if (!lacks(request)) {
        judge_violated(judge, finding_of(LIV_10, NONE, obs->device, 0, 0),
                       "device %u asked node %u for a sync; it had all of each room that it named, "
                       "and was told of nothing that it lacks",
                       obs->device, (unsigned)obs->node);
    }
}

void quiet_heard(struct judge *judge, struct edge_conn *conn, const struct obs *obs)
{
    if (obs->content == edge_words(judge)->ping) {
        judge_ping(judge, conn, obs);
    } else if (obs->content == edge_words(judge)->sync_request && conn->requests != NULL) {
        judge_sync(judge, conn, obs);
    }
}

/* What makes a client ask: a room that does not follow by itself, a page with more behind it, a refusal. */
void quiet_said(struct judge *judge, struct edge_conn *conn, const struct obs *obs)
{
    const struct edge_words *words = edge_words(judge);

    if (obs->content == words->welcome) {
        for (uint32_t i = 0; i < conn->parts_len; i++) {
            conn->causes +=
                conn->parts[i].kind == OBS_SAID_HEAD && (conn->parts[i].flags & OBS_MORE) == 0;
        }
    } else if (obs->content == words->page) {
        conn->causes += (obs->flags & OBS_MORE) != 0;
    } else if (obs->id != 0 && !edge_answers_refresh(judge, conn, obs)) {
        conn->causes++; /* an error that names a request */
    }
}
