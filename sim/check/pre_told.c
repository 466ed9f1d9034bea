/* See pre_told.h. */
#include "sim/check/pre_told.h"

#include "sim/check/finding.h"
#include "sim/check/path.h"
#include "sim/check/pre_path.h"
#include "sim/check/pre_seen.h"
#include "sim/check/pre_shown.h"

#include <inttypes.h>

static const char *word(uint32_t status)
{
    return presence_status_word((enum presence_status)status);
}

/* --- Until when each part of it may be shown; NEVER_US: it may; INT64_MIN: never might ----------- */

/* That of somebody of whom nothing is known: nobody's record says it. */
static bool unknown(const struct pre_view *view)
{
    return view->version == 0 && view->status == PRESENCE_OFFLINE;
}

static int64_t chosen_until(const struct pre_person *person, enum pre_kind kind, int64_t value)
{
    int64_t until_us = INT64_MIN;

    for (uint32_t i = 0; i < person->choices_len[kind]; i++) {
        if (person->choices[kind][i].value == value) {
            until_us = later(until_us, person->choices[kind][i].until_us);
        }
    }
    return until_us;
}

static int64_t line_until(const struct pre_person *person, const struct pre_view *view)
{
    return unknown(view) ? NEVER_US : chosen_until(person, PRE_LINE, (int64_t)view->line);
}

/* What is quiet until an instant that is over is shown as not quiet. */
static int64_t quiet_until(const struct judge *judge, const struct pre_person *person,
                           const struct pre_view *view, int64_t now_us)
{
    const int64_t fast_ms = pre_seen_fastest_ms(judge, now_us);
    int64_t until_us = chosen_until(person, PRE_QUIET, view->quiet);

    for (uint32_t i = 0; view->quiet == 0 && i < person->choices_len[PRE_QUIET]; i++) {
        const struct pre_choice *choice = &person->choices[PRE_QUIET][i];
        if (choice->value <= fast_ms) {
            until_us = later(until_us, choice->until_us);
        }
    }
    return unknown(view) ? NEVER_US : until_us;
}

/* A room in which the receiver is not is told as none. */
static int64_t room_until(struct judge *judge, const struct pre_person *person,
                          const struct pre_view *view)
{
    const uint32_t user = judge->devices[view->device].user;
    int64_t until_us = INT64_MIN;

    if (view->status == PRESENCE_OFFLINE) {
        return view->room == NONE ? NEVER_US : INT64_MIN;
    }
    for (uint32_t i = 0; i < person->conns_len; i++) {
        if (person->conns[i].lost_room && pre_conn_unheard(judge, &person->conns[i])) {
            return NEVER_US;
        }
    }
    for (uint32_t i = 0; i < person->places_len; i++) {
        const struct pre_place *place = &person->places[i];
        const bool hidden =
            place->room == NONE || pre_member_until(judge, user, place->room) != NEVER_US;
        if (place->room == view->room || (view->room == NONE && hidden)) {
            until_us = later(until_us, place->until_us);
        }
    }
    return until_us;
}

/* --- What is found ----------------------------------------------------------------------------- */

static bool only_offline(const struct pre_person *person)
{
    for (uint32_t s = 0; s < PRESENCE_OFFLINE; s++) {
        if (person->until_us[s] == NEVER_US) {
            return false;
        }
    }
    return true;
}

struct doubt { /* what a view shows that is not true any more */
    const char *part;
    int64_t until_us;
    enum invariant invariant;
};

/* The part whose time is over first. */
static struct doubt doubt_of(struct judge *judge, const struct pre_view *view, int64_t now_us,
                             bool at_once)
{
    const struct pre_person *person = pre_person(judge, view->user);
    const bool away = only_offline(person);
    enum invariant late = away ? PRE_02 : PRE_01;

    if (at_once) {
        late = view->status == PRESENCE_OFFLINE ? PRE_03 : away ? PRE_02 : PRE_04;
    }
    const struct doubt doubts[] = {
        {"status", person->until_us[view->status], late},
        {"line", line_until(person, view), PRE_11},
        {"quiet", quiet_until(judge, person, view, now_us), PRE_11},
        {"room", room_until(judge, person, view), PRE_11},
    };
    struct doubt first = doubts[0];
    for (size_t i = 1; i < sizeof doubts / sizeof doubts[0]; i++) {
        first = doubts[i].until_us < first.until_us ? doubts[i] : first;
    }
    return first;
}

