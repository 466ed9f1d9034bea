/* Who was disturbed until when, and so from when each bound counts. The formulas stand in bound.h.
 * Long because every cause of a disturbance ends in the same few instants of a device, a node and a room. */
#include "sim/check/path.h"

#include "sim/check/going.h"

static int64_t ended(const struct disturbance *what, int64_t recovery_us)
{
    if (what->until_us == NEVER_US || what->until_us == INT64_MIN) {
        return what->until_us;
    }
    return what->until_us + recovery_us;
}

/* After this a node is back on Redis and every other one has heard of it. */
static int64_t redis_heard_us(const struct judge *judge)
{
    return judge_bound(judge, BOUND_REDIS) + 2 * judge->bounds.announce_us + judge->bounds.redis_us;
}

/* `recovery_us`: what it needs after a fault; another one before that goes on with it. */
static void disturb(struct disturbance *what, const struct obs *obs, int64_t recovery_us)
{
    if (obs->kind == OBS_FAULT_BEGIN) {
        if (what->faults == 0 && ended(what, recovery_us) <= obs->at_us) {
            what->since_us = obs->at_us;
        }
        what->faults++;
        what->until_us = NEVER_US;
    } else if (what->faults > 0) {
        what->faults--;
        if (what->faults == 0) {
            what->until_us = obs_until_us(obs);
        }
    }
}

int64_t path_paused_until(const struct judge *judge, uint16_t node)
{
    return node < judge->nodes_len ? judge->nodes[node].paused.until_us : INT64_MIN;
}

void path_device_moved(struct judge *judge, struct device *device)
{
    const int64_t own_us =
        later(later(device->live_us, device->own.until_us), path_paused_until(judge, device->node));
    struct view *view;
    uint32_t room;

    device->since_us = device->sync.open ? NEVER_US : later(own_us, device->sync.end_us);
    for (uint32_t i = 0; (view = truth_view_at(judge, device, i, &room)) != NULL; i++) {
        view->since_us = device->since_us;
        view->node = device->node;
    }
}

/* Whoever is connected to it waits with it. */
static void on_pause(struct judge *judge, const struct obs *obs)
{
    struct node_truth *node = truth_node(judge, obs->node);

    if (node == NULL) {
        return;
    }
    disturb(&node->paused, obs, 0);
    disturb(&judge->paused, obs, 0);
    for (uint32_t i = 0; i < judge->devices_len; i++) {
        if (judge->devices[i].node == obs->node) {
            path_device_moved(judge, &judge->devices[i]);
        }
    }
}

static void on_fault(struct judge *judge, const struct obs *obs)
{
    if ((obs->flags & OBS_LEFT) != 0) {
        going_observe(judge, obs);
    }
    if (obs->device != OBS_NONE) {
        struct device *device = truth_device(judge, obs->device);
        if (device != NULL) {
            disturb(&device->own, obs, 0);
            path_device_moved(judge, device);
        }
    }
    if ((obs->flags & OBS_HELD) != 0) {
        on_pause(judge, obs);
    }
    if ((obs->flags & OBS_REDIS) != 0) {
        struct node_truth *node = obs->node != OBS_NODE_NONE ? truth_node(judge, obs->node) : NULL;
        disturb(node != NULL ? &node->redis : &judge->redis, obs, redis_heard_us(judge));
    }
    if ((obs->flags & OBS_DATABASE) != 0) {
        disturb(&judge->database, obs, 0);
    }
    if (obs->kind == OBS_FAULT_END) {
        judge->calm_us = obs_until_us(obs);
    }
}

/* A transaction that the database was slow with ends when it does, whatever began meanwhile. Where two faults are
 * on, it may be refused as late, and is tried again after that. */
static void on_slow(struct judge *judge, const struct obs *obs)
{
    struct node_truth *node = truth_node(judge, obs->node);
    const int64_t most_us = INT64_MAX / 4;
    if (node == NULL || obs->value < 0 || obs->value > most_us) {
        judge->ignored++;
        return;
    }
    const int64_t again_us = judge->database.faults > 1 ? judge_bound(judge, BOUND_DATABASE) : 0;
    node->slow_us = later(node->slow_us, obs_until_us(obs) + obs->value + again_us);
    judge->slow_us = later(judge->slow_us, node->slow_us);
}

