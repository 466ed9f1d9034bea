/* See pre_path.h. The formulas stand in bound.h. */
#include "sim/check/pre_path.h"

#include "sim/check/path.h"

/* What is on the way between a change and those who are told. */
struct way {
    int64_t at_us;    /* of the change */
    int64_t start_us; /* NEVER_US: something is on */
    int64_t near_us;  /* what ended before this had no part in it */
    bool lost;        /* something of it may have been lost: a heartbeat mends that */
};

/* Before then it cannot be told; if it ended then, it may have been. */
static void waits(struct way *way, int64_t until_us)
{
    way->start_us = later(way->start_us, until_us);
}

static void loses(struct way *way, int64_t until_us)
{
    way->lost = way->lost || until_us > way->near_us;
    way->start_us = later(way->start_us, until_us);
}

static void over_links(const struct judge *judge, struct way *way, uint16_t index)
{
    if (index < judge->nodes_len) {
        loses(way, path_redis_from(judge, index, INT64_MIN));
        loses(way, path_database_from(judge, index, INT64_MIN));
    }
}

static void over_node(const struct judge *judge, struct way *way, uint16_t index)
{
    over_links(judge, way, index);
    if (index < judge->nodes_len) {
        loses(way, judge->nodes[index].down_us);
        loses(way, judge->nodes[index].going_us);
    }
}

/* How long after a node's way to Redis, or Redis itself, is back all that it knows has been said there again. */
static int64_t said_again_us(const struct judge *judge)
{
    return judge_bound(judge, BOUND_REDIS) + judge_bound(judge, BOUND_SEEN_REPAIR);
}

/* Until when Redis had lost what it was told, for a node that could say its own again no earlier. */
static int64_t lost_until(const struct judge *judge)
{
    const int64_t back_us = said_again_us(judge);
    int64_t until_us = judge->redis.until_us;

    for (uint16_t n = 0; until_us > INT64_MIN / 2 && until_us != NEVER_US && n < judge->nodes_len;
         n++) {
        const struct disturbance *own = &judge->nodes[n].redis;
        if (own->since_us <= judge->redis.until_us + back_us) {
            until_us = later(until_us, own->until_us);
        }
    }
    return until_us;
}

/* `said`: their nodes told of it before they went. */
static int64_t path_of(struct judge *judge, uint32_t user, const struct device *device,
                       int64_t at_us, bool said, int64_t *ret_bound_us)
{
    const int64_t seen_us = judge_bound(judge, BOUND_SEEN);
    const int64_t repair_us = judge_bound(judge, BOUND_SEEN_REPAIR);
    const int64_t lost_us = judge_bound(judge, BOUND_SEEN_LOST);
    const struct pre_person *person = pre_person(judge, user);
    struct way way = {at_us, at_us, at_us > INT64_MIN / 2 ? at_us - repair_us : at_us, false};

    waits(&way, device->live_us);
    waits(&way, device->own.until_us);
    over_node(judge, &way, device->node);
    for (uint32_t i = 0; i < person->conns_len; i++) {
        if (person->conns[i].gone_us == NEVER_US) { /* what it says may not get there */
            waits(&way, judge->devices[person->conns[i].device].own.until_us);
        }
        if (said) {
            over_links(judge, &way, person->conns[i].node);
        } else {
            over_node(judge, &way, person->conns[i].node);
        }
        for (uint16_t n = 0; !said && person->conns[i].crashed && n < judge->nodes_len; n++) {
            over_node(judge, &way, n); /* any of them may be the one that says so */
        }
    }
    *ret_bound_us = way.lost ? repair_us : seen_us;
    if (at_us > INT64_MIN / 2 && person->until_us[PRESENCE_OFFLINE] >= at_us &&
        lost_until(judge) > at_us - lost_us) {
        *ret_bound_us = lost_us; /* nobody may be left who says it */
    }
    return way.start_us;
}

int64_t pre_path_from(struct judge *judge, uint32_t user, const struct device *device,
                      int64_t at_us, int64_t *ret_bound_us)
{
    return path_of(judge, user, device, at_us, false, ret_bound_us);
}

int64_t pre_path_said_from(struct judge *judge, uint32_t user, const struct device *device,
                           int64_t at_us, int64_t *ret_bound_us)
{
    return path_of(judge, user, device, at_us, true, ret_bound_us);
}