static void wrong(struct judge *judge, const struct pre_view *view, struct doubt doubt,
                  int64_t at_us, int64_t bound_us)
{
    struct finding finding = finding_of(doubt.invariant, NONE, view->device, 0, 0);

    finding.at_us = at_us;
    finding.user = view->user;
    if (doubt.until_us == INT64_MIN) {
        judge_violated(judge, finding,
                       "device %u shows user %u as %s (line %" PRIx64
                       ", quiet until %lld, room %d), whose %s never was so",
                       view->device, view->user, word(view->status), view->line,
                       (long long)view->quiet, (int)view->room, doubt.part);
    } else {
        judge_violated(
            judge, finding,
            "device %u shows user %u as %s (line %" PRIx64
            ", quiet until %lld, room %d), whose %s was so until %lld us, after %lld us more",
            view->device, view->user, word(view->status), view->line, (long long)view->quiet,
            (int)view->room, doubt.part, (long long)doubt.until_us, (long long)bound_us);
    }
}

/* When the time of what it shows is over; NEVER_US: it is true. */
static int64_t over_at(struct judge *judge, const struct pre_view *view, struct doubt doubt,
                       int64_t now_us, int64_t *ret_bound_us)
{
    const struct device *device = &judge->devices[view->device];

    *ret_bound_us = judge_bound(judge, BOUND_SEEN);
    if (doubt.until_us == NEVER_US || doubt.until_us == INT64_MIN) {
        return doubt.until_us;
    }
    const int64_t from_us = pre_path_from(judge, view->user, device, doubt.until_us, ret_bound_us);
    return from_us == NEVER_US ? later(now_us, 0) + *ret_bound_us : from_us + *ret_bound_us;
}

bool told_true(struct judge *judge, const struct pre_view *view, int64_t now_us)
{
    const struct doubt doubt = doubt_of(judge, view, now_us, false);

    judge->judged[doubt.invariant]++;
    return doubt.until_us == NEVER_US;
}

int64_t told_late(struct judge *judge, struct pre_view *view, int64_t since_us, int64_t now_us)
{
    struct doubt doubt = doubt_of(judge, view, now_us, false);
    int64_t bound_us;

    if (doubt.until_us != INT64_MIN) {
        doubt.until_us = later(doubt.until_us, since_us);
    }
    const int64_t over_us = over_at(judge, view, doubt, now_us, &bound_us);

    if (over_us >= now_us) {
        return over_us;
    }
    wrong(judge, view, doubt, later(over_us, view->at_us), bound_us);
    view->late_conn = view->connection;
    return NEVER_US;
}

void told_rest(struct judge *judge, const struct pre_view *view)
{
    struct doubt doubt = doubt_of(judge, view, judge->now->at_us, false);

    judge->judged[PRE_07]++;
    if (doubt.until_us != NEVER_US) {
        doubt.invariant = PRE_07;
        wrong(judge, view, doubt, INT64_MIN, judge_bound(judge, BOUND_PRESENCE_REST));
    }
}

/* --- Told anew ----------------------------------------------------------------------------------- */

static void margin(struct judge *judge, const struct pre_view *before, const struct obs *obs)
{
    const struct pre_person *person = pre_person(judge, before->user);
    const int64_t until_us = person->until_us[before->status];
    int64_t bound_us;

    if (before->first || before->status == obs->seq || until_us == NEVER_US) {
        return;
    }
    const int64_t from_us =
        pre_path_from(judge, before->user, &judge->devices[before->device], until_us, &bound_us);
    if (from_us <= obs->at_us) {
        judge_margin(judge, obs->seq == PRESENCE_OFFLINE ? PRE_02 : PRE_01, obs->at_us - from_us,
                     bound_us);
    }
}