void path_observe(struct judge *judge, const struct obs *obs)
{
    if (obs->kind == OBS_TX_SLOW) {
        on_slow(judge, obs);
        return;
    }
    if (obs->kind == OBS_FAULT_BEGIN || obs->kind == OBS_FAULT_END) {
        on_fault(judge, obs);
        return;
    }
    if (obs->kind == OBS_CALM) {
        judge->calm_us = obs_until_us(obs);
        return;
    }
    going_observe(judge, obs);
}

/* Of anybody's transactions. */
static int64_t database_until(const struct judge *judge)
{
    return later(ended(&judge->database, judge_bound(judge, BOUND_DATABASE)), judge->slow_us);
}

/* Until when this node's transactions take longer than the database, or it does not take their answers. */
static int64_t slow_until(const struct judge *judge, uint16_t node)
{
    return later(node < judge->nodes_len ? judge->nodes[node].slow_us : INT64_MIN,
                 path_paused_until(judge, node));
}

/* Of this node's. */
static int64_t database_of_node(const struct judge *judge, uint16_t node)
{
    return later(ended(&judge->database, judge_bound(judge, BOUND_DATABASE)),
                 slow_until(judge, node));
}

static int64_t redis_until(const struct judge *judge, uint16_t node)
{
    const int64_t recovery = judge_bound(judge, BOUND_REDIS);
    int64_t until = ended(&judge->redis, recovery);
    if (node < judge->nodes_len) {
        until = later(until, ended(&judge->nodes[node].redis, recovery));
    }
    return until;
}

int64_t path_undisturbed_us(const struct judge *judge)
{
    return judge_bound(judge, BOUND_UNDISTURBED);
}

