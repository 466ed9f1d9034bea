/* See pre_happens.h. */
#include "sim/check/pre_happens.h"

#include "sim/check/path.h"
#include "sim/check/pre_choice.h"
#include "sim/check/pre_shown.h"

/* --- Connections ---------------------------------------------------------------------------- */

static struct pre_conn *conn_make(struct pre_person *person, const struct obs *obs)
{
    struct pre_conn *conn = pre_conn(person, obs->device, obs->value);

    if (conn == NULL) {
        HB_GROW(person->conns, person->conns_len, person->conns_cap);
        conn = &person->conns[person->conns_len++];
        *conn = (struct pre_conn){.value = obs->value,
                                  .open_us = obs->at_us,
                                  .live_us = NEVER_US,
                                  .ended_us = NEVER_US,
                                  .gone_us = NEVER_US,
                                  .said_us = INT64_MIN,
                                  .device = obs->device,
                                  .room = NONE,
                                  .node = obs->node,
                                  .status = PRESENCE_ONLINE};
    }
    return conn;
}

static void changed(struct judge *judge, uint32_t user, int64_t at_us)
{
    struct pre_person *person = pre_person(judge, user);
    const uint64_t changes = person->changes;

    pre_person_look(judge, user, at_us, at_us);
    person->changed_us = at_us;
    person->changes = changes; /* one, whatever it came to */
    pre_person_changed(person, at_us);
    pre_person_moved(person, at_us);
    pre_person_wake(judge, user, at_us);
}

static void on_connection(struct pre_person *person, const struct obs *obs)
{
    struct pre_conn *conn = pre_conn(person, obs->device, obs->value);

    switch ((int)obs->kind) {
    case OBS_CONN_OPEN:
    case OBS_ARRIVED:
        conn = conn_make(person, obs);
        conn->arrived = conn->arrived || obs->kind == OBS_ARRIVED;
        return;
    case OBS_WELCOME:
        conn = conn_make(person, obs);
        conn->live_us = obs_until_us(obs);
        conn->node = obs->node;
        return;
    case OBS_CONN_CLOSE:
        if (conn != NULL) {
            conn->ended_us = earlier(conn->ended_us, obs->at_us);
            conn->gone_us = conn->arrived ? conn->gone_us : obs_until_us(obs);
        }
        return;
    default:
        HB_ASSERT(obs->kind == OBS_GONE || obs->kind == OBS_HANGUP);
        if (conn != NULL) {
            conn->ended_us = earlier(conn->ended_us, obs->at_us);
            conn->gone_us = earlier(conn->gone_us, obs_until_us(obs));
        }
        return;
    }
}

/* Whether its node cannot have told all of its end. */
static bool untold(const struct judge *judge, const struct pre_conn *conn, int64_t at_us)
{
    const int64_t told_us = judge_bound(judge, BOUND_LEFT);

    return conn->gone_us == NEVER_US ||
           path_redis_from(judge, conn->node, conn->gone_us) > at_us - told_us;
}

/* Nor what was said on it last. */
static bool unsaid(const struct judge *judge, const struct pre_conn *conn, int64_t at_us)
{
    const int64_t told_us = judge_bound(judge, BOUND_SEEN);

    return conn->said_us != INT64_MIN &&
           path_redis_from(judge, conn->node, conn->said_us) > at_us - told_us;
}

/* Of a node that went: those that it cannot say the end of. */
static void node_down(struct judge *judge, const struct obs *obs)
{
    for (uint32_t u = 0; u < judge->pre->people.len; u++) {
        struct pre_person *person = table_at(&judge->pre->people, u);
        bool any = false;
        for (uint32_t i = 0; i < person->conns_len; i++) {
            struct pre_conn *conn = &person->conns[i];
            if (conn->node == obs->node && !conn->crashed && untold(judge, conn, obs->at_us)) {
                conn->crashed = true;
                conn->unheard = pre_conn_unheard(judge, conn) || unsaid(judge, conn, obs->at_us);
                conn->ended_us = earlier(conn->ended_us, obs->at_us);
                conn->gone_us = obs_until_us(obs);
                any = true;
            }
        }
        if (any) {
            changed(judge, u, obs_until_us(obs));
        }
    }
}

