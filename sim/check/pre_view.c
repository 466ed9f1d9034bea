/* See pre_view.h. */
#include "sim/check/pre_view.h"

#include "sim/check/finding.h"
#include "sim/check/path.h"
#include "sim/check/pre_path.h"
#include "sim/check/pre_shown.h"
#include "sim/check/pre_told.h"

#include <inttypes.h>
#include <stdlib.h>

struct pre_views {
    struct pre_view *items;
    uint32_t len, cap;
    struct u64map by_pair; /* device and user -> its place + 1 */
};

void pre_views_init(struct judge *judge)
{
    judge->pre->views = hb_calloc(1, sizeof *judge->pre->views);
}

void pre_views_deinit(struct judge *judge)
{
    u64map_deinit(&judge->pre->views->by_pair);
    free(judge->pre->views->items);
    free(judge->pre->views);
}

static uint64_t pair_of(uint32_t device, uint32_t user)
{
    return (uint64_t)device << 32 | ((uint64_t)user + 1);
}

/* NULL: it was never told of them. */
static struct pre_view *view_find(struct judge *judge, uint32_t device, uint32_t user)
{
    uint64_t place = 0;

    return u64map_get(&judge->pre->views->by_pair, pair_of(device, user), &place)
               ? &judge->pre->views->items[place - 1]
               : NULL;
}

static struct pre_view *view_make(struct judge *judge, uint32_t device, uint32_t user)
{
    struct pre_views *views = judge->pre->views;
    struct pre_view *view = view_find(judge, device, user);

    if (view != NULL) {
        return view;
    }
    HB_GROW(views->items, views->len, views->cap);
    views->items[views->len++] = (struct pre_view){
        .device = device, .user = user, .connection = INT64_MIN, .late_conn = INT64_MIN};
    u64map_put(&views->by_pair, pair_of(device, user), views->len);
    return &views->items[views->len - 1];
}

/* --- Late ------------------------------------------------------------------------------------ */

/* What it was never told on this connection. */
static int64_t untold(struct judge *judge, uint32_t user, uint32_t index, int64_t since_us,
                      int64_t now_us)
{
    const struct device *device = &judge->devices[index];
    const int64_t join_us = since_us > 0 ? since_us + judge_bound(judge, BOUND_REPAIR) : since_us;
    int64_t bound_us;
    const int64_t from_us =
        pre_path_from(judge, user, device, later(device->live_us, join_us), &bound_us);

    if (from_us == NEVER_US || from_us + bound_us >= now_us) {
        return from_us == NEVER_US ? now_us + bound_us : from_us + bound_us;
    }
    struct finding finding = finding_of(PRE_01, NONE, index, 0, 0);
    finding.at_us = from_us + bound_us;
    judge->judged[PRE_01]++;
    judge_violated(judge, finding,
                   "device %u, welcomed at %lld us, was not told of user %u within %lld us", index,
                   (long long)device->live_us, user, (long long)bound_us);
    view_make(judge, index, user)->late_conn = device->connection;
    return NEVER_US;
}

/* One person at one device: when to look again. */
static int64_t look(struct judge *judge, uint32_t user, uint32_t index, int64_t now_us)
{
    const struct device *device = truth_device(judge, index);

    if (device == NULL || device->live_us == NEVER_US || device->user == NONE) {
        return NEVER_US;
    }
    const struct pre_conn *conn =
        pre_conn(pre_person(judge, device->user), index, device->connection);
    if (conn == NULL || conn->gone_us != NEVER_US) {
        return NEVER_US; /* its node has ended it, or is gone */
    }
    const int64_t since_us = pre_together_since(judge, user, device->user);
    struct pre_view *view = view_find(judge, index, user);
    if (since_us == NEVER_US || (view != NULL && view->late_conn == device->connection)) {
        return NEVER_US;
    }
    if (view == NULL || view->connection != device->connection) {
        return untold(judge, user, index, since_us, now_us);
    }
    return told_late(judge, view, now_us);
}

static int64_t look_user(struct judge *judge, uint32_t user, uint32_t watcher, int64_t now_us)
{
    int64_t next_us = NEVER_US;

    for (uint32_t d = judge->users[watcher].first_device; d != NONE;
         d = judge->devices[d].next_of_user) {
        next_us = earlier(next_us, look(judge, user, d, now_us));
    }
    return next_us;
}

/* All whom they share a room with, whose names are told there, and themselves. */
static int64_t look_all(struct judge *judge, uint32_t user, int64_t now_us)
{
    const struct pre_person person =
        *pre_person(judge, user); /* which moves when others are made */
    int64_t next_us = look_user(judge, user, user, now_us);

    for (uint32_t i = 0; i < person.stays_len; i++) {
        const struct pre_room *room = pre_room(judge, person.stays[i].room);
        for (uint32_t m = 0; room->count <= judge->bounds.room_max && m < room->members_len; m++) {
            if (room->members[m] != user) {
                next_us = earlier(next_us, look_user(judge, user, room->members[m], now_us));
            }
        }
    }
    return next_us;
}

void pre_person_due(struct judge *judge, struct due due)
{
    struct pre_person *person = pre_person(judge, due.a);

    if (person == NULL || person->due_us != due.at_us) {
        return; /* they were looked at earlier */
    }
    person->due_us = NEVER_US;
    pre_person_look(judge, due.a, due.at_us, due.at_us);
    if (person->moved || person->views_us <= due.at_us) {
        person->moved = false;
        const int64_t views_us = look_all(judge, due.a, due.at_us);
        person = pre_person(judge, due.a);
        person->views_us = views_us;
    }
    const int64_t next_us = earlier(pre_person_next(judge, person, due.at_us), person->views_us);
    if (next_us != NEVER_US) {
        pre_person_wake(judge, due.a, later(next_us, due.at_us + 1));
    }
}

