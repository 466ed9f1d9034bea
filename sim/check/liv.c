/* LIV: whoever wants to be online gets there, and nothing is held for ever; and the bookkeeping of
 * disturbances that every bound counts from.
 *
 * LIV-02: an attempt may meet a node that is dying and wait out the answer time-out, then back off
 * and try again elsewhere; the new node may wait for its bus for half a lease before it welcomes:
 * 2 (Bk + answer) + 3L + D + R + K / 2.
 * LIV-04: what a client holds waits for the same repairs as what it was not sent (Rep), or for its
 * own sync: client gap + 2L + D more. */
#include "sim/check/truth.h"

#include <inttypes.h>

/* What was begun during a disturbance may end this much after it: transactions under way, streams
 * that are opened again, subscriptions that are asked for again. */
static int64_t aftermath_us(const struct judge *judge)
{
    const struct bounds *b = &judge->bounds;
    return b->redis_backoff_us + b->database_retry_us + 4 * b->redis_us + 4 * b->database_us +
           500000;
}

static int64_t online_bound_us(const struct judge *judge)
{
    const struct bounds *b = &judge->bounds;
    return 2 * (b->backoff_us + b->answer_us) + 3 * b->client_latency_us + b->database_us +
           b->redis_us + b->lease_us / 2;
}

static int64_t held_bound_us(const struct judge *judge)
{
    const struct bounds *b = &judge->bounds;
    return judge->rep_us + b->client_gap_us + 2 * b->client_latency_us + b->database_us;
}

/* --- Disturbances --------------------------------------------------------------------------- */

static void disturb(uint32_t *faults, int64_t *until_us, bool begins, int64_t end_us)
{
    if (begins) {
        (*faults)++;
        *until_us = INT64_MAX;
        return;
    }
    HB_ASSERT(*faults > 0);
    (*faults)--;
    if (*faults == 0) {
        *until_us = end_us;
    }
}

static void on_fault(struct judge *judge, const struct obs *obs)
{
    const bool begins = obs->kind == OBS_FAULT_BEGIN;
    const int64_t end_us = obs->at_us + aftermath_us(judge);

    if ((obs->flags & OBS_DATABASE) != 0) {
        disturb(&judge->database_faults, &judge->database_until_us, begins, end_us);
    } else if ((obs->flags & OBS_REDIS) != 0 && obs->node == OBS_NODE_NONE) {
        disturb(&judge->redis_faults, &judge->redis_until_us, begins, end_us);
    } else if ((obs->flags & OBS_REDIS) != 0) {
        struct t_node *node = &judge->nodes[obs->node % TRUTH_NODES_MAX];
        disturb(&node->redis_faults, &node->redis_until_us, begins, end_us);
    } else if (obs->device != OBS_NONE) {
        struct t_device *device = truth_device(judge, obs->device);
        disturb(&device->faults, &device->until_us, begins, obs->at_us);
    }
}

static void on_node(struct judge *judge, const struct obs *obs)
{
    struct t_node *node = &judge->nodes[obs->node % TRUTH_NODES_MAX];
    const struct bounds *b = &judge->bounds;

    if (obs->kind == OBS_NODE_UP) {
        node->until_us = obs->at_us + aftermath_us(judge);
        node->stamp = 0;
        node->floor = node->stamp_committed;
    } else {
        node->until_us = INT64_MAX;
        node->dead_until_us = obs->at_us + b->lease_us + b->sweep_us + b->announce_us;
    }
}

/* --- Online --------------------------------------------------------------------------------- */

/* From when on a device could have been online: no node it may be sent to counts for it alone, so
 * every node's troubles put it off. */
static int64_t online_start(const struct judge *judge, const struct t_device *device)
{
    int64_t start = truth_start(judge, device, OBS_NODE_NONE, device->waiting_since_us);
    for (uint32_t i = 0; i < TRUTH_NODES_MAX; i++) {
        if (judge->nodes[i].redis_until_us > start) {
            start = judge->nodes[i].redis_until_us;
        }
    }
    return start;
}

static void judge_online(struct judge *judge, const struct t_device *device, const struct obs *obs)
{
    const int64_t start = online_start(judge, device);
    const int64_t bound = online_bound_us(judge);

    if (start == INT64_MAX) {
        return;
    }
    const int64_t used = obs->at_us > start ? obs->at_us - start : 0;
    margin(judge, LIV_02, used, bound);
    if (used > bound) {
        violation_say(truth_violation(judge, LIV_02, obs),
                      "device %u wanted to be online for %" PRId64 " us, %" PRId64
                      " us are allowed",
                      (unsigned)obs->device, used, bound);
    }
}