int64_t path_repair_us(const struct judge *judge, uint64_t missing)
{
    return bound_value(BOUND_REPAIR, &judge->bounds, (struct amounts){.missing = missing});
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

/* Whether the device's node has heard of the committer, and takes its silence for what it is until it has asked the
 * log: both were up, and Redis well, before the committer was without it; and that is not too long ago. */
static bool heard_before(const struct judge *judge, uint16_t node, uint16_t committer,
                         int64_t start_us)
{
    const struct node_truth *from = &judge->nodes[committer];
    const struct node_truth *to = &judge->nodes[node];
    const int64_t both = later(to->up_us, from->up_us);
    const int64_t asks_us = judge_bound(judge, BOUND_AWAY) - judge_bound(judge, BOUND_REPAIR);
    int64_t well = later(both, judge->redis.until_us);
    int64_t last_us = from->redis.since_us;

    if (to->redis.until_us > last_us && to->redis.since_us < last_us) {
        last_us = to->redis.since_us; /* when it was back the other had gone */
    }
    if (start_us + asks_us > last_us + judge_bound(judge, BOUND_FORGET)) {
        return false;
    }

    /* A cut of its own leaves it what it knows, if it had time to learn it before, and for so long. */
    if (to->redis.until_us > well &&
        (to->redis.since_us < both + redis_heard_us(judge) ||
         to->redis.until_us - to->redis.since_us > judge_bound(judge, BOUND_FORGET))) {
        well = to->redis.until_us;
    }

    return well != NEVER_US && well + redis_heard_us(judge) <= from->redis.since_us;
}

/* From when on the device's node asks the database in place of Redis, as long as the committer is without
 * Redis: it knows that of the committer, or is without it itself for no shorter. NEVER_US: it does not. */
static int64_t log_from(const struct judge *judge, uint16_t node, uint16_t committer,
                        int64_t start_us)
{
    int64_t from = NEVER_US;

    if (node >= judge->nodes_len || committer >= judge->nodes_len) {
        return NEVER_US;
    }
    if (heard_before(judge, node, committer, start_us)) {
        return INT64_MIN;
    }
    const struct disturbance *const whose[] = {&judge->redis, &judge->nodes[node].redis};
    for (size_t i = 0; i < sizeof whose / sizeof whose[0]; i++) {
        const int64_t until_us = ended(whose[i], judge_bound(judge, BOUND_REDIS));
        if (until_us > start_us && until_us >= redis_until(judge, committer)) {
            from = whose[i]->since_us < from ? whose[i]->since_us : from;
        }
    }
    return from;
}

int64_t path_asked_from(const struct judge *judge, const struct device *device, int64_t at_us)
{
    const int64_t refused_us = later(judge->database.until_us, slow_until(judge, device->node));

    if (refused_us < at_us || refused_us == NEVER_US) {
        return later(at_us, refused_us);
    }
    return refused_us + judge_bound(judge, BOUND_PAUSE);
}

static int64_t sync_until(const struct judge *judge, const struct device *device)
{
    if (!device->sync.open) {
        return device->sync.end_us;
    }
    const int64_t from_us = path_asked_from(judge, device, device->sync.begin_us);
    return from_us == NEVER_US ? NEVER_US : from_us + device->sync.allowed_us;
}

/* It finished what it had begun, and what it said from `since_us` on, in that life, was heard: such a node
 * leaves nothing behind that only the end of its lease would tell of. */
static bool went_in_order(const struct judge *judge, uint16_t index, int64_t since_us)
{
    const struct node_truth *node = &judge->nodes[index];
    const int64_t redis_us = redis_until(judge, index);

    return node->in_order && redis_us != NEVER_US && redis_us < since_us;
}

/* Until when what it left behind, when it went last, may be told by the end of its lease alone. */
static int64_t dead_until(const struct judge *judge, uint16_t index)
{
    const int64_t repair_us = judge_bound(judge, BOUND_REPAIR);
    const int64_t down_us = judge->nodes[index].down_us;

    return went_in_order(judge, index, down_us - repair_us)
               ? down_us
               : down_us + judge_bound(judge, BOUND_REPAIR_DEAD) - repair_us;
}

/* Since when no node and no link of a node kept rows from anybody: what was committed before that is told,
 * or repaired. */
int64_t path_calm_us(struct judge *judge)
{
    const int64_t redis_us = judge_bound(judge, BOUND_REDIS);
    const int64_t database_us = judge_bound(judge, BOUND_DATABASE);
    const int64_t all_us =
        later(ended(&judge->redis, redis_us), ended(&judge->database, database_us));
    int64_t calm = later(all_us, judge->slow_us);

    for (uint32_t i = 0; i < judge->nodes_len; i++) {
        struct node_truth *node = &judge->nodes[i];
        const int64_t link_us =
            later(ended(&node->redis, redis_us), slow_until(judge, (uint16_t)i));
        node->calm_us = later(all_us, link_us);
        calm = later(calm, link_us);
        calm = later(calm, node->up_us + redis_us);
        if (node->down_us != INT64_MIN) {
            calm = later(calm, dead_until(judge, (uint16_t)i));
        }
    }
    return calm == NEVER_US ? calm : calm + judge_bound(judge, BOUND_REPAIR);
}

int64_t path_hello_from(const struct judge *judge, int64_t at_us)
{
    const int64_t redis_us = judge_bound(judge, BOUND_REDIS);
    const int64_t repair_us = judge_bound(judge, BOUND_REPAIR);
    int64_t lost = ended(&judge->redis, redis_us);

    for (uint32_t i = 0; i < judge->nodes_len; i++) {
        const struct node_truth *node = &judge->nodes[i];
        lost = later(lost, later(ended(&node->redis, redis_us), node->up_us + redis_us));
        lost = later(lost, node->down_us == INT64_MIN ? INT64_MIN : dead_until(judge, (uint16_t)i));
    }
    const int64_t repaired = lost == NEVER_US || lost == INT64_MIN ? lost : lost + repair_us;
    return later(at_us, later(repaired, database_until(judge)));
}

static bool died_with(const struct judge *judge, const struct row *row)
{
    const int64_t from_us = submitted_us(judge, row);

    return judge->nodes[row->node].down_us >= from_us && !went_in_order(judge, row->node, from_us);
}

bool path_told(const struct judge *judge, const struct row *row)
{
    return row->node < judge->nodes_len && judge->nodes[row->node].calm_us <= row->commit_us &&
           !died_with(judge, row);
}

int64_t path_delivery(const struct judge *judge, const struct device *device, const struct row *row,
                      uint64_t missing, int64_t *ret_bound_us)
{
    const int64_t redis_us = later(redis_until(judge, device->node), redis_until(judge, row->node));
    int64_t start = row->commit_us;
    enum bound bound = BOUND_REPAIR;

    start = later(start, device->live_us);
    start = later(start, device->own.until_us);
    start = later(start, sync_until(judge, device));
    start = later(start, database_of_node(judge, device->node));
    start = later(start, slow_until(judge, row->node));
    if (row->node < judge->nodes_len) {
        if (died_with(judge, row)) {
            start = later(start, judge->nodes[row->node].down_us);
            bound = BOUND_REPAIR_DEAD;
        }
    }
    *ret_bound_us = missing <= 1
                        ? judge_bound(judge, bound) /* no amount is one read, as one row is */
                        : bound_value(bound, &judge->bounds, (struct amounts){.missing = missing});
    if (redis_us <= start) {
        return start;
    }
    /* Without Redis the log tells, at the pace of the sweeps: whichever comes first. */
    const int64_t away_us = judge_bound(judge, BOUND_AWAY) - judge_bound(judge, BOUND_REPAIR);
    const int64_t from = later(start, log_from(judge, device->node, row->node, start));
    if (from == NEVER_US || redis_us - from <= away_us) {
        return redis_us;
    }
    *ret_bound_us += away_us;
    return from;
}

int64_t path_answer_us(const struct judge *judge, bool connected, bool direct)
{
    return judge_bound(judge, direct      ? BOUND_ANSWER_DIRECT
                              : connected ? BOUND_ANSWER
                                          : BOUND_ANSWER_HTTP);
}

bool path_answer_healthy(const struct judge *judge, const struct device *device, uint16_t node,
                         int64_t since_us)
{
    if (device->own.until_us >= since_us || database_until(judge) >= since_us ||
        node >= judge->nodes_len) {
        return false;
    }
    const struct node_truth *truth = &judge->nodes[node];
    return !truth->is_down && truth->down_us < since_us && truth->up_us < since_us &&
           truth->paused.until_us < since_us;
}

int64_t path_online_us(const struct judge *judge)
{
    return judge_bound(judge, BOUND_ONLINE);
}

int64_t path_online_from(const struct judge *judge, const struct device *device, int64_t waiting_us)
{
    int64_t from = later(waiting_us, device->own.until_us);
    from = later(from, judge->nobody_us);
    from = later(from, judge->paused.until_us); /* whoever is led to that node waits there */
    return later(from, database_until(judge));
}

int64_t path_ready_us(const struct judge *judge)
{
    return judge_bound(judge, BOUND_READY);
}

int64_t path_database_from(const struct judge *judge, uint16_t node, int64_t at_us)
{
    return later(at_us, database_of_node(judge, node));
}

int64_t path_redis_from(const struct judge *judge, uint16_t node, int64_t at_us)
{
    return later(at_us, redis_until(judge, node));
}

static struct amounts pages_of(const struct judge *judge, uint64_t rows, uint64_t rooms)
{
    const struct amounts amounts = {.rows = rows, .rooms = rooms};
    return (struct amounts){.pages = (uint64_t)bound_value(BOUND_PAGES, &judge->bounds, amounts)};
}

int64_t path_sync_us(const struct judge *judge, uint64_t rows, uint64_t rooms)
{
    return bound_value(BOUND_SYNC, &judge->bounds, pages_of(judge, rows, rooms));
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
    return bound_value(BOUND_HELD, &judge->bounds, pages_of(judge, rows, device->links_len + 1U));
}

int64_t path_held_from(const struct judge *judge, const struct device *device, int64_t at_us)
{
    int64_t from = later(at_us, device->own.until_us);
    from = later(from, path_asked_from(judge, device, at_us));
    return later(from, redis_until(judge, device->node));
}

int64_t path_rest_us(const struct judge *judge, uint64_t pages)
{
    const uint64_t rows = pages * (uint64_t)judge->bounds.page_rows;
    return bound_value(BOUND_REST, &judge->bounds, pages_of(judge, rows, 1));
}