/* Since when some node has been able to judge leases; NEVER_US: none is. */
static int64_t judged_since(const struct judge *judge)
{
    const int64_t start_us = judge_bound(judge, BOUND_START);
    int64_t since_us = NEVER_US;

    for (uint16_t n = 0; n < judge->nodes_len; n++) {
        const struct node_truth *node = &judge->nodes[n];
        if (node->serves) {
            const int64_t from_us =
                later(node->up_us + start_us, path_redis_from(judge, n, INT64_MIN));
            since_us = from_us < since_us ? from_us : since_us;
        }
    }
    return since_us;
}

int64_t pre_path_ghost(const struct judge *judge, int64_t down_us)
{
    const int64_t since_us = judged_since(judge);
    const int64_t settle_us = judge->bounds.lease_us + judge->bounds.redis_backoff_us;

    if (since_us == NEVER_US) {
        return NEVER_US;
    }
    const bool settled = since_us + settle_us + judge->bounds.sweep_us <= down_us;
    const enum bound bound = settled ? BOUND_GHOST : BOUND_GHOST_AWAY;
    return later(down_us, since_us) + judge_bound(judge, bound) -
           judge_bound(judge, BOUND_SEEN); /* of the telling, which is judged apart */
}

/* How long a node may be without Redis before its lease can end. */
static int64_t leased_us(const struct judge *judge)
{
    return judge->bounds.lease_us * 2 / 3 - judge->bounds.redis_us;
}

bool pre_path_leased(const struct judge *judge, uint16_t node)
{
    return node >= judge->nodes_len || judge->nodes[node].redis.until_us == INT64_MIN;
}

/* At some instant of these. */
static bool leaseless(const struct judge *judge, uint16_t index, int64_t from_us, int64_t at_us)
{
    if (pre_path_leased(judge, index)) {
        return false;
    }
    const struct disturbance *redis = &judge->nodes[index].redis;
    const int64_t back_us = judge_bound(judge, BOUND_REDIS);
    const int64_t told_us = judge->bounds.announce_us + judge_bound(judge, BOUND_SEEN);
    const int64_t until_us = redis->until_us == NEVER_US ? at_us : redis->until_us + back_us;

    return until_us - redis->since_us >= leased_us(judge) &&
           (redis->until_us == NEVER_US || from_us < until_us + told_us) &&
           at_us >= redis->since_us + leased_us(judge);
}

bool pre_path_leaseless(const struct judge *judge, uint16_t index, int64_t at_us)
{
    return leaseless(judge, index, at_us, at_us);
}

static int64_t sooner(int64_t next_us, int64_t at_us, int64_t now_us)
{
    return at_us > now_us ? earlier(next_us, at_us) : next_us;
}

int64_t pre_path_next(const struct judge *judge, uint16_t node, int64_t at_us)
{
    const struct disturbance *const both[] = {
        &judge->redis, node < judge->nodes_len ? &judge->nodes[node].redis : &judge->redis};
    const int64_t told_us = judge_bound(judge, BOUND_REDIS) + judge->bounds.announce_us +
                            judge_bound(judge, BOUND_SEEN);
    int64_t next_us = NEVER_US;

    for (size_t i = 0; i < sizeof both / sizeof both[0]; i++) {
        const int64_t until_us = both[i]->until_us;
        if (until_us == INT64_MIN) {
            continue;
        }
        next_us = sooner(next_us, both[i]->since_us + leased_us(judge), at_us);
        if (until_us != NEVER_US) {
            next_us = sooner(next_us, until_us + told_us, at_us);
            next_us = sooner(next_us, until_us + said_again_us(judge), at_us);
        }
    }
    return next_us;
}

static int64_t said_before(const struct judge *judge, const struct disturbance *what, int64_t at_us)
{
    const int64_t back_us = judge_bound(judge, BOUND_REDIS) + judge_bound(judge, BOUND_BEAT);
    const bool over = what->until_us == INT64_MIN ||
                      (what->until_us != NEVER_US && what->until_us + back_us < at_us);

    return over ? at_us : earlier(at_us, what->since_us);
}

int64_t pre_path_said(const struct judge *judge, uint16_t node, int64_t at_us)
{
    const int64_t said_us = said_before(judge, &judge->redis, at_us);

    return node < judge->nodes_len ? said_before(judge, &judge->nodes[node].redis, said_us)
                                   : said_us;
}

