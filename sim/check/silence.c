/* See silence.h. */
#include "sim/check/silence.h"

#include "server/protocol/limits.h"
#include "sim/check/finding.h"
#include "sim/check/path.h"
#include "sim/check/table.h"

#include <stdlib.h>

struct node_clock { /* in its present life */
    int64_t us;     /* what it showed last */
    int64_t at_us;  /* when; INT64_MIN: it was not told */
};

struct unaware {        /* of a device */
    int64_t connection; /* the present one */
    int64_t begin_us;   /* half-open since; NEVER_US: it is not */
    int64_t
        node_ended_us; /* when the node's end of it was gone; INT64_MIN: it is not, or never was */
    uint32_t count;    /* of its half-open ones */
};

struct silence_truth {
    struct table clocks;  /* by node */
    struct table devices; /* by device: struct unaware */
};

void silence_truth_init(struct judge *judge)
{
    static const struct node_clock untold = {.at_us = INT64_MIN};
    static const struct unaware fresh = {.begin_us = NEVER_US, .node_ended_us = INT64_MIN};
    judge->silence = hb_calloc(1, sizeof *judge->silence);
    judge->silence->clocks = (struct table){.bytes = sizeof untold, .fresh = &untold};
    judge->silence->devices = (struct table){.bytes = sizeof fresh, .fresh = &fresh};
}

void silence_truth_deinit(struct judge *judge)
{
    table_deinit(&judge->silence->clocks);
    table_deinit(&judge->silence->devices);
    free(judge->silence);
}

/* --- The node's side ------------------------------------------------------------------------ */

void silence_clock(struct judge *judge, const struct obs *obs)
{
    if (truth_node(judge, obs->node) != NULL) {
        struct node_clock *clock = table_at(&judge->silence->clocks, obs->node);
        *clock = (struct node_clock){obs->timestamp, obs->at_us};
    }
}

/* By the node's clock: since when it is silent, and how long it may be. False: it waits for an answer of ours. */
static bool silent_since(const struct judge *judge, const struct edge_conn *conn,
                         int64_t *ret_since, int64_t *ret_bound)
{
    if (conn->greeted != INT64_MIN) {
        *ret_since = later(conn->heard, conn->greeted);
        *ret_bound = judge_bound(judge, BOUND_SILENT);
        return true;
    }
    *ret_since = conn->arrived;
    *ret_bound = judge_bound(judge, BOUND_SILENT_HELLO);
    return conn->hello == INT64_MIN;
}

/* Whether it is paused, or has just woken: what had come to it meanwhile, a close too, it takes in that instant, and
 * only then looks at its clock. */
static bool asleep(const struct judge *judge, uint16_t node, int64_t at_us)
{
    return at_us <= path_paused_until(judge, node);
}

/* Of a node's clock that may run a tenth faster: when to look again at what `left_us` of it are left for. */
static int64_t before(int64_t left_us)
{
    return left_us - left_us / 10;
}

/* A connection can be silent for too long after this, whichever its bound is by then. */
static int64_t soonest(const struct judge *judge)
{
    const int64_t silent = judge_bound(judge, BOUND_SILENT);
    const int64_t hello = judge_bound(judge, BOUND_SILENT_HELLO);

    return later(before(silent < hello ? silent : hello), 1);
}

void silence_arrived(struct judge *judge, const struct obs *obs)
{
    if (edge_conn(judge, obs) == NULL || obs->value < 0 || obs->value > UINT32_MAX) {
        return;
    }
    silence_clock(judge, obs);
    due_push(&judge->dues, (struct due){obs_until_us(obs) + soonest(judge), DUE_SILENT, obs->device,
                                        (uint32_t)obs->value});
}

static void unheard(struct judge *judge, const struct edge_conn *conn, uint32_t device,
                    int64_t silent_us, int64_t bound)
{
    struct finding finding = finding_of(LIV_15, NONE, device, 0, 0);

    judge->judged[LIV_15]++;
    finding.node = conn->node;
    judge_violated(
        judge, finding,
        "node %u heard nothing on connection %lld of device %u for %lld us of its own clock, "
        "and did not close it within %lld us",
        (unsigned)conn->node, (long long)conn->value, device, (long long)silent_us,
        (long long)bound);
}

void silence_due(struct judge *judge, struct due due, int64_t now_us)
{
    const struct obs of = {.device = due.a, .value = due.b};
    const struct edge_conn *conn = edge_conn(judge, &of);
    int64_t since, bound;

    if (conn == NULL) {
        return;
    }
    const struct node_clock *clock = table_at(&judge->silence->clocks, conn->node);
    const bool counts = silent_since(judge, conn, &since, &bound);
    if (asleep(judge, conn->node, now_us)) {
        due.at_us = now_us + soonest(judge);
        due_push(&judge->dues, due);
        return;
    }
    if (counts && clock->us - since > bound) {
        unheard(judge, conn, due.a, clock->us - since, bound);
        return;
    }
    /* What its clock shows at `now_us`, at about the true pace. */
    const int64_t left_us = bound - (clock->us + (now_us - clock->at_us) - since);
    due.at_us = now_us + (counts ? later(before(left_us), 0) : soonest(judge));
    due_push(&judge->dues, due);
}

/* --- The client's side ---------------------------------------------------------------------- */

