/* Who was disturbed until when, and what the bounds are. The formulas stand in path.h. */
#include "sim/check/path.h"

static void disturb(struct disturbance *what, const struct obs *obs)
{
    if (obs->kind == OBS_FAULT_BEGIN) {
        what->faults++;
        what->until_us = NEVER_US;
    } else if (what->faults > 0) {
        what->faults--;
        if (what->faults == 0) {
            what->until_us = obs_until_us(obs);
        }
    }
}

static void on_fault(struct judge *judge, const struct obs *obs)
{
    if (obs->device != OBS_NONE) {
        struct device *device = truth_device(judge, obs->device);
        if (device != NULL) {
            disturb(&device->own, obs);
        }
    }
    if ((obs->flags & OBS_REDIS) != 0) {
        struct node_truth *node = obs->node != OBS_NODE_NONE ? truth_node(judge, obs->node) : NULL;
        disturb(node != NULL ? &node->redis : &judge->redis, obs);
    }
    if ((obs->flags & OBS_DATABASE) != 0) {
        disturb(&judge->database, obs);
    }
    if (obs->kind == OBS_FAULT_END) {
        judge->calm_us = obs_until_us(obs);
    }
}

void path_observe(struct judge *judge, const struct obs *obs)
{
    if (obs->kind == OBS_FAULT_BEGIN || obs->kind == OBS_FAULT_END) {
        on_fault(judge, obs);
        return;
    }
    if (obs->kind == OBS_CALM) {
        judge->calm_us = obs_until_us(obs);
        return;
    }
    struct node_truth *node = truth_node(judge, obs->node);
    if (node == NULL) {
        return;
    }
    node->is_down = obs->kind == OBS_NODE_DOWN;
    if (node->is_down) {
        node->down_us = obs_until_us(obs);
        judge->any_down_us = node->down_us;
    }
}

static int64_t ended(const struct disturbance *what, int64_t recovery_us)
{
    if (what->until_us == NEVER_US || what->until_us == INT64_MIN) {
        return what->until_us;
    }
    return what->until_us + recovery_us;
}

static int64_t redis_recovery_us(const struct judge *judge)
{
    return judge->bounds.redis_backoff_us + 3 * judge->bounds.redis_us;
}

static int64_t database_us(const struct judge *judge)
{
    return later(judge->bounds.database_us, 2 * judge->database_us_max);
}

static int64_t database_until(const struct judge *judge)
{
    return ended(&judge->database, judge->bounds.database_retry_us + 2 * database_us(judge));
}

static int64_t redis_until(const struct judge *judge, uint16_t node)
{
    const int64_t recovery = redis_recovery_us(judge);
    int64_t until = ended(&judge->redis, recovery);
    if (node < judge->nodes_len) {
        until = later(until, ended(&judge->nodes[node].redis, recovery));
    }
    return until;
}

int64_t path_repair_us(const struct judge *judge)
{
    const struct bounds *b = &judge->bounds;
    return 2 * b->announce_us + b->gap_us + b->redis_us + 2 * b->database_us + b->client_latency_us;
}

/* When the transaction went out: a node that died after that died with the row untold. */
static int64_t submitted_us(const struct judge *judge, const struct row *row)
{
    if (row->send != NONE) {
        for (uint32_t i = judge->sends[row->send].stamps; i != NONE; i = judge->stamps[i].next) {
            if (judge->stamps[i].node == row->node && judge->stamps[i].at_us <= row->commit_us) {
                return judge->stamps[i].at_us; /* the newest that can be its own */
            }
        }
    }
    return row->commit_us - judge->bounds.database_us;
}

int64_t path_delivery(const struct judge *judge, const struct device *device, const struct row *row,
                      int64_t *ret_bound_us)
{
    int64_t start = row->commit_us;

    *ret_bound_us = path_repair_us(judge);
    start = later(start, device->own.until_us);
    start = later(start, device->sync_us);
    start = later(start, database_until(judge));
    start = later(start, redis_until(judge, device->node));
    start = later(start, redis_until(judge, row->node));
    if (row->node < judge->nodes_len) {
        const struct node_truth *committer = &judge->nodes[row->node];
        if (committer->down_us >= submitted_us(judge, row)) {
            start = later(start, committer->down_us);
            *ret_bound_us += judge->bounds.lease_us + judge->bounds.sweep_us;
        }
    }
    return start;
}

int64_t path_online_us(const struct judge *judge)
{
    const struct bounds *b = &judge->bounds;
    return 2 * b->backoff_us + b->answer_us + b->lease_us / 2 + 5 * b->client_latency_us +
           2 * b->database_us + b->redis_us + b->database_retry_us;
}

int64_t path_online_from(const struct judge *judge, const struct device *device)
{
    int64_t from = later(device->waiting_us, device->own.until_us);
    from = later(from, judge->any_down_us);
    return later(from, database_until(judge));
}

int64_t path_sync_us(const struct judge *judge, uint64_t rows, uint64_t rooms)
{
    const struct bounds *b = &judge->bounds;
    const uint64_t page = b->page_rows > 0 ? (uint64_t)b->page_rows : 1;
    const uint64_t pages = rows / page + rooms + 1;
    /* A million pages are as good as any number: no overflow. */
    return (int64_t)(pages < 1000000 ? pages : 1000000) *
           (2 * b->client_latency_us + 2 * b->database_us + b->database_retry_us);
}

int64_t path_held_us(const struct judge *judge, const struct device *device)
{
    const struct view *view;
    uint64_t rows = 0;
    uint32_t room;

    for (uint32_t i = 0; (view = truth_view_at(judge, device, i, &room)) != NULL; i++) {
        const uint64_t head = judge->rooms[room].head;
        rows += view->last > 0 && head > view->last ? head - view->last : 0;
    }
    return judge->bounds.client_gap_us + path_sync_us(judge, rows, device->links_len + 1U) +
           path_repair_us(judge);
}

int64_t path_held_from(const struct judge *judge, const struct device *device, int64_t at_us)
{
    int64_t from = later(at_us, device->own.until_us);
    from = later(from, database_until(judge));
    return later(from, redis_until(judge, device->node));
}

int64_t path_rest_us(const struct judge *judge)
{
    const struct bounds *b = &judge->bounds;
    return b->backoff_us + 3 * b->client_latency_us +
           path_sync_us(judge, judge->pages_max * (uint64_t)b->page_rows, 1) +
           path_repair_us(judge);
}
