/* See typ_shown.h. */
#include "sim/check/typ_shown.h"

#include "sim/check/finding.h"

static struct typ_pair *pair_of(const struct judge *judge, const struct typ_view *view)
{
    return &judge->typ->pairs[view->pair];
}

static struct finding finding_at(const struct judge *judge, enum invariant invariant,
                                 const struct typ_view *view, int64_t at_us)
{
    struct finding finding = finding_of(invariant, pair_of(judge, view)->room, view->device, 0, 0);
    finding.at_us = at_us;
    finding.user = pair_of(judge, view)->user;
    return finding;
}

/* --- Until when it may be shown --------------------------------------------------------------- */

struct until {
    int64_t from_us, bound_us;
    enum invariant invariant;
    bool bare; /* nothing was disturbed */
};

/* False: nobody can tell yet. */
static bool until_of(struct judge *judge, const struct typ_view *view, struct until *ret)
{
    const struct typ_pair *pair = pair_of(judge, view);
    const int64_t last_us = pair->last_us != INT64_MIN ? pair->last_us : view->shown_us;
    const int64_t at_us = pair->ended ? pair->end_us : last_us;
    const bool several = typ_crossed(judge, pair, pair->node, at_us - judge->bounds.typing_us);

    ret->invariant = pair->ended ? pair->end_by : TYP_02;
    ret->from_us = typ_from(judge, pair, view->device, at_us);
    ret->bare = ret->from_us == at_us && typ_has_messages(judge, pair, view->device) &&
                (pair->ended || !several);
    if (!ret->bare) {
        ret->from_us = later(ret->from_us, later(last_us, pair->commit_us));
    }
    ret->bound_us = judge_bound(judge, !ret->bare    ? BOUND_TYPING_LOST
                                       : pair->ended ? BOUND_TYPING_STOP
                                                     : BOUND_TYPING);
    return ret->from_us != NEVER_US;
}

void typ_shown_look(struct judge *judge, struct typ_view *view, int64_t now_us)
{
    struct until until;
    int64_t next_us = earlier(view->message_us, view->owed_us);

    if (view->shown && !view->reported) {
        const bool known = until_of(judge, view, &until);
        next_us = earlier(next_us, known ? until.from_us + until.bound_us
                                         : now_us + judge->bounds.typing_us);
    }
    next_us = later(next_us, now_us);
    if (next_us < view->due_us) {
        view->due_us = next_us;
        due_push(&judge->dues, (struct due){.at_us = next_us,
                                            .kind = DUE_TYPIST,
                                            .a = (uint32_t)(view - judge->typ->views)});
    }
}

void typ_shown_look_all(struct judge *judge, const struct typ_pair *pair, int64_t now_us)
{
    for (uint32_t i = pair->first_view; i != NONE; i = judge->typ->views[i].next) {
        typ_shown_look(judge, &judge->typ->views[i], now_us);
    }
}

static void too_long(struct judge *judge, struct typ_view *view, int64_t at_us)
{
    const struct typ_pair *pair = pair_of(judge, view);
    struct until until;

    if (view->reported || !until_of(judge, view, &until) ||
        at_us < until.from_us + until.bound_us) {
        return;
    }
    view->reported = true;
    judge->judged[until.invariant]++;
    judge_violated(judge, finding_at(judge, until.invariant, view, at_us),
                   "device %u shows user %u as typing; %s at %lld us", (unsigned)view->device,
                   (unsigned)pair->user,
                   !pair->ended             ? "a node heard so last"
                   : pair->end_by == TYP_07 ? "their connection ended"
                                            : "a node heard their stop",
                   (long long)(pair->ended ? pair->end_us : pair->last_us));
}

void typ_shown_due(struct judge *judge, struct due due)
{
    struct typ_view *view = &judge->typ->views[due.a];

    if (view->due_us != due.at_us) {
        return;
    }
    view->due_us = NEVER_US;
    if (view->message_us <= due.at_us) {
        if (view->shown && view->shown_us < view->message_us) {
            struct finding finding = finding_at(judge, TYP_08, view, due.at_us);
            finding.seq_low = finding.seq_high = view->message_seq;
            judge_violated(judge, finding,
                           "device %u shows a message of user %u, and them as typing",
                           (unsigned)view->device, (unsigned)pair_of(judge, view)->user);
        }
        view->message_us = NEVER_US;
    }
    if (view->owed_us <= due.at_us) {
        const struct typ_pair *pair = pair_of(judge, view);
        const bool ours = view->told_node == pair->node;
        if (typ_waits(judge, view) &&
            (ours || typ_from(judge, pair, view->device, pair->end_us) == pair->end_us)) {
            judge->judged[TYP_05]++;
            judge_violated(judge, finding_at(judge, TYP_05, view, due.at_us),
                           "node %u told device %u that user %u types, and not that they stopped",
                           (unsigned)view->told_node, (unsigned)view->device, (unsigned)pair->user);
        }
        view->owed_us = NEVER_US;
    }
    if (view->shown) {
        too_long(judge, view, due.at_us);
    }
    typ_shown_look(judge, view, due.at_us + 1);
}

