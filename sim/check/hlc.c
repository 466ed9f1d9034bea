/* HLC: stamps grow, at their nodes and in their rooms, and follow the fastest wall clock. */
#include "sim/check/hlc.h"

#include "sim/check/finding.h"
#include "sim/check/table.h"

#include <inttypes.h>
#include <stdlib.h>

#define JUMP_MS 1000 /* two readings of a wall clock that disagree by more than this: it jumped */

_Static_assert(HLC_COUNTER_MAX == 65535, "BOUND_CARRIES says so");

struct clock {                /* of a node */
    uint64_t stamp_last;      /* of this life */
    uint64_t stamp_client_id; /* whose that was */
    uint64_t stamp_committed; /* the greatest that stands in the log */
    uint64_t stamps;
    int64_t wall_max_ms;
    int64_t wall_last_ms, wall_last_us;
};

struct hlc_truth {
    struct table clocks;  /* by node */
    struct table highest; /* by room: uint64_t, the greatest stamp of its committed entries */
    int64_t wall_max_ms;  /* of any node */
    int64_t floor_ms;     /* the greatest stamp of the initial state */
};

void hlc_truth_init(struct judge *judge)
{
    static const struct clock clock = {0};
    static const uint64_t highest = 0;
    judge->hlc = hb_calloc(1, sizeof *judge->hlc);
    judge->hlc->clocks = (struct table){.bytes = sizeof clock, .fresh = &clock};
    judge->hlc->highest = (struct table){.bytes = sizeof highest, .fresh = &highest};
}

void hlc_truth_deinit(struct judge *judge)
{
    table_deinit(&judge->hlc->clocks);
    table_deinit(&judge->hlc->highest);
    free(judge->hlc);
}

static int64_t ms_of(uint64_t hlc)
{
    return (int64_t)(hlc >> HLC_COUNTER_BITS);
}

static void read_wall(struct judge *judge, struct node_truth *node, struct clock *clock,
                      const struct obs *obs)
{
    if (clock->stamps > 0) {
        const int64_t drift_ms =
            obs->value - clock->wall_last_ms - (obs->at_us - clock->wall_last_us) / 1000;
        if (drift_ms > JUMP_MS || drift_ms < -JUMP_MS) {
            node->wall_jump_us = obs->at_us;
        }
    }
    clock->wall_last_ms = obs->value;
    clock->wall_last_us = obs->at_us;
    clock->wall_max_ms = later(clock->wall_max_ms, obs->value);
    judge->hlc->wall_max_ms = later(judge->hlc->wall_max_ms, obs->value);
}

/* HLC-01 within a life and above what the earlier lives left in the log. A stamp whose transaction
 * was never committed was seen by nobody, so a new life may go below it. */
static void judge_growth(struct judge *judge, const struct clock *clock, const struct obs *obs)
{
    const bool first = clock->stamp_last == 0;
    const uint64_t floor = first ? clock->stamp_committed : clock->stamp_last;

    if (obs->hlc == clock->stamp_last && obs->client_id == clock->stamp_client_id) {
        return; /* the same transaction, put on its way again */
    }
    judge->judged[HLC_01] += floor > 0;
    if (obs->hlc <= floor) {
        struct violation *found = judge_violated(
            judge, finding_of(HLC_01, NONE, NONE, 0, 0),
            "node %u stamped %012" PRIx64 "-%04" PRIx64 " after %012" PRIx64 "-%04" PRIx64 "%s",
            (unsigned)obs->node, ms_of(obs->hlc), obs->hlc & HLC_COUNTER_MAX, ms_of(floor),
            floor & HLC_COUNTER_MAX, first ? ", which an earlier life of it committed" : "");
        if (found != NULL) {
            found->node = obs->node;
        }
    }
}

/* HLC-02, what is taken: the stamp that came with the message. The node reads its clock when the
 * frame comes, which is not before the message was last put on the wire. */
