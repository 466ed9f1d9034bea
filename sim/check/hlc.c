/* HLC: stamps grow, at their nodes and in their rooms, and follow the fastest wall clock. */
#include "sim/check/hlc.h"

#include "sim/check/finding.h"
#include "sim/check/table.h"

#include <inttypes.h>
#include <stdlib.h>

#define JUMP_MS 1000 /* two readings of a wall clock that disagree by more than this: it jumped */

_Static_assert(HLC_COUNTER_MAX == 65535, "BOUND_CARRIES says so");

struct clock {                              /* of a node */
    uint64_t stamp_last;                    /* of this life */
    uint64_t stamp_sender, stamp_client_id; /* whose that was */
    uint64_t stamp_committed;               /* the greatest that stands in the log */
    uint64_t stamps;
    uint64_t taken;      /* in this life: the greatest that it certainly took */
    uint64_t refused;    /* since its last stamp: how many came that were beyond the limit */
    int64_t wall_max_ms; /* of this life */
    int64_t wall_last_ms, wall_last_us;
};

struct greeting { /* of a device: its last hello */
    uint64_t seen;
    int64_t wall_ms;
    uint16_t node, life; /* OBS_NODE_NONE: none */
};

struct hlc_truth {
    struct table clocks;    /* by node */
    struct table highest;   /* by room: uint64_t, the greatest stamp of its committed entries */
    struct table greetings; /* by device */
    struct u64map sources;  /* stamps that a node may take: of entries, and those that came */
    int64_t wall_max_ms;    /* of any node */
    int64_t floor_ms;       /* the greatest stamp of the initial state */
};

void hlc_truth_init(struct judge *judge)
{
    static const struct clock clock = {0};
    static const uint64_t highest = 0;
    static const struct greeting greeting = {.node = OBS_NODE_NONE};
    judge->hlc = hb_calloc(1, sizeof *judge->hlc);
    judge->hlc->clocks = (struct table){.bytes = sizeof clock, .fresh = &clock};
    judge->hlc->highest = (struct table){.bytes = sizeof highest, .fresh = &highest};
    judge->hlc->greetings = (struct table){.bytes = sizeof greeting, .fresh = &greeting};
}

void hlc_truth_deinit(struct judge *judge)
{
    table_deinit(&judge->hlc->clocks);
    table_deinit(&judge->hlc->highest);
    table_deinit(&judge->hlc->greetings);
    u64map_deinit(&judge->hlc->sources);
    free(judge->hlc);
}

static int64_t ms_of(uint64_t hlc)
{
    return (int64_t)(hlc >> HLC_COUNTER_BITS);
}

static void see_wall(struct judge *judge, struct clock *clock, int64_t wall_ms)
{
    clock->wall_max_ms = later(clock->wall_max_ms, wall_ms);
    judge->hlc->wall_max_ms = later(judge->hlc->wall_max_ms, wall_ms);
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
    see_wall(judge, clock, obs->value);
}

static int64_t skew_ms(const struct judge *judge)
{
    return judge_bound(judge, BOUND_SKEW);
}

/* --- What comes to a node -------------------------------------------------------------------- */

void hlc_observe_wall(struct judge *judge, const struct obs *obs)
{
    struct node_truth *node = truth_node(judge, obs->node);

    if (node == NULL || obs->value < 0 || obs->value > HLC_WALL_MS_MAX) {
        judge->ignored++;
        return;
    }
    node->wall_jump_us = obs->at_us;
    see_wall(judge, table_at(&judge->hlc->clocks, obs->node), obs->value);
}

/* A message: what its node's clock showed, every time that it came to it. */
static void came(struct judge *judge, const struct obs *obs, uint16_t life)
{
    struct send *send =
        truth_send(judge, truth_sender_of_device(judge, obs->device), obs->client_id);

    if (send == NULL) {
        return;
    }
    struct came *came = &send->came;
    const int64_t most_ms = (obs->flags & OBS_HELD) != 0 ? HLC_WALL_MS_MAX : obs->value;
    if (came->node != obs->node || came->life != life || came->seen != obs->hlc) {
        *came = (struct came){obs->value, most_ms, obs->hlc, obs->node, life};
        return;
    }
    came->wall_least_ms = obs->value < came->wall_least_ms ? obs->value : came->wall_least_ms;
    came->wall_most_ms = later(came->wall_most_ms, most_ms);
}