static void on_conn(struct judge *judge, const struct obs *obs)
{
    struct t_device *device = truth_device(judge, obs->device);

    if (obs->kind == OBS_CONN_OPEN) {
        device->open = true;
        device->node = obs->node;
        if (device->waiting_since_us == INT64_MAX) {
            device->waiting_since_us = obs->at_us;
        }
        return;
    }
    device->open = false;
    device->live = false;
    if (device->waiting_since_us == INT64_MAX) {
        device->waiting_since_us = obs->at_us;
    }
    for (uint32_t i = 0; i < device->places_len; i++) {
        judge->records[device->places[i].record].held_since_us = INT64_MAX;
    }
}

static void on_welcome(struct judge *judge, const struct obs *obs)
{
    struct t_device *device = truth_device(judge, obs->device);

    if (device->waiting_since_us != INT64_MAX) {
        judge_online(judge, device, obs);
    }
    device->waiting_since_us = INT64_MAX;
    device->live = true;
    device->live_since_us = obs->at_us;
    device->node = obs->node;
    for (uint32_t i = 0; i < device->places_len; i++) {
        judge->records[device->places[i].record].resumed = true;
    }
}

static void on_head(struct judge *judge, const struct obs *obs)
{
    struct t_record *record = truth_record(judge, obs->device, obs->room);
    if (!record->based) {
        record->based = true;
        record->base = obs->seq;
    }
}

/* --- Held ----------------------------------------------------------------------------------- */

static void judge_held(struct judge *judge, const struct t_record *record, const struct obs *obs)
{
    const struct t_device *device = &judge->devices[record->device];
    const int64_t start = truth_start(judge, device, OBS_NODE_NONE, record->held_since_us);
    const int64_t bound = held_bound_us(judge);

    if (start == INT64_MAX) {
        return;
    }
    const int64_t used = obs->at_us > start ? obs->at_us - start : 0;
    margin(judge, LIV_04, used, bound);
    if (used > bound) {
        struct obs at = *obs;
        at.device = record->device;
        at.room = record->room;
        at.seq = record->held_max;
        violation_say(truth_violation(judge, LIV_04, &at),
                      "device %u held place %" PRIu64 " of room %u for %" PRId64
                      " us behind a missing entry",
                      (unsigned)record->device, record->held_max, (unsigned)record->room, used);
    }
}

void liv_shown(struct judge *judge, const struct shown *shown)
{
    struct t_record *record = shown->record;
    if (record->held_since_us != INT64_MAX && shown->obs->seq >= record->held_max) {
        judge_held(judge, record, shown->obs);
        record->held_since_us = INT64_MAX;
    }
}

static void on_recv(struct judge *judge, const struct obs *obs)
{
    struct t_record *record = truth_record(judge, obs->device, obs->room);
    if ((obs->flags & OBS_HELD) == 0) {
        return;
    }
    if (record->held_since_us == INT64_MAX) {
        record->held_since_us = obs->at_us;
        record->held_max = 0;
    }
    record->held_max = obs->seq > record->held_max ? obs->seq : record->held_max;
}

void liv_observe(struct judge *judge, const struct obs *obs)
{
    const enum obs_kind kind = obs->kind;

    if (kind == OBS_FAULT_BEGIN || kind == OBS_FAULT_END) {
        on_fault(judge, obs);
    } else if (kind == OBS_NODE_UP || kind == OBS_NODE_DOWN) {
        on_node(judge, obs);
    } else if (kind == OBS_CONN_OPEN || kind == OBS_CONN_CLOSE) {
        on_conn(judge, obs);
    } else if (kind == OBS_WELCOME) {
        on_welcome(judge, obs);
    } else if (kind == OBS_HEAD) {
        on_head(judge, obs);
    } else {
        HB_ASSERT(kind == OBS_RECV);
        on_recv(judge, obs);
    }
}

void liv_end(struct judge *judge, const struct obs *end)
{
    for (uint32_t i = 0; i < judge->devices_len; i++) {
        const struct t_device *device = &judge->devices[i];
        struct obs obs = *end;
        obs.device = i;
        if (device->waiting_since_us != INT64_MAX) {
            judge_online(judge, device, &obs);
        }
        for (uint32_t p = 0; p < device->places_len; p++) {
            const struct t_record *record = &judge->records[device->places[p].record];
            if (record->held_since_us != INT64_MAX) {
                judge_held(judge, record, end);
            }
        }
    }
}
