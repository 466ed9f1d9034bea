/* Rows that clients got: the hot path of all families, once for each entry shown to each device.
 *
 * A row that equals what is known of its place, and comes next, is judged by a handful of
 * comparisons; every other way leads to the families. */
#include "sim/check/shown.h"

#include "sim/check/delivery.h"
#include "sim/check/focus.h"
#include "sim/check/liv.h"
#include "sim/check/log.h"
#include "sim/check/marker.h"
#include "sim/check/ord.h"
#include "sim/check/ord_gap.h"
#include "sim/check/sec.h"
#include "sim/check/stays.h"
#include "sim/check/syn.h"

/* Black box: the first who saw a place says what stands there. */
static struct row *learn(struct judge *judge, const struct obs *obs)
{
    struct room *room = truth_room(judge, obs->room);
    struct row *row = room != NULL ? truth_row_make(room, obs->seq) : NULL;

    if (row == NULL) {
        judge->ignored++;
        return NULL;
    }
    *row = (struct row){.id = obs->id,
                        .hlc = obs->hlc,
                        .sender = obs->sender,
                        .client_id = obs->client_id,
                        .content = obs->content,
                        .timestamp = obs->timestamp,
                        .commit_us = NEVER_US,
                        .send = NONE,
                        .node = OBS_NODE_NONE,
                        .flags = ROW_KNOWN};
    row->flags |= (obs->flags & OBS_EVENT) != 0 ? ROW_EVENT : 0;
    struct placed placed = {.obs = obs, .room = room, .row = row};
    placed.send = truth_send(judge, obs->sender, obs->client_id);
    if (placed.send != NULL) {
        row->send = truth_send_index(judge, placed.send);
        placed.again = placed.send->seq != 0;
        placed.send->seq = placed.again ? placed.send->seq : obs->seq;
        row->flags |= row_faithful(judge, row, obs->room) ? ROW_FAITHFUL : 0;
    }
    ord_placed(judge, &placed);
    return row;
}

static void decide_form(struct judge *judge)
{
    const bool log = judge_saw(judge, OBS_COMMIT) || judge_saw(judge, OBS_MEMBER);
    judge->form = log ? FORM_LOG : FORM_BLACK_BOX;
}

static struct row *row_of(const struct judge *judge, const struct obs *obs)
{
    return obs->room < judge->rooms_len ? truth_row(&judge->rooms[obs->room], obs->seq) : NULL;
}

/* The row is not the one that is known at its place, or nobody vouches for it. */
static struct row *odd_row(struct judge *judge, const struct obs *obs, struct row *row)
{
    if (judge->form == FORM_UNDECIDED) {
        decide_form(judge);
    }
    if (row == NULL && judge->form == FORM_BLACK_BOX) {
        row = learn(judge, obs);
    }
    if (row == NULL ? judge->form == FORM_LOG : row->id != obs->id) {
        ord_row(judge, obs, row);
    } else if (row != NULL) {
        log_row(judge, obs, row);
    }
    const bool event = (obs->flags & OBS_EVENT) != 0 ||
                       (row != NULL && row->id == obs->id && (row->flags & ROW_EVENT) != 0 &&
                        obs->client_id == row->client_id);
    if (!event && judge_saw(judge, OBS_SEND) && !sec_row(judge, obs)) {
        syn_row_unfaithful(judge, obs);
    }
    return row;
}

static bool equal(const struct row *row, const struct obs *obs)
{
    return row->id == obs->id && row->hlc == obs->hlc && row->sender == obs->sender &&
           row->client_id == obs->client_id && row->content == obs->content &&
           row->timestamp == obs->timestamp;
}

static bool vouched(const struct row *row, const struct obs *obs)
{
    const bool event = (obs->flags & OBS_EVENT) != 0;
    return (row->flags & (event ? ROW_EVENT : ROW_FAITHFUL)) != 0;
}