static bool keeps(const struct judge *judge, const struct disturbance *what, int64_t said_us,
                  int64_t at_us)
{
    const int64_t back_us = said_again_us(judge);

    return what->until_us != INT64_MIN &&
           what->since_us <= said_us + judge_bound(judge, BOUND_SEEN) &&
           (what->until_us == NEVER_US ||
            (what->until_us >= said_us && at_us < what->until_us + back_us));
}

bool pre_path_kept(const struct judge *judge, uint16_t node, int64_t said_us, int64_t at_us)
{
    return said_us > INT64_MIN / 2 &&
           (keeps(judge, &judge->redis, said_us, at_us) ||
            (node < judge->nodes_len && keeps(judge, &judge->nodes[node].redis, said_us, at_us)));
}

/* Whether it had recovered long before, or began after what was said before it. */
static bool spared(const struct judge *judge, const struct disturbance *what, int64_t said_us,
                   int64_t from_us)
{
    const int64_t back_us = said_again_us(judge);

    return what->until_us == INT64_MIN || what->since_us >= said_us ||
           (what->until_us != NEVER_US && what->until_us + back_us <= from_us);
}

/* Whether the node had the time to say its own again after the one and before the other. */
static bool said_anew(const struct judge *judge, const struct disturbance *own,
                      const struct disturbance *all)
{
    const int64_t back_us = said_again_us(judge);

    return all->until_us == INT64_MIN || own->since_us >= all->until_us + back_us;
}

/* From when on nothing new came to a node; `at_us`: nothing keeps it from hearing of anything. */
static int64_t behind_since(const struct disturbance *what, int64_t back_us, int64_t at_us)
{
    const bool behind = what->until_us != INT64_MIN &&
                        (what->until_us == NEVER_US || at_us <= what->until_us + back_us);

    return behind ? earlier(what->since_us, at_us) : at_us;
}

int64_t pre_path_told_of(const struct judge *judge, uint16_t node, int64_t at_us)
{
    const bool known = node < judge->nodes_len;
    const struct disturbance *paused = known ? &judge->nodes[node].paused : &judge->paused;
    const struct disturbance *redis = known ? &judge->nodes[node].redis : &judge->redis;

    return earlier(behind_since(paused, judge_bound(judge, BOUND_SEEN), at_us),
                   behind_since(redis, said_again_us(judge), at_us));
}

bool pre_path_firm(const struct judge *judge, const struct pre_conn *conn, int64_t from_us,
                   int64_t at_us)
{
    if (conn->live_us == NEVER_US || conn->ended_us != NEVER_US || conn->node >= judge->nodes_len ||
        leaseless(judge, conn->node, from_us, at_us)) {
        return false;
    }
    const struct disturbance *own = &judge->nodes[conn->node].redis;
    const int64_t told_us = path_database_from(judge, conn->node, conn->live_us);
    const int64_t said_us =
        told_us == NEVER_US ? NEVER_US : told_us + judge_bound(judge, BOUND_SEEN);
    if (said_us > from_us) {
        return false;
    }
    /* Redis lost it, and its node could not say it again: only both are a doubt. */
    const struct disturbance *all = &judge->redis;
    return spared(judge, own, said_us, from_us) && spared(judge, all, said_us, from_us) &&
           (spared(judge, own, INT64_MAX, from_us) ||
            (spared(judge, all, INT64_MAX, from_us) && said_anew(judge, own, all)));
}

int64_t pre_path_all_said(const struct judge *judge, int64_t at_us)
{
    int64_t from_us = at_us;

    for (uint16_t n = 0; n < judge->nodes_len; n++) {
        const struct node_truth *node = &judge->nodes[n];
        from_us = later(from_us, path_redis_from(judge, n, at_us));
        from_us = later(from_us, path_database_from(judge, n, at_us));
        from_us =
            later(from_us, later(node->paused.until_us, later(node->down_us, node->going_us)));
    }
    return from_us == NEVER_US ? NEVER_US : from_us + judge_bound(judge, BOUND_GHOST_AWAY);
}

bool pre_path_rested(struct judge *judge, uint32_t user, int64_t at_us)
{
    const struct pre_person *person = pre_person(judge, user);
    const int64_t from_us = later(person->changed_us, judge->calm_us);

    return from_us + judge_bound(judge, BOUND_PRESENCE_REST) <= at_us;
}
