/* See pre_view.h. */
#include "sim/check/pre_view.h"

#include "sim/check/finding.h"
#include "sim/check/path.h"
#include "sim/check/pre_path.h"
#include "sim/check/pre_shown.h"
#include "sim/check/pre_watch.h"

/* --- Late ------------------------------------------------------------------------------------ */

/* What it was never told on this connection. */
static int64_t untold(struct judge *judge, uint32_t user, uint32_t index, int64_t since_us,
                      int64_t now_us)
{
    const struct device *device = &judge->devices[index];
    int64_t bound_us;
    const int64_t from_us =
        pre_path_from(judge, user, device, later(device->live_us, since_us), &bound_us);

    if (from_us == NEVER_US || from_us + bound_us >= now_us) {
        return from_us == NEVER_US ? now_us + bound_us : from_us + bound_us;
    }
    struct finding finding = finding_of(PRE_01, NONE, index, 0, 0);
    finding.at_us = from_us + bound_us;
    finding.user = user;
    judge->judged[PRE_01]++;
    judge_violated(judge, finding,
                   "device %u, welcomed at %lld us, was not told of user %u within %lld us", index,
                   (long long)device->live_us, user, (long long)bound_us);
    pre_view_make(judge, index, user)->late_conn = device->connection;
    return NEVER_US;
}

/* One person at one device: when to look again. `view` NULL: it was never told of them. What is true needs
 * nothing else to be looked at, and most is. */
static int64_t look(struct judge *judge, uint32_t user, uint32_t index, struct pre_view *view,
                    int64_t now_us)
{
    const struct device *device = &judge->devices[index];
    const bool current = view != NULL && view->connection == device->connection;

    if (device->live_us == NEVER_US || device->user == NONE ||
        (view != NULL && view->late_conn == device->connection) ||
        (current && told_true(judge, view, now_us))) {
        return NEVER_US;
    }
    const struct pre_conn *conn =
        pre_conn(pre_person(judge, device->user), index, device->connection);
    if (conn == NULL || conn->gone_us != NEVER_US) {
        return NEVER_US; /* its node has ended it, or is gone */
    }
    const int64_t owed_us = told_owed_since(judge, view, user, index);
    if (owed_us == NEVER_US) {
        return NEVER_US;
    }
    const int64_t since_us = owed_us > 0 ? owed_us + judge_bound(judge, BOUND_REPAIR) : owed_us;
    return current ? told_late(judge, view, since_us, now_us)
                   : untold(judge, user, index, since_us, now_us);
}

static int64_t look_all(struct judge *judge, uint32_t user, int64_t now_us)
{
    uint32_t len = 0;
    struct pre_watch *watchers = pre_watchers(judge, user, &len);
    int64_t next_us = NEVER_US;

    for (uint32_t i = 0; i < len; i++) {
        struct pre_view *view = pre_watch_view(judge, &watchers[i], user);
        next_us = earlier(next_us, look(judge, user, watchers[i].device, view, now_us));
    }
    return next_us;
}

/* When the views are to be looked at because something changed: nobody is late with it before. */
static int64_t moved_by(const struct judge *judge, const struct pre_person *person)
{
    if (person->moved_us == NEVER_US || person->moved_us == INT64_MIN) {
        return person->moved_us;
    }
    return person->moved_us + judge_bound(judge, BOUND_SEEN) + 1;
}

void pre_person_due(struct judge *judge, struct due due)
{
    struct pre_person *person = pre_person(judge, due.a);

    if (person == NULL || person->due_us != due.at_us) {
        return; /* they were looked at earlier */
    }
    person->due_us = NEVER_US;
    pre_person_look(judge, due.a, due.at_us, due.at_us);
    if (earlier(moved_by(judge, person), person->views_us) <= due.at_us) {
        person->moved_us = NEVER_US;
        const int64_t views_us = look_all(judge, due.a, due.at_us);
        person = pre_person(judge, due.a);
        person->views_us = views_us;
    }
    const int64_t next_us = earlier(pre_person_next(judge, person, due.at_us),
                                    earlier(person->views_us, moved_by(judge, person)));
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
    uint32_t len = 0;
    const uint32_t *users = pre_untold(judge, due.a, &len);
    for (uint32_t i = 0; i < len; i++) {
        struct pre_view *view = pre_view_find(judge, due.a, users[i]);
        next_us = earlier(next_us, look(judge, users[i], due.a, view, due.at_us));
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

void pre_view_watch(struct judge *judge, const struct obs *obs)
{
    const struct device *device = truth_device(judge, obs->device);

    if (device == NULL || device->user == NONE || device->live_us == NEVER_US ||
        pre_person(judge, obs->user) == NULL) {
        judge->ignored++;
        return;
    }
    pre_watched(judge, obs);
    pre_person_moved(pre_person(judge, obs->user), obs_until_us(obs));
    pre_person_wake(judge, obs->user, obs_until_us(obs) + 1);
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
    struct pre_view *view = pre_view_make(judge, obs->device, obs->user);
    if (view->connection != device->connection) {
        *view = (struct pre_view){.device = obs->device,
                                  .user = obs->user,
                                  .watch_conn = view->watch_conn,
                                  .watch_us = view->watch_us,
                                  .late_conn = view->late_conn,
                                  .connection = device->connection,
                                  .first = true};
    }
    told(judge, view, obs);
    const int64_t next_us = look(judge, obs->user, obs->device, view, obs->at_us);
    struct pre_person *person = pre_person(judge, obs->user);
    person->views_us = earlier(person->views_us, next_us);
    const int64_t wake_us = earlier(next_us, later(moved_by(judge, person), obs->at_us + 1));
    if (wake_us != NEVER_US) {
        pre_person_wake(judge, obs->user, wake_us);
    }
}

/* --- At rest --------------------------------------------------------------------------------- */

void pre_view_end(struct judge *judge)
{
    uint32_t len = 0;
    const struct pre_view *views = pre_views_all(judge, &len);

    for (uint32_t u = 0; u < judge->pre->people.len; u++) {
        pre_person_look(judge, u, judge->now->at_us, judge->now->at_us);
    }
    for (uint32_t i = 0; i < len; i++) {
        const struct pre_view *view = &views[i];
        const struct device *device = &judge->devices[view->device];
        if (device->live_us != NEVER_US && view->connection == device->connection &&
            told_owed_since(judge, view, view->user, view->device) != NEVER_US &&
            device->live_us + judge_bound(judge, BOUND_PRESENCE_REST) <= judge->now->at_us &&
            pre_path_rested(judge, view->user, judge->now->at_us)) {
            told_rest(judge, view);
        }
    }
}