/* While a way is disturbed, and for some time after, who counts changes by itself; and who may judge whom a node
 * left behind, when another one is there. */
static void ways_moved(struct judge *judge, const struct obs *obs)
{
    for (uint32_t u = 0; u < judge->pre->people.len; u++) {
        pre_person_wake(judge, u, obs->at_us);
    }
}

static void on_present(struct judge *judge, struct pre_person *person, const struct obs *obs)
{
    struct pre_conn *conn = pre_conn(person, obs->device, judge->devices[obs->device].connection);

    if (conn == NULL || obs->seq > PRESENCE_OFFLINE) {
        judge->ignored++;
    } else if (obs->kind == OBS_CHOOSE) {
        pre_choose(judge, person, obs, conn);
    } else {
        const bool unheard = /* what it said before this may not be there yet, or be lost */
            obs->at_us < pre_conn_heard_by(judge, conn) || pre_conn_unheard(judge, conn);
        conn->before = (uint8_t)((unheard ? conn->before : 0) | 1 << conn->status);
        conn->lost_room = (unheard && conn->lost_room) || conn->room != obs->room;
        conn->status = (uint8_t)obs->seq;
        conn->room = obs->room;
        conn->said_us = obs->at_us;
        conn->unheard = false;
    }
}

/* The next fault of the device will not tell of this one any more. */
static void remember_unheard(struct judge *judge, const struct obs *obs)
{
    const struct device *device = obs->device != OBS_NONE ? truth_device(judge, obs->device) : NULL;
    struct pre_person *person = device != NULL ? pre_person(judge, device->user) : NULL;

    for (uint32_t i = 0; person != NULL && i < person->conns_len; i++) {
        struct pre_conn *conn = &person->conns[i];
        if (conn->device == obs->device) {
            conn->unheard = pre_conn_unheard(judge, conn);
        }
    }
}

/* --- What is observed ----------------------------------------------------------------------- */

static void see_wall(struct judge *judge, const struct obs *obs)
{
    struct pre_truth *pre = judge->pre;
    const int64_t ahead_ms = obs->value - obs->at_us / 1000;

    if (obs->value <= 0 || obs->value > INT64_MAX / 4) {
        return;
    }
    pre->ahead_least_ms = pre->wall_seen ? earlier(pre->ahead_least_ms, ahead_ms) : ahead_ms;
    pre->ahead_most_ms = pre->wall_seen ? later(pre->ahead_most_ms, ahead_ms) : ahead_ms;
    pre->wall_seen = true;
}

void pre_happens(struct judge *judge, const struct obs *obs)
{
    if (obs->kind == OBS_STAMP || obs->kind == OBS_CAME || obs->kind == OBS_WALL) {
        see_wall(judge, obs);
        return;
    }
    if (obs->kind == OBS_NODE_DOWN) {
        node_down(judge, obs);
        return;
    }
    if (obs->kind == OBS_NODE_UP) {
        ways_moved(judge, obs);
        return;
    }
    if (obs->kind == OBS_FAULT_BEGIN || obs->kind == OBS_FAULT_END) {
        if ((obs->flags & (OBS_REDIS | OBS_DATABASE)) != 0) {
            ways_moved(judge, obs);
        } else if (obs->kind == OBS_FAULT_END) {
            remember_unheard(judge, obs);
        }
        return;
    }
    const struct device *device = obs->device != OBS_NONE ? truth_device(judge, obs->device) : NULL;
    const uint32_t user = device != NULL ? device->user : obs->user;
    struct pre_person *person = pre_person(judge, user);
    if (person == NULL || (device == NULL && obs->kind != OBS_MEMBER)) {
        judge->ignored++;
        return;
    }
    if (obs->kind == OBS_MEMBER) {
        pre_member(judge, obs);
    } else if (obs->kind == OBS_PRESENT || obs->kind == OBS_CHOOSE) {
        on_present(judge, person, obs);
    } else {
        on_connection(person, obs);
    }
    changed(judge, user, obs_until_us(obs));
    if (obs->kind == OBS_CHOOSE) {
        /* A second one: of several connections that which said something last is shown, and a heartbeat may say so
         * before the database has the choice. */
        pre_person_changed(person, obs_until_us(obs));
    }
}
