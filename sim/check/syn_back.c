/* See syn_back.h.
 *
 *   BACK --> { SYNC_ROW* SYNC_HEAD SYNC_PAGE }    one page, and no more
 *
 * The rows are those next below the place that was asked for, or the last ones, in the order of the log; fewer than
 * there are by the limit of rows, or of bytes, alone. */
#include "sim/check/syn_back.h"

#include "sim/check/finding.h"
#include "sim/check/sync_time.h"
#include "sim/check/table.h"

#include <inttypes.h>
#include <stdlib.h>

struct back { /* the last one of a device */
    int64_t session;
    bool open;
    uint32_t room;
    uint64_t below;        /* 0: the newest */
    uint64_t first, given; /* rows came from and up to there; 0: none */
    uint64_t head;         /* 0: not said */
};

struct back_truth {
    struct table backs; /* by device */
};

void back_truth_init(struct judge *judge)
{
    static const struct back fresh = {0};
    judge->back = hb_calloc(1, sizeof *judge->back);
    judge->back->backs = (struct table){.bytes = sizeof fresh, .fresh = &fresh};
}

void back_truth_deinit(struct judge *judge)
{
    table_deinit(&judge->back->backs);
    free(judge->back);
}

void back_begin(struct judge *judge, const struct obs *obs)
{
    struct device *device = truth_device(judge, obs->device);

    if (device == NULL || truth_room(judge, obs->room) == NULL) {
        return;
    }
    struct back *back = table_at(&judge->back->backs, obs->device);
    *back =
        (struct back){.session = obs->value, .open = true, .room = obs->room, .below = obs->seq};
    sync_time_begins(judge, device, (uint64_t)judge->bounds.page_rows, 1, obs_until_us(obs));
}

static void on_row(struct judge *judge, struct back *back, const struct obs *obs)
{
    judge->judged[SYN_05]++;
    if (obs->room != back->room || (back->given != 0 && obs->seq != back->given + 1)) {
        judge_violated(judge, finding_of(SYN_05, obs->room, obs->device, back->given + 1, obs->seq),
                       "a page backwards of device %u in room %u gave seq %" PRIu64
                       " of room %u after seq %" PRIu64,
                       obs->device, back->room, obs->seq, obs->room, back->given);
    }
    back->first = back->first == 0 ? obs->seq : back->first;
    back->given = obs->seq;
}

/* SYN-05: up to the place, or to the head, but for what is not this member's; SYN-07: to the first of what is, if
 * it says that there is no more. */
static void judge_whole(struct judge *judge, const struct back *back, const struct obs *obs)
{
    const struct view *view = truth_view(judge, obs->device, back->room);
    const bool more = (obs->flags & OBS_MORE) != 0;
    const uint64_t end =
        back->below == 0 || back->below > back->head ? back->head : back->below - 1;

    if (view == NULL || view->from == SEQ_UNKNOWN) {
        return;
    }
    judge->judged[SYN_05]++;
    if (back->given != end && end > view->from) {
        judge_violated(judge, finding_of(SYN_05, back->room, obs->device, back->given + 1, end),
                       "a page backwards of device %u in room %u below seq %" PRIu64
                       " ended at seq %" PRIu64 "; the head it named is %" PRIu64,
                       obs->device, back->room, back->below, back->given, back->head);
    }
    judge->judged[SYN_07]++;
    if (!more && (back->given == 0 ? end : back->first - 1) > view->from) {
        judge_violated(judge, finding_of(SYN_07, back->room, obs->device, view->from, back->first),
                       "a page backwards of device %u in room %u begins at seq %" PRIu64
                       " and says that there is no more; its person is there since seq %" PRIu64,
                       obs->device, back->room, back->first, view->from);
    }
}

static void on_page(struct judge *judge, struct back *back, const struct obs *obs)
{
    struct device *device = &judge->devices[obs->device];

    sync_time_page(judge, device);
    sync_time_ends(judge, device);
    back->open = false;
    if (judge->bounds.page_rows > 0 && obs->seq > (uint64_t)judge->bounds.page_rows) {
        judge_violated(judge, finding_of(SYN_07, back->room, obs->device, 0, 0),
                       "a page backwards of device %u has %" PRIu64 " rows", obs->device, obs->seq);
    }
    judge_whole(judge, back, obs);
}

bool back_observe(struct judge *judge, const struct obs *obs)
{
    struct back *back = truth_device(judge, obs->device) != NULL
                            ? table_at(&judge->back->backs, obs->device)
                            : NULL;

    if (back == NULL || !back->open || back->session != obs->value) {
        return false;
    }
    if (obs->kind == OBS_SYNC_ROW) {
        on_row(judge, back, obs);
    } else if (obs->kind == OBS_SYNC_HEAD) {
        back->head = obs->room == back->room ? obs->seq : back->head;
    } else if (obs->kind == OBS_SYNC_PAGE) {
        on_page(judge, back, obs);
    }
    return true;
}