void hlc_observe_came(struct judge *judge, const struct obs *obs)
{
    struct node_truth *node = truth_node(judge, obs->node);

    if (node == NULL || truth_device(judge, obs->device) == NULL || obs->value < 0 ||
        obs->value > HLC_WALL_MS_MAX) {
        judge->ignored++;
        return;
    }
    struct clock *clock = table_at(&judge->hlc->clocks, obs->node);
    see_wall(judge, clock, obs->value);
    if (obs->client_id != 0) {
        came(judge, obs, node->life);
    } else {
        struct greeting *greeting = table_at(&judge->hlc->greetings, obs->device);
        *greeting = (struct greeting){obs->hlc, obs->value, obs->node, node->life};
    }
    if (ms_of(obs->hlc) - obs->value > skew_ms(judge)) {
        clock->refused++;
    } else if (obs->hlc != 0 && !u64map_get(&judge->hlc->sources, obs->hlc, NULL)) {
        u64map_put(&judge->hlc->sources, obs->hlc, 1);
    }
}

/* HLC-02, of a hello: whoever is welcomed was heard. */
void hlc_observe_welcome(struct judge *judge, const struct obs *obs)
{
    if (obs->node >= judge->nodes_len || truth_device(judge, obs->device) == NULL) {
        return;
    }
    const struct greeting *greeting = table_at(&judge->hlc->greetings, obs->device);
    struct clock *clock = table_at(&judge->hlc->clocks, obs->node);
    if (greeting->node == obs->node && greeting->life == judge->nodes[obs->node].life &&
        ms_of(greeting->seen) - greeting->wall_ms <= skew_ms(judge) &&
        greeting->seen > clock->taken) {
        clock->taken = greeting->seen;
    }
}

/* --- Stamps ---------------------------------------------------------------------------------- */

/* HLC-01 within a life and above what the earlier lives left in the log. A stamp whose transaction
 * was never committed was seen by nobody, so a new life may go below it. */
static void judge_growth(struct judge *judge, const struct clock *clock, const struct obs *obs)
{
    const bool first = clock->stamp_last == 0;
    const uint64_t floor = first ? clock->stamp_committed : clock->stamp_last;

    if (obs->hlc == clock->stamp_last && obs->client_id == clock->stamp_client_id &&
        truth_sender_of_user(judge, obs->user) == clock->stamp_sender) {
        return; /* the same transaction, put on its way again */
    }
    judge->judged[HLC_01] += floor > 0;
    if (obs->hlc <= floor) {
        judge_violated(
            judge, finding_of(HLC_01, NONE, NONE, 0, 0),
            "node %u stamped %012" PRIx64 "-%04" PRIx64 " after %012" PRIx64 "-%04" PRIx64 "%s",
            (unsigned)obs->node, ms_of(obs->hlc), obs->hlc & HLC_COUNTER_MAX, ms_of(floor),
            floor & HLC_COUNTER_MAX, first ? ", which an earlier life of it committed" : "");
    }
}

/* HLC-02: a node takes the stamp that comes with a message if its clock then shows at least that much less
 * the limit. What the clock showed the world knows; of a request, only from when on. */
static void judge_taken(struct judge *judge, const struct node_truth *node, struct clock *clock,
                        const struct obs *obs)
{
    const struct send *send =
        truth_send(judge, truth_sender_of_user(judge, obs->user), obs->client_id);
    const struct came *came = send != NULL ? &send->came : NULL;
    uint32_t device = NONE;

    if (send != NULL && came->node == obs->node && came->life == node->life && came->seen != 0 &&
        ms_of(came->seen) - came->wall_least_ms <= skew_ms(judge) &&
        (came->wall_most_ms != HLC_WALL_MS_MAX || node->wall_jump_us < send->sent_us)) {
        clock->taken = came->seen > clock->taken ? came->seen : clock->taken;
        device = send->device;
    }
    if (clock->taken == 0) {
        return;
    }
    judge->judged[HLC_02]++;
    if (obs->hlc <= clock->taken) {
        judge_violated(judge, finding_of(HLC_02, send != NULL ? send->room : NONE, device, 0, 0),
                       "node %u stamped %012" PRIx64 "-%04" PRIx64 " after it had taken "
                       "%012" PRIx64 "-%04" PRIx64,
                       (unsigned)obs->node, ms_of(obs->hlc), obs->hlc & HLC_COUNTER_MAX,
                       ms_of(clock->taken), clock->taken & HLC_COUNTER_MAX);
    }
}

/* Whether what a node stamps just below is known: its last stamp, one that it has left in the log, or one
 * that it may take. */