/* PRE-08: what was told before on this connection. */
static void judge_order(struct judge *judge, const struct pre_view *before, const struct obs *obs)
{
    const struct finding finding = finding_of(PRE_08, NONE, obs->device, 0, 0);

    if (before->first || before->version == 0 || obs->id == 0) {
        return;
    }
    judge->judged[PRE_08]++;
    if (obs->id < before->version || (obs->id == before->version && (obs->flags & OBS_MORE) == 0)) {
        judge_violated(judge, finding,
                       "device %u is told version %" PRIu64 " of user %u after version %" PRIu64,
                       obs->device, obs->id, obs->user, before->version);
    }
}

/* Until when a device may be told of somebody because they have a new room in common: its node hears of it as
 * of any row, and tells of its people then. */
static int64_t met_until(struct judge *judge, const struct device *device, uint32_t user)
{
    const struct pre_stay *met = pre_met(judge, user, device->user);
    const struct row *joined =
        met != NULL ? truth_row(&judge->rooms[met->room], met->joined) : NULL;
    int64_t bound_us;

    if (joined == NULL || joined->commit_us == NEVER_US) {
        return INT64_MIN; /* so it was from the start */
    }
    const int64_t from_us = path_delivery(judge, device, joined, 1, &bound_us);
    return from_us == NEVER_US ? NEVER_US : from_us + bound_us + judge_bound(judge, BOUND_SEEN);
}

int64_t told_owed_since(struct judge *judge, const struct pre_view *view, uint32_t user,
                        uint32_t index)
{
    const struct device *device = &judge->devices[index];
    const int64_t since_us = pre_together_since(judge, user, device->user);
    const bool watched = view != NULL && pre_view_watched(view, device) &&
                         pre_together_until(judge, user, device->user) == NEVER_US;

    return watched ? earlier(since_us, view->watch_us) : since_us;
}

/* The same because it asked to be: its node looks who that is first. */
static int64_t asked_until(struct judge *judge, const struct device *device,
                           const struct pre_view *view)
{
    int64_t bound_us;

    if (!pre_view_watched(view, device)) {
        return INT64_MIN;
    }
    const int64_t from_us = pre_path_from(judge, view->user, device, view->watch_us, &bound_us);
    return from_us == NEVER_US ? NEVER_US : from_us + judge_bound(judge, BOUND_REPAIR) + bound_us;
}

/* Of what changed so lately that it may be told yet, each may be told once. */
static void storm_anew(struct judge *judge, struct pre_view *view, int64_t at_us)
{
    view->updates = 0;
    view->changes =
        pre_person_changes(pre_person(judge, view->user), at_us - judge_bound(judge, BOUND_SEEN));
}

/* PRE-10. */
static void judge_storm(struct judge *judge, struct pre_view *view, const struct pre_view *before,
                        const struct obs *obs)
{
    const struct pre_person *person = pre_person(judge, obs->user);
    int64_t bound_us;

    const struct device *device = &judge->devices[obs->device];
    if (before->first || (obs->flags & OBS_MORE) != 0 ||
        told_owed_since(judge, view, obs->user, obs->device) == NEVER_US) {
        return;
    }
    const bool doubtful = (person->counted >> 32) != (person->counted & UINT32_MAX);
    const int64_t path_us = pre_path_from(judge, obs->user, device, person->changed_us, &bound_us);
    const int64_t from_us = path_us == NEVER_US ? NEVER_US : later(path_us, view->since_us);
    const bool asked = asked_until(judge, device, view) >= obs->at_us ||
                       met_until(judge, device, obs->user) >= obs->at_us;
    judge->judged[PRE_10]++;
    view->updates++;
    if (doubtful || asked || bound_us != judge_bound(judge, BOUND_SEEN)) {
        /* What was disturbed is told again, who is in doubt found out, who is asked for looked up. */
        storm_anew(judge, view, obs->at_us);
    }
    if (!doubtful && !asked && from_us != NEVER_US && from_us + bound_us < obs->at_us) {
        judge_violated(judge, finding_of(PRE_10, NONE, obs->device, 0, 0),
                       "device %u is told of user %u, of whom nothing has changed since %lld us",
                       obs->device, obs->user, (long long)person->changed_us);
    } else if (view->updates > person->changes - view->changes) {
        judge_violated(judge, finding_of(PRE_10, NONE, obs->device, 0, 0),
                       "device %u was told of user %u %" PRIu64 " times, for %" PRIu64 " changes",
                       obs->device, obs->user, view->updates, person->changes - view->changes);
        storm_anew(judge, view, obs->at_us);
    }
}

