/* See marker.h. */
#include "sim/check/marker.h"

#include <stdlib.h>
#include <string.h>

struct marker_truth {
    struct marked *lists; /* [view->marks - 1]; a list without markers is free */
    uint32_t len, cap;
};

void marker_truth_init(struct judge *judge)
{
    judge->marker = hb_calloc(1, sizeof *judge->marker);
}

void marker_truth_deinit(struct judge *judge)
{
    for (uint32_t i = 0; i < judge->marker->len; i++) {
        free(judge->marker->lists[i].markers);
    }
    free(judge->marker->lists);
    free(judge->marker);
}

struct marked *marker_of(const struct judge *judge, const struct view *view)
{
    HB_ASSERT((view->flags & VIEW_MARKED) != 0 && view->marks > 0);
    return &judge->marker->lists[view->marks - 1];
}

struct marked *marker_make(struct judge *judge, struct view *view)
{
    struct marker_truth *truth = judge->marker;
    uint32_t at = 0;

    if ((view->flags & VIEW_MARKED) != 0) {
        return marker_of(judge, view);
    }
    while (at < truth->len && truth->lists[at].len > 0) {
        at++;
    }
    if (at == UINT16_MAX) {
        return NULL;
    }
    if (at == truth->len) {
        HB_GROW(truth->lists, truth->len, truth->cap);
        truth->lists[truth->len++] = (struct marked){0};
    }
    view->marks = (uint16_t)(at + 1);
    view->flags |= VIEW_MARKED;
    truth->lists[at].top = view->last;
    return &truth->lists[at];
}

struct marker *marker_find(const struct marked *marked, uint64_t seq)
{
    for (uint32_t i = 0; i < marked->len; i++) {
        if (marked->markers[i].low <= seq && seq <= marked->markers[i].high) {
            return &marked->markers[i];
        }
    }
    return NULL;
}

void marker_split(struct marked *marked, uint64_t seq)
{
    const struct marker *found = marker_find(marked, seq);
    HB_ASSERT(found != NULL);
    const uint32_t at = (uint32_t)(found - marked->markers);
    const struct marker whole = *found;

    HB_GROW(marked->markers, marked->len, marked->cap);
    memmove(marked->markers + at + 1, marked->markers + at,
            (marked->len - at) * sizeof *marked->markers);
    marked->len++;
    marked->markers[at] = (struct marker){whole.low, seq - 1};
    marked->markers[at + 1] = (struct marker){seq + 1, whole.high};
}

void marker_settle(struct judge *judge, struct view *view)
{
    struct marked *marked = marker_of(judge, view);
    uint32_t kept = 0;

    for (uint32_t i = 0; i < marked->len; i++) {
        if (marked->markers[i].low <= marked->markers[i].high) {
            marked->markers[kept++] = marked->markers[i];
        }
    }
    marked->len = kept;
    view->last = kept > 0 ? marked->markers[0].low - 1 : marked->top;
    if (kept == 0) {
        marker_forget(judge, view);
    }
}

void marker_forget(struct judge *judge, struct view *view)
{
    if ((view->flags & VIEW_MARKED) != 0) {
        marker_of(judge, view)->len = 0;
        view->flags &= ~(uint32_t)VIEW_MARKED;
        view->marks = 0;
    }
}