/* --- What is shown ---------------------------------------------------------------------------- */

static void begins(struct judge *judge, struct typ_view *view, const struct obs *obs)
{
    const struct typ_pair *pair = pair_of(judge, view);
    const int64_t lost_us = judge_bound(judge, BOUND_TYPING_LOST);

    judge->judged[TYP_01]++;
    const bool fresh = pair->last_us != INT64_MIN &&
                       (obs->at_us <= pair->last_us + lost_us ||
                        typ_from(judge, pair, view->device, pair->last_us) != pair->last_us);
    if (!fresh) {
        judge_violated(judge, finding_of(TYP_01, pair->room, view->device, 0, 0),
                       "device %u shows user %u as typing, who did not say so",
                       (unsigned)view->device, (unsigned)pair->user);
    }
}

/* Shown no more, while starts went on that it was told in time, and nothing ended them, nor were they over by a
 * node's clock, which may be fast. */
static void breaks(struct judge *judge, struct typ_view *view, const struct obs *obs)
{
    const struct typ_pair *pair = pair_of(judge, view);
    const int64_t shown_us = judge_bound(judge, BOUND_TYPING_SHOWN);

    if (view->message_us == obs->at_us || pair->run_us == NEVER_US || pair->ended || view->over) {
        return;
    }
    const int64_t from_us = typ_from(judge, pair, view->device, pair->run_us);
    const int64_t since_us = from_us == NEVER_US ? NEVER_US
                             : from_us == pair->run_us
                                 ? from_us + shown_us
                                 : from_us + judge->bounds.typing_us + shown_us;
    judge->judged[TYP_06]++;
    if (obs->at_us > since_us && obs->at_us < pair->last_us + judge->bounds.typing_us) {
        judge_violated(judge, finding_of(TYP_06, pair->room, view->device, 0, 0),
                       "device %u shows user %u as typing no more; a node heard that they do "
                       "since %lld us, last at %lld us",
                       (unsigned)view->device, (unsigned)pair->user, (long long)pair->run_us,
                       (long long)pair->last_us);
    }
}

static void ends(struct judge *judge, struct typ_view *view, const struct obs *obs)
{
    struct until until;

    if ((obs->flags & OBS_QUIET) != 0) {
        return; /* whatever the person does: their own connection is over */
    }
    breaks(judge, view, obs);
    if (view->message_us != obs->at_us && !view->reported && until_of(judge, view, &until)) {
        judge->judged[until.invariant]++;
        if (until.bare && obs->at_us >= until.from_us) {
            judge_margin(judge, until.invariant, obs->at_us - until.from_us, until.bound_us);
        }
    }
}

void typ_shown_observe(struct judge *judge, const struct obs *obs)
{
    struct typ_pair *pair = typ_pair_make(judge, obs->room, obs->user);

    if (pair == NULL || truth_device(judge, obs->device) == NULL) {
        judge->ignored++;
        return;
    }
    struct typ_view *view = typ_view_make(judge, pair, obs->device);
    const bool shown = obs->value == 1;
    if (shown == view->shown) {
        return;
    }
    view->shown = shown;
    view->reported = false;
    judge->typ->shown += shown ? 1 : UINT32_MAX;
    if (shown) {
        view->shown_us = obs->at_us;
        begins(judge, view, obs);
        typ_shown_look(judge, view, obs->at_us);
    } else {
        ends(judge, view, obs);
    }
}

void typ_shown_entry(struct judge *judge, const struct obs *obs)
{
    if (judge->typ->shown == 0 || (obs->flags & OBS_EVENT) != 0) {
        return;
    }
    const struct typ_pair *pair = typ_pair(judge, obs->room, obs->sender);
    struct typ_view *view = pair != NULL ? typ_view(judge, pair, obs->device) : NULL;
    if (view != NULL && view->shown) {
        judge->judged[TYP_08]++;
        view->message_us = obs->at_us;
        view->message_seq = obs->seq;
        typ_shown_look(judge, view, obs->at_us);
    }
}