static void judge_taken(struct judge *judge, const struct node_truth *node, const struct obs *obs)
{
    const struct send *send = truth_send(judge, 0, obs->client_id);

    if (send == NULL || send->next_same != NONE || send->seen == 0) {
        return; /* two people's messages of one id: whose this is, only the commit says */
    }
    const int64_t waited_ms = (obs->at_us - send->sent_us) / 1000 + 1;
    if (ms_of(send->seen) >
            obs->value - waited_ms + bound_value(BOUND_SKEW, &judge->bounds, (struct amounts){0}) ||
        node->wall_jump_us >= send->sent_us) {
        return;
    }
    judge->judged[HLC_02]++;
    if (obs->hlc <= send->seen) {
        struct violation *found = judge_violated(
            judge, finding_of(HLC_02, send->room, send->device, 0, 0),
            "node %u stamped %012" PRIx64 "-%04" PRIx64 " a message of device %u that came with "
            "%012" PRIx64 "-%04" PRIx64,
            (unsigned)obs->node, ms_of(obs->hlc), obs->hlc & HLC_COUNTER_MAX, send->device,
            ms_of(send->seen), send->seen & HLC_COUNTER_MAX);
        if (found != NULL) {
            found->node = obs->node;
        }
    }
}

/* HLC-02, what is refused: no stamp that a peer sent lifts a node by more than the skew limit above
 * its own wall clock. Between two stamps that clock may have been ahead by as much as the plan's
 * clocks differ. */
static void judge_refused(struct judge *judge, const struct clock *clock, const struct obs *obs)
{
    const struct amounts amounts = {.stamps = clock->stamps + 1};
    const int64_t limit_ms = later(clock->wall_max_ms, judge->hlc->floor_ms) +
                             bound_value(BOUND_LIFT, &judge->bounds, amounts);
    judge->judged[HLC_02]++;
    if (ms_of(obs->hlc) > limit_ms) {
        struct violation *found =
            judge_violated(judge, finding_of(HLC_02, NONE, NONE, 0, 0),
                           "node %u stamped %lld ms, which is %lld ms above its own wall clock",
                           (unsigned)obs->node, (long long)ms_of(obs->hlc),
                           (long long)(ms_of(obs->hlc) - clock->wall_max_ms));
        if (found != NULL) {
            found->node = obs->node;
        }
    }
}

void hlc_observe_stamp(struct judge *judge, const struct obs *obs)
{
    struct node_truth *node = truth_node(judge, obs->node);
    if (node == NULL || obs->value < 0 || obs->value > HLC_WALL_MS_MAX) {
        judge->ignored++;
        return;
    }
    struct clock *clock = table_at(&judge->hlc->clocks, obs->node);
    judge_growth(judge, clock, obs);
    read_wall(judge, node, clock, obs);
    judge_taken(judge, node, obs);
    judge_refused(judge, clock, obs);
    clock->stamps++;
    clock->stamp_last = obs->hlc;
    clock->stamp_client_id = obs->client_id;

    HB_GROW(judge->stamps, judge->stamps_len, judge->stamps_cap);
    struct stamp *stamp = &judge->stamps[judge->stamps_len];
    *stamp = (struct stamp){obs->hlc, obs->at_us, obs->value, NONE, obs->node};
    if (obs->client_id != 0) {
        struct send *send = truth_send(judge, 0, obs->client_id);
        if (send == NULL) {
            send = truth_send_make(judge, 0, obs->client_id);
        }
        /* All that share the client id share the chain: the commit tells whose it was. */
        stamp->next = send->stamps;
        for (uint32_t i = truth_send_index(judge, send); i != NONE; i = judge->sends[i].next_same) {
            judge->sends[i].stamps = judge->stamps_len;
        }
    }
    judge->stamps_len++;
}

void hlc_observe_life(struct judge *judge, const struct obs *obs)
{
    struct node_truth *node = truth_node(judge, obs->node);
    if (node != NULL) {
        struct clock *clock = table_at(&judge->hlc->clocks, obs->node);
        clock->stamp_last = 0;
        clock->stamp_client_id = 0;
    }
}