static bool is_explained(const struct judge *judge, const struct clock *clock,
                         const struct obs *obs)
{
    const uint64_t before = obs->hlc - 1;

    if (clock->stamp_last == 0 ? before == clock->stamp_committed /* that of an earlier life */
                               : before == clock->stamp_last || obs->hlc == clock->stamp_last) {
        return true;
    }
    return ms_of(before) - clock->wall_max_ms <= skew_ms(judge) &&
           u64map_get(&judge->hlc->sources, before, NULL);
}

/* HLC-06: a stamp beyond the limit is refused, and the next one is as if it had never come: a stamp that is
 * ahead of its node's clock goes on from one that the node may know. */
static void judge_refused(struct judge *judge, struct clock *clock, const struct obs *obs)
{
    judge->judged[HLC_06] += clock->refused > 0;
    clock->refused = 0;
    if (ms_of(obs->hlc) <= clock->wall_max_ms || is_explained(judge, clock, obs)) {
        return;
    }
    judge_violated(judge, finding_of(HLC_06, NONE, NONE, 0, 0),
                   "node %u stamped %012" PRIx64 "-%04" PRIx64
                   ", %lld ms ahead of its own wall clock: nothing "
                   "that it may take explains that",
                   (unsigned)obs->node, ms_of(obs->hlc), obs->hlc & HLC_COUNTER_MAX,
                   (long long)(ms_of(obs->hlc) - clock->wall_max_ms));
}

/* HLC-09: the model's stamp, exactly: the clock as it is read, where that is above all that the node knows, else
 * what it knows and one more. What is ahead of the clock is HLC-06's where nothing explains it. */
static void judge_exact(struct judge *judge, const struct clock *clock, const struct obs *obs)
{
    const uint64_t wall = (uint64_t)obs->value << HLC_COUNTER_BITS;

    if (obs->hlc == clock->stamp_last || ms_of(obs->hlc) > clock->wall_max_ms) {
        return; /* the first: the same transaction, put on its way again */
    }
    judge->judged[HLC_09]++;
    if (obs->hlc == wall || (obs->hlc > wall && is_explained(judge, clock, obs))) {
        return;
    }
    judge_violated(judge, finding_of(HLC_09, NONE, NONE, 0, 0),
                   "node %u, whose clock showed %lld ms, stamped %lld ms and counter %" PRIu64
                   ": neither its clock nor one above what it knows",
                   (unsigned)obs->node, (long long)obs->value, (long long)ms_of(obs->hlc),
                   obs->hlc & HLC_COUNTER_MAX);
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
    if (judge_saw(judge, OBS_CAME)) {
        judge_taken(judge, node, clock, obs);
        judge_refused(judge, clock, obs);
        judge_exact(judge, clock, obs);
    }
    clock->stamps++;
    clock->stamp_last = obs->hlc;
    clock->stamp_sender = truth_sender_of_user(judge, obs->user);
    clock->stamp_client_id = obs->client_id;

    HB_GROW(judge->stamps, judge->stamps_len, judge->stamps_cap);
    struct stamp *stamp = &judge->stamps[judge->stamps_len];
    *stamp = (struct stamp){obs->hlc, obs->at_us, obs->value, NONE, obs->node, node->life};
    if (obs->client_id != 0) {
        struct send *send = truth_send_make(judge, clock->stamp_sender, obs->client_id);
        stamp->next = send->stamps;
        send->stamps = judge->stamps_len;
    }
    judge->stamps_len++;
}

void hlc_observe_life(struct judge *judge, const struct obs *obs)
{
    struct node_truth *node = truth_node(judge, obs->node);
    if (node != NULL) {
        struct clock *clock = table_at(&judge->hlc->clocks, obs->node);
        node->life++;
        clock->stamp_last = 0;
        clock->stamp_sender = 0;
        clock->stamp_client_id = 0;
        clock->taken = 0;
        clock->refused = 0;
        clock->wall_max_ms = 0;
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
        judge_violated(judge, finding_of(HLC_03, obs->room, NONE, obs->seq - 1, obs->seq),
                       "seq %" PRIu64 " of room %u is stamped %012" PRIx64 "-%04" PRIx64
                       ", not above the "
                       "%012" PRIx64 "-%04" PRIx64 " before it",
                       obs->seq, obs->room, ms_of(obs->hlc), obs->hlc & HLC_COUNTER_MAX,
                       ms_of(*highest), *highest & HLC_COUNTER_MAX);
        judge_unique(judge, placed);
    }
    *highest = obs->hlc > *highest ? obs->hlc : *highest;
    u64map_put(&judge->hlc->sources, obs->hlc, 1);
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