/* PRE-03: who turns offline though a connection of theirs is beyond doubt; no path is an excuse. */
static bool turned_off(struct judge *judge, const struct pre_view *before, const struct obs *obs)
{
    const struct pre_person *person = pre_person(judge, obs->user);
    const int64_t of_us = pre_path_told_of(judge, judge->devices[obs->device].node, obs->at_us);
    bool firm = false;

    for (uint32_t i = 0; i < person->conns_len; i++) {
        firm = firm || pre_path_firm(judge, &person->conns[i], of_us, obs->at_us);
    }
    return firm && !before->first && before->status != PRESENCE_OFFLINE &&
           obs->seq == PRESENCE_OFFLINE &&
           chosen_until(person, PRE_STATUS, PRESENCE_OFFLINE) == INT64_MIN;
}

/* What it is told now, against all that may be shown. */
static bool is_true(struct judge *judge, const struct pre_view *before, struct pre_view *view,
                    const struct obs *obs)
{
    struct doubt doubt = doubt_of(judge, view, obs->at_us, true);
    int64_t bound_us;

    judge->judged[PRE_03] += view->status == PRESENCE_OFFLINE;
    judge->judged[PRE_04] += view->status != PRESENCE_OFFLINE;
    judge->judged[PRE_11]++;
    const bool over = over_at(judge, view, doubt, obs->at_us, &bound_us) < obs->at_us;
    const bool off = turned_off(judge, before, obs);
    if (!over && !off) {
        return true;
    }
    doubt.invariant = off ? PRE_03 : doubt.invariant;
    wrong(judge, view, doubt, INT64_MIN, bound_us);
    view->late_conn = view->connection;
    return false;
}

/* PRE-11: nobody is said to be quiet until an instant that was over by every clock when it was said. */
static void judge_quiet(struct judge *judge, const struct obs *obs)
{
    const struct device *device = &judge->devices[obs->device];
    const int64_t said_us = obs->at_us - judge->bounds.client_latency_us;

    if (obs->value == 0 || device->own.until_us >= said_us) {
        return; /* none, or it may have been long on its way */
    }
    const int64_t least_ms = pre_seen_slowest_ms(judge, said_us);
    judge->judged[PRE_11]++;
    if (obs->value <= least_ms) {
        judge_violated(judge, finding_of(PRE_11, NONE, obs->device, 0, 0),
                       "device %u is told that user %u is quiet until %lld ms; it was %lld ms at "
                       "least",
                       obs->device, obs->user, (long long)obs->value, (long long)least_ms);
    }
}

void told(struct judge *judge, struct pre_view *view, const struct obs *obs)
{
    const struct pre_view before = *view;

    judge_quiet(judge, obs);
    judge_order(judge, &before, obs);
    pre_seen_told(judge, obs, before.first || before.version == 0 ? 0 : before.seen_ms);
    view->version = obs->id;
    view->line = obs->content;
    view->quiet = obs->value;
    view->seen_ms = obs->timestamp;
    view->at_us = obs->at_us;
    view->room = obs->room;
    view->status = (uint8_t)obs->seq;
    view->late_conn = INT64_MIN;
    if (before.first) {
        view->since_us = obs->at_us;
        storm_anew(judge, view, obs->at_us);
    }
    view->first = false;
    if (is_true(judge, &before, view, obs)) {
        margin(judge, &before, obs);
        judge_storm(judge, view, &before, obs);
    }
}