void pre_arrival_due(struct judge *judge, struct due due)
{
    const struct device *device = truth_device(judge, due.a);
    int64_t next_us = NEVER_US;

    if (device->live_us == NEVER_US || (uint32_t)device->connection != due.b) {
        return;
    }
    const struct pre_person person = *pre_person(judge, device->user);
    for (uint32_t i = 0; i < person.stays_len; i++) {
        const struct pre_room *room = pre_room(judge, person.stays[i].room);
        for (uint32_t m = 0; room->count <= judge->bounds.room_max && m < room->members_len; m++) {
            next_us = earlier(next_us, look(judge, room->members[m], due.a, due.at_us));
        }
    }
    if (next_us != NEVER_US) {
        due.at_us = later(next_us, due.at_us + 1);
        due_push(&judge->dues, due);
    }
}

static void arrives(struct judge *judge, uint32_t index, int64_t at_us)
{
    const struct device *device = truth_device(judge, index);

    if (device != NULL && device->user != NONE && device->live_us != NEVER_US) {
        due_push(&judge->dues, (struct due){at_us + judge_bound(judge, BOUND_SEEN), DUE_ARRIVAL,
                                            index, (uint32_t)device->connection});
    }
}

void pre_view_welcome(struct judge *judge, const struct obs *obs)
{
    arrives(judge, obs->device, obs_until_us(obs));
}

void pre_view_member(struct judge *judge, const struct obs *obs)
{
    for (uint32_t d = truth_user(judge, obs->user) != NULL ? judge->users[obs->user].first_device
                                                           : NONE;
         d != NONE; d = judge->devices[d].next_of_user) {
        arrives(judge, d, obs_until_us(obs));
    }
}

/* --- Told ------------------------------------------------------------------------------------ */

/* SEC-01: of whom, and of which room. */
static bool may_know(struct judge *judge, const struct obs *obs, const struct device *device)
{
    const int64_t together_us = pre_together_until(judge, obs->user, device->user);
    const int64_t member_us =
        obs->room != NONE ? pre_member_until(judge, device->user, obs->room) : NEVER_US;
    const int64_t until_us = earlier(together_us, member_us);
    int64_t bound_us = 0;

    judge->judged[SEC_01]++;
    if (until_us == NEVER_US) {
        return true;
    }
    if (until_us != INT64_MIN) {
        const int64_t from_us = pre_path_from(judge, obs->user, device, until_us, &bound_us);
        bound_us += judge_bound(judge, BOUND_REPAIR);
        if (from_us == NEVER_US || obs->at_us <= from_us + bound_us) {
            return true;
        }
    }
    if (together_us <= member_us) {
        judge_violated(judge, finding_of(SEC_01, NONE, obs->device, 0, 0),
                       "device %u of user %u is told of user %u, with whom it shares no room",
                       obs->device, device->user, obs->user);
    } else {
        judge_violated(
            judge, finding_of(SEC_01, obs->room, obs->device, 0, 0),
            "device %u of user %u is told that user %u is in room %u, in which it is not",
            obs->device, device->user, obs->user, obs->room);
    }
    return false;
}

void pre_view_observe(struct judge *judge, const struct obs *obs)
{
    const struct device *device = truth_device(judge, obs->device);

    if (device == NULL || device->user == NONE || device->live_us == NEVER_US ||
        pre_person(judge, obs->user) == NULL || obs->seq >= PRESENCE_STATUS_COUNT) {
        judge->ignored++;
        return;
    }
    if (!may_know(judge, obs, device)) {
        return;
    }
    pre_person_look(judge, obs->user, obs->at_us, obs->at_us);
    struct pre_view *view = view_make(judge, obs->device, obs->user);
    if (view->connection != device->connection) {
        *view = (struct pre_view){.device = obs->device,
                                  .user = obs->user,
                                  .late_conn = view->late_conn,
                                  .connection = device->connection,
                                  .first = true};
    }
    told(judge, view, obs);
    const int64_t next_us = look(judge, obs->user, obs->device, obs->at_us);
    struct pre_person *person = pre_person(judge, obs->user);
    person->views_us = earlier(person->views_us, next_us);
    if (next_us != NEVER_US || person->moved) {
        pre_person_wake(judge, obs->user, person->moved ? obs->at_us + 1 : next_us);
    }
}

/* --- At rest --------------------------------------------------------------------------------- */

void pre_view_end(struct judge *judge)
{
    struct pre_views *views = judge->pre->views;

    for (uint32_t u = 0; u < judge->pre->people.len; u++) {
        pre_person_look(judge, u, judge->now->at_us, judge->now->at_us);
    }
    for (uint32_t i = 0; i < views->len; i++) {
        const struct pre_view *view = &views->items[i];
        const struct device *device = &judge->devices[view->device];
        if (device->live_us != NEVER_US && view->connection == device->connection &&
            pre_together_since(judge, view->user, device->user) != NEVER_US &&
            device->live_us + judge_bound(judge, BOUND_PRESENCE_REST) <= judge->now->at_us &&
            pre_path_rested(judge, view->user, judge->now->at_us)) {
            told_rest(judge, view);
        }
    }
}