static struct unaware *unaware_of(struct judge *judge, const struct obs *obs)
{
    return truth_device(judge, obs->device) != NULL
               ? table_at(&judge->silence->devices, obs->device)
               : NULL;
}

void silence_want(struct judge *judge, const struct obs *obs)
{
    struct unaware *unaware = unaware_of(judge, obs);

    if (unaware != NULL) {
        unaware->connection = obs->value;
        unaware->node_ended_us = INT64_MIN;
    }
}

/* Until when the client has to know; NEVER_US: it may wait for the node, which has its own bound. */
static int64_t aware_until(struct judge *judge, uint32_t device, const struct unaware *unaware)
{
    const struct obs of = {.device = device, .value = unaware->connection};
    const struct edge_conn *conn = edge_conn(judge, &of);
    int64_t until_us = unaware->begin_us + judge_bound(judge, BOUND_UNAWARE);

    if (conn != NULL && conn->heard_us <= unaware->begin_us) {
        return NEVER_US;
    }
    if (unaware->node_ended_us != INT64_MIN) {
        until_us = later(until_us, unaware->node_ended_us + judge->bounds.client_latency_us);
    }
    return until_us;
}

static void await(struct judge *judge, uint32_t device, const struct unaware *unaware)
{
    const int64_t until_us = aware_until(judge, device, unaware);
    const int64_t first_us = unaware->begin_us + judge_bound(judge, BOUND_UNAWARE);

    due_push(&judge->dues, (struct due){until_us == NEVER_US ? first_us : until_us, DUE_UNAWARE,
                                        device, unaware->count});
}

void silence_fault(struct judge *judge, const struct obs *obs)
{
    struct unaware *unaware = unaware_of(judge, obs);

    if (unaware == NULL) {
        return;
    }
    if (obs->kind == OBS_FAULT_BEGIN) {
        unaware->begin_us = obs_until_us(obs);
        unaware->count++;
        await(judge, obs->device, unaware);
    } else if (unaware->begin_us != NEVER_US) {
        const int64_t until_us = aware_until(judge, obs->device, unaware);
        judge->judged[LIV_15]++;
        if (until_us != NEVER_US && obs->at_us <= until_us) {
            judge_margin(judge, LIV_15, obs->at_us - unaware->begin_us,
                         until_us - unaware->begin_us);
        }
        unaware->begin_us = NEVER_US;
    }
}

void silence_unaware_due(struct judge *judge, struct due due, int64_t now_us)
{
    struct unaware *unaware = table_at(&judge->silence->devices, due.a);

    if (unaware->begin_us == NEVER_US || unaware->count != due.b) {
        return;
    }
    const int64_t until_us = aware_until(judge, due.a, unaware);
    if (until_us == NEVER_US) {
        return; /* the node's end of it brings it back */
    }
    if (until_us >= now_us) {
        await(judge, due.a, unaware);
        return;
    }
    judge->judged[LIV_15]++;
    struct finding finding = finding_of(LIV_15, NONE, due.a, 0, 0);
    finding.at_us = until_us;
    judge_violated(judge, finding,
                   "device %u did not end connection %lld, which is half-open since %lld us, "
                   "within %lld us",
                   due.a, (long long)unaware->connection, (long long)unaware->begin_us,
                   (long long)(until_us - unaware->begin_us));
    unaware->begin_us = NEVER_US;
}

/* --- The node's end of it ------------------------------------------------------------------- */

static void node_ended(struct judge *judge, uint32_t device, int64_t connection, int64_t at_us)
{
    struct unaware *unaware = table_at(&judge->silence->devices, device);

    if (unaware->connection == connection && unaware->begin_us != NEVER_US) {
        unaware->node_ended_us = at_us;
        const int64_t until_us = later(unaware->begin_us + judge_bound(judge, BOUND_UNAWARE),
                                       at_us + judge->bounds.client_latency_us);
        due_push(&judge->dues, (struct due){until_us, DUE_UNAWARE, device, unaware->count});
    }
}

void silence_ended(struct judge *judge, const struct edge_conn *conn, const struct obs *obs)
{
    int64_t since, bound;

    node_ended(judge, obs->device, obs->value, obs_until_us(obs));
    if (!silent_since(judge, conn, &since, &bound) ||
        asleep(judge, conn->node, obs_until_us(obs))) {
        return;
    }
    if (obs->timestamp - since > bound) {
        unheard(judge, conn, obs->device, obs->timestamp - since, bound);
    } else if (obs->kind == OBS_HANGUP &&
               (obs->seq == CLOSE_NO_PONG || obs->seq == CLOSE_NO_HELLO)) {
        judge->judged[LIV_15]++;
        judge_margin(judge, LIV_15, obs->timestamp - since, bound);
    }
}

void silence_node_down(struct judge *judge, const struct obs *obs)
{
    for (uint32_t i = 0; i < judge->silence->devices.len; i++) {
        const struct unaware *unaware = table_at(&judge->silence->devices, i);
        const struct obs of = {.device = i, .value = unaware->connection};
        const struct edge_conn *conn = unaware->begin_us != NEVER_US ? edge_conn(judge, &of) : NULL;
        if (conn != NULL && conn->node == obs->node) {
            node_ended(judge, i, unaware->connection, obs_until_us(obs));
        }
    }
    if (truth_node(judge, obs->node) != NULL) {
        struct node_clock *clock = table_at(&judge->silence->clocks, obs->node);
        clock->at_us = INT64_MIN;
    }
}
