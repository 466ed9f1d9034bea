/* See typ_told.h. */
#include "sim/check/typ_told.h"

#include "sim/check/finding.h"
#include "sim/check/typ_shown.h"

/* Nobody hears of themselves, nor of a room that is not theirs. */
static void judge_audience(struct judge *judge, const struct typ_pair *pair, const struct obs *obs)
{
    const uint32_t user = judge->devices[obs->device].user;

    judge->judged[TYP_10]++;
    if (user == pair->user || !typ_member(judge, pair->room, user) ||
        !typ_member(judge, pair->room, pair->user)) {
        judge_violated(judge, finding_of(TYP_10, pair->room, obs->device, 0, 0),
                       "device %u of user %u is told that user %u types in room %u",
                       (unsigned)obs->device, (unsigned)user, (unsigned)pair->user,
                       (unsigned)pair->room);
    }
}

static void judge_throttle(struct judge *judge, const struct typ_view *view, const struct obs *obs)
{
    const struct typ_pair *pair = &judge->typ->pairs[view->pair];
    const int64_t apart_us = judge_bound(judge, BOUND_TYPING_APART);

    if (view->told_node != obs->node || view->told_conn != obs->value) {
        return; /* another connection, perhaps of another life of the node */
    }
    judge->judged[TYP_04]++;
    if (obs->timestamp - view->told_clock_us < apart_us) {
        judge_violated(judge, finding_of(TYP_04, pair->room, obs->device, 0, 0),
                       "node %u tells device %u that user %u types, and did so %lld us before",
                       (unsigned)obs->node, (unsigned)obs->device, (unsigned)pair->user,
                       (long long)(obs->timestamp - view->told_clock_us));
    }
}

/* Whether a message of theirs may still come to the device's node, and end what is told of them now: a sync may have
 * shown it to the device before. */
static bool message_comes(struct judge *judge, const struct typ_pair *pair, const struct obs *obs)
{
    if (pair->commit_seq == 0) {
        return false;
    }
    const int64_t from_us = typ_from(judge, pair, obs->device, pair->commit_us);
    const enum bound bound = from_us == pair->commit_us ? BOUND_TYPING_OTHERS : BOUND_REPAIR;
    return from_us == NEVER_US || from_us + judge_bound(judge, bound) >= obs->at_us;
}

void typ_told_observe(struct judge *judge, const struct obs *obs)
{
    struct typ_pair *pair = typ_pair_make(judge, obs->room, obs->user);

    if (pair == NULL || truth_device(judge, obs->device) == NULL) {
        judge->ignored++;
        return;
    }
    judge_audience(judge, pair, obs);
    struct typ_view *view = typ_view_make(judge, pair, obs->device);
    if ((obs->flags & OBS_LEFT) != 0) {
        if (view->owed_us != NEVER_US) {
            judge->judged[TYP_05]++;
        }
        /* From when it was heard, if that is the node that heard it: the throttle may have held it back. */
        const int64_t since_us = pair->node == obs->node && pair->last_us != INT64_MIN
                                     ? pair->clock_us
                                     : view->told_clock_us;
        view->over = view->told_node == obs->node && view->told_conn == obs->value &&
                     obs->timestamp - since_us >= judge->bounds.typing_us;
        view->told = false;
        view->owed_us = NEVER_US;
        return;
    }
    judge_throttle(judge, view, obs);
    view->over = false;
    view->told = typ_has_messages(judge, pair, obs->device) && !message_comes(judge, pair, obs);
    view->told_node = obs->node;
    view->told_conn = obs->value;
    view->told_clock_us = obs->timestamp;
}

void typ_told_stop(struct judge *judge, const struct typ_pair *pair, const struct obs *obs)
{
    const int64_t others_us = judge_bound(judge, BOUND_TYPING_OTHERS);

    for (uint32_t i = pair->first_view; i != NONE; i = judge->typ->views[i].next) {
        struct typ_view *view = &judge->typ->views[i];
        const bool ours = view->told_node == obs->node;
        if (typ_waits(judge, view) &&
            (ours || typ_from(judge, pair, view->device, obs->at_us) == obs->at_us)) {
            view->owed_us = obs->at_us + (ours ? 0 : others_us);
            typ_shown_look(judge, view, obs->at_us);
        }
    }
}

void typ_told_forget(struct judge *judge, const struct typ_pair *pair)
{
    for (uint32_t i = pair->first_view; i != NONE; i = judge->typ->views[i].next) {
        judge->typ->views[i].told = false;
        judge->typ->views[i].owed_us = NEVER_US;
    }
}

void typ_told_kept(struct judge *judge, const struct obs *obs)
{
    const int64_t kept_us = judge_bound(judge, BOUND_TYPING_KEPT);
    int64_t most = 0;

    for (uint32_t i = 0; i < judge->typ->pairs_len; i++) {
        const struct typ_pair *pair = &judge->typ->pairs[i];
        most += pair->last_us != INT64_MIN && obs->at_us <= pair->last_us + kept_us;
    }
    judge->judged[TYP_09]++;
    if (obs->value > most) {
        judge_violated(judge, finding_of(TYP_09, NONE, NONE, 0, 0),
                       "at rest, node %u keeps %lld who type, each in a room; %lld may",
                       (unsigned)obs->node, (long long)obs->value, (long long)most);
    }
}
