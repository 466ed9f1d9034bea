/* See pre.h. */
#include "sim/check/pre.h"

#include "sim/check/pre_choice.h"
#include "sim/check/pre_happens.h"
#include "sim/check/pre_rest.h"
#include "sim/check/pre_shown.h"
#include "sim/check/pre_view.h"
#include "sim/check/pre_watch.h"

void pre_init(struct judge *judge)
{
    pre_people_init(judge);
    pre_views_init(judge);
}

void pre_deinit(struct judge *judge)
{
    pre_views_deinit(judge);
    pre_people_deinit(judge);
}

void pre_observe(struct judge *judge, const struct obs *obs)
{
    if (judge->bounds.heartbeat_us == 0) {
        return;
    }
    switch ((int)obs->kind) {
    case OBS_VIEW:
        pre_view_observe(judge, obs);
        return;
    case OBS_WATCH:
        pre_view_watch(judge, obs);
        return;
    case OBS_RECORD:
    case OBS_LISTED:
        pre_rest_observe(judge, obs);
        return;
    case OBS_STALE:
        return; /* what is old then is held to the bounds of its path all the same */
    case OBS_WELCOME:
        pre_happens(judge, obs);
        pre_view_welcome(judge, obs);
        return;
    case OBS_MEMBER:
        pre_happens(judge, obs);
        pre_view_member(judge, obs);
        return;
    default:
        pre_happens(judge, obs);
        return;
    }
}

void pre_due(struct judge *judge, struct due due)
{
    if (due.kind == DUE_PERSON) {
        pre_person_due(judge, due);
        return;
    }
    if (due.kind == DUE_ARRIVAL) {
        pre_arrival_due(judge, due);
        return;
    }
    HB_ASSERT(due.kind == DUE_CHOICE);
    const int64_t since_us = pre_choice_due(judge, due);
    if (since_us != NEVER_US) {
        pre_person_look(judge, due.a, due.at_us, since_us);
        pre_person_moved(pre_person(judge, due.a), since_us);
        pre_person_wake(judge, due.a, due.at_us + 1);
    }
}

void pre_end(struct judge *judge)
{
    if (judge->bounds.heartbeat_us != 0) {
        pre_view_end(judge);
        pre_rest_end(judge);
    }
}