/* HLC-01: the log has the stamp that the node sent for this message, and no other. */
static void judge_own(struct judge *judge, const struct placed *placed)
{
    const struct obs *obs = placed->obs;
    const uint64_t own = (uint64_t)obs->value;

    if (truth_node(judge, obs->node) == NULL || own == 0) {
        return;
    }
    struct clock *clock = table_at(&judge->hlc->clocks, obs->node);
    clock->stamp_committed = own > clock->stamp_committed ? own : clock->stamp_committed;
    if (placed->send == NULL) {
        return;
    }
    judge->judged[HLC_01]++;
    for (uint32_t i = placed->send->stamps; i != NONE; i = judge->stamps[i].next) {
        const struct stamp *stamp = &judge->stamps[i];
        if (stamp->hlc == own && stamp->node == obs->node) {
            return;
        }
    }
    judge_violated(judge, finding_of(HLC_01, obs->room, NONE, obs->seq, obs->seq),
                   "seq %" PRIu64 " of room %u was committed with the stamp %016" PRIx64
                   ", which node %u never "
                   "gave to it",
                   obs->seq, obs->room, own, (unsigned)obs->node);
}

/* HLC-04. Stamps that grow cannot be equal, so only a stamp that does not needs a search. */
static void judge_unique(struct judge *judge, const struct placed *placed)
{
    const struct obs *obs = placed->obs;
    const struct room *room = placed->room;

    for (uint32_t i = room->log_len; i-- > 0;) {
        const struct row *row = &room->log[i];
        if (row != placed->row && (row->flags & ROW_COMMITTED) != 0 && row->hlc == obs->hlc &&
            row->node == obs->node) {
            judge_violated(judge, finding_of(HLC_04, obs->room, NONE, room->base + i, obs->seq),
                           "seq %" PRIu64 " and %" PRIu64
                           " of room %u have the same stamp of node %u",
                           room->base + i, obs->seq, obs->room, (unsigned)obs->node);
            return;
        }
    }
}

void hlc_placed(struct judge *judge, const struct placed *placed)
{
    const struct obs *obs = placed->obs;
    uint64_t *highest = table_at(&judge->hlc->highest, obs->room);

    judge->judged[HLC_03]++;
    judge->judged[HLC_04]++;
    if (*highest != 0 && obs->hlc <= *highest) {
        judge_violated(judge, finding_of(HLC_03, obs->room, NONE, obs->seq, obs->seq),
                       "seq %" PRIu64 " of room %u is stamped %012" PRIx64 "-%04" PRIx64
                       ", not above the "
                       "%012" PRIx64 "-%04" PRIx64 " before it",
                       obs->seq, obs->room, ms_of(obs->hlc), obs->hlc & HLC_COUNTER_MAX,
                       ms_of(*highest), *highest & HLC_COUNTER_MAX);
        judge_unique(judge, placed);
    }
    *highest = obs->hlc > *highest ? obs->hlc : *highest;
    if (obs->node == OBS_NODE_NONE) { /* the initial state: nobody's clock, but a floor for all */
        judge->hlc->floor_ms = later(judge->hlc->floor_ms, ms_of(obs->hlc));
        return;
    }
    if (!judge_saw(judge, OBS_STAMP)) {
        return;
    }
    judge_own(judge, placed);
    judge->judged[HLC_05]++;
    const struct amounts amounts = {.stamps = judge->stamps_len};
    const int64_t limit_ms = later(judge->hlc->wall_max_ms, judge->hlc->floor_ms) +
                             bound_value(BOUND_CARRIES, &judge->bounds, amounts);
    if (ms_of(obs->hlc) > limit_ms) {
        judge_violated(judge, finding_of(HLC_05, obs->room, NONE, obs->seq, obs->seq),
                       "seq %" PRIu64
                       " of room %u is stamped %lld ms; no node's clock was ever above "
                       "%lld ms",
                       obs->seq, obs->room, (long long)ms_of(obs->hlc), (long long)limit_ms);
    }
}
