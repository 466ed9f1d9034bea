/* See ord_gap.h. The order is one of places: a list may be filled from below, or page by page from above, and
 * no two rows of it are out of order, nor is there a hole that the person is not told of. */
#include "sim/check/ord_gap.h"

#include "sim/check/finding.h"
#include "sim/check/marker.h"
#include "sim/check/ord.h"

#include <inttypes.h>

static void declared(struct judge *judge, const struct obs *obs, struct view *view)
{
    const uint64_t begin = view->base != SEQ_UNKNOWN ? view->base : obs->seq - 1;
    const uint64_t top = marker_top(judge, view);
    const uint64_t had = top > 0 ? top : begin;

    if (obs->seq == 0 || obs->value < (int64_t)obs->seq || obs->seq != had + 1) {
        judge_violated(judge,
                       finding_of(ORD_04, obs->room, obs->device, obs->seq, (uint64_t)obs->value),
                       "device %u shows a marker for seq %" PRIu64 " to %" PRId64
                       " of room %u, which it shows up to seq %" PRIu64,
                       obs->device, obs->seq, obs->value, obs->room, had);
        return;
    }
    if (view->last == 0) {
        view->first = obs->seq;
        view->last = obs->seq - 1;
    }
    view->flags &= ~(uint32_t)VIEW_RESUMED; /* it goes on where it stopped: SYN-10 */
    struct marked *marked = marker_make(judge, view);
    if (marked == NULL) {
        judge->ignored++;
        return;
    }
    HB_GROW(marked->markers, marked->len, marked->cap);
    marked->markers[marked->len++] = (struct marker){obs->seq, (uint64_t)obs->value};
    marked->top = (uint64_t)obs->value;
}

/* Of what a marker stood for, its upper end is not the person's. */
static void given_up(struct judge *judge, const struct obs *obs, struct view *view)
{
    const uint64_t high = (uint64_t)obs->value;
    struct marker *marker =
        (view->flags & VIEW_MARKED) != 0 ? marker_find(marker_of(judge, view), high) : NULL;
    const bool whole = marker != NULL && marker->high == high && marker->low <= obs->seq;

    if (!whole || (view->from != SEQ_UNKNOWN && high > view->from)) {
        judge_violated(judge, finding_of(ORD_04, obs->room, obs->device, obs->seq, high),
                       "device %u ends a marker for seq %" PRIu64 " to %" PRIu64 " of room %u, %s",
                       obs->device, obs->seq, high, obs->room,
                       whole ? "which is its person's" : "which is not one's upper end");
    }
    if (whole) {
        marker->high = obs->seq - 1;
        marker_settle(judge, view);
    }
}

void ord_gap(struct judge *judge, const struct obs *obs)
{
    struct view *view = truth_view(judge, obs->device, obs->room);

    if (view == NULL) {
        return;
    }
    if ((obs->flags & OBS_LEFT) != 0) {
        given_up(judge, obs, view);
    } else {
        declared(judge, obs, view);
    }
}

static void in_marker(struct judge *judge, const struct obs *obs, struct marked *marked)
{
    struct marker *marker = marker_find(marked, obs->seq);

    if (obs->seq == marker->low) {
        marker->low++;
    } else if (obs->seq == marker->high) {
        marker->high--;
    } else {
        judge_violated(judge, finding_of(ORD_04, obs->room, obs->device, marker->low, obs->seq - 1),
                       "device %u was shown seq %" PRIu64
                       " of room %u amid a marker for seq %" PRIu64 " to %" PRIu64,
                       obs->device, obs->seq, obs->room, marker->low, marker->high);
        marker_split(marked, obs->seq);
    }
}

void ord_gap_shown(struct judge *judge, const struct obs *obs, struct view *view,
                   const struct row *row)
{
    struct marked *marked = marker_of(judge, view);

    view->flags &= ~(uint32_t)VIEW_RESUMED; /* where it may go on is what is judged here */
    if (marker_find(marked, obs->seq) != NULL) {
        in_marker(judge, obs, marked);
    } else if (obs->seq <= marked->top) {
        ord_backward(judge, obs, view, row);
    } else {
        ord_hole(judge, obs, view, marked->top);
        marked->top = obs->seq;
    }
    marker_settle(judge, view);
}

/* SYN-08: what a device asks from is what it has without a hole; a marker is one. */
void ord_gap_asked(struct judge *judge, const struct obs *obs)
{
    const struct view *view = truth_view(judge, obs->device, obs->room);

    if (view != NULL && (view->flags & VIEW_MARKED) != 0 && obs->seq > view->last) {
        judge_violated(judge, finding_of(SYN_08, obs->room, obs->device, view->last + 1, obs->seq),
                       "device %u asks for room %u from seq %" PRIu64
                       " on, and has a marker from seq %" PRIu64 " on",
                       obs->device, obs->room, obs->seq, view->last + 1);
    }
}