static void in_order(struct judge *judge, const struct obs *obs, struct view *view,
                     const struct row *row)
{
    if (obs->seq != view->last + 1 || view->last == 0) {
        ord_out_of_order(judge, obs, view, row);
    }
    if (obs->seq > view->last) {
        view->last = obs->seq;
    }
}

/* The first row after a welcome, or one beside a marker: few are. */
static void resumed_or_marked(struct judge *judge, const struct obs *obs, struct view *view,
                              const struct row *row)
{
    const bool resumed = (view->flags & VIEW_RESUMED) != 0;

    if (resumed) {
        focus_resumed(judge, obs);
    }
    if ((view->flags & VIEW_MARKED) != 0) {
        ord_gap_shown(judge, obs, view, row);
        return;
    }
    if (resumed) {
        syn_resumed(judge, obs, view);
    }
    in_order(judge, obs, view, row);
}

void shown_observe(struct judge *judge, const struct obs *obs)
{
    struct view *view = truth_view(judge, obs->device, obs->room);
    if (view == NULL) {
        return;
    }
    struct room *room = &judge->rooms[obs->room];
    struct row *row = truth_row(room, obs->seq);

    if (obs->seq < view->from || view->from == SEQ_UNKNOWN) {
        stays_shown(judge, obs);
    }
    judge->rows_shown++;
    judge->messages_shown += (obs->flags & OBS_EVENT) == 0;
    if (row == NULL || !equal(row, obs) || !vouched(row, obs)) {
        row = odd_row(judge, obs, row);
        if (row == NULL || row->id != obs->id) {
            ord_misplaced(judge, obs, view);
        }
    }
    if ((view->flags & (VIEW_RESUMED | VIEW_MARKED)) != 0) {
        resumed_or_marked(judge, obs, view, row);
    } else {
        in_order(judge, obs, view, row);
    }
    if (obs->hlc > view->frontier) {
        view->frontier = obs->hlc;
    }
    if (view->held != NONE) {
        liv_held_shown(judge, view, obs->seq);
    }
    if (row != NULL && obs->at_us - row->commit_us > judge->slowest_us) {
        delivery_shown_slow(judge, view, room, row, obs);
    }
    judge->shown_last_us = obs->at_us;
}

void judge_ahead(void *user, uint32_t device)
{
    const struct judge *judge = user;
    if (device < judge->links_len && judge->links[device].room != NONE) {
        const struct link link = judge->links[device];
        __builtin_prefetch(&judge->rooms[link.room].views[link.view], 1);
    }
}

void shown_row(struct judge *judge, const struct obs *obs)
{
    struct row *row = row_of(judge, obs);
    judge->judged[ORD_01]++;
    judge->judged[ORD_09]++;
    if (row == NULL || row->id != obs->id) {
        if (judge->form == FORM_UNDECIDED) {
            decide_form(judge);
        }
        if (row == NULL && judge->form == FORM_BLACK_BOX) {
            (void)learn(judge, obs);
        } else {
            ord_row(judge, obs, row);
        }
    } else {
        log_row(judge, obs, row);
    }
}

static void reset(struct judge *judge, struct view *view)
{
    marker_forget(judge, view);
    view->last = 0;
    view->first = 0;
    view->odd = 0;
    view->base = SEQ_UNKNOWN;
    view->flags = 0;
    liv_held_forget(judge, view);
}

void shown_reset(struct judge *judge, const struct obs *obs)
{
    struct view *view = truth_view(judge, obs->device, obs->room);
    if (view != NULL) {
        reset(judge, view);
    }
}

void shown_forgot(struct judge *judge, const struct device *device)
{
    struct view *view;
    uint32_t room;

    for (uint32_t i = 0; (view = truth_view_at(judge, device, i, &room)) != NULL; i++) {
        reset(judge, view);
        view->frontier = 0;
        view->newest_send = NONE;
    }
}
