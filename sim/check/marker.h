/* What a device shows above markers: in a room that lacks much, the newest page comes first, and a marker stands
 * where entries are not shown yet. Such a view (VIEW_MARKED) shows all up to `last`, and what is not within one of
 * its markers up to `top`. */
#ifndef HUBBUB_SIM_CHECK_MARKER_H
#define HUBBUB_SIM_CHECK_MARKER_H

#include "sim/check/truth.h"

struct marker {
    uint64_t low, high; /* both within it */
};

struct marked {   /* a view's markers, ascending */
    uint64_t top; /* the greatest seq shown, or within the last one */
    struct marker *markers;
    uint32_t len, cap;
};

void marker_truth_init(struct judge *judge);
void marker_truth_deinit(struct judge *judge);

/* Of a marked view. */
struct marked *marker_of(const struct judge *judge, const struct view *view);
/* The same of any view: one without markers gets a list. NULL: there are too many of them. */
struct marked *marker_make(struct judge *judge, struct view *view);
/* Of `markers`, the one that `seq` is in; NULL: none. */
struct marker *marker_find(const struct marked *marked, uint64_t seq);
/* Splits what it is in, so that `seq` is shown. */
void marker_split(struct marked *marked, uint64_t seq);
/* Sets `last`; without a marker the view is not marked any more. */
void marker_settle(struct judge *judge, struct view *view);
void marker_forget(struct judge *judge, struct view *view);

/* The greatest seq shown, above any marker; 0: none. */
static inline uint64_t marker_top(const struct judge *judge, const struct view *view)
{
    return (view->flags & VIEW_MARKED) == 0 ? view->last : marker_of(judge, view)->top;
}

/* Whether this place is one that the view shows, or is below those that it began at. */
static inline bool marker_shown(const struct judge *judge, const struct view *view, uint64_t seq)
{
    if (seq <= view->last || (view->flags & VIEW_MARKED) == 0) {
        return seq <= view->last;
    }
    const struct marked *marked = marker_of(judge, view);
    return seq <= marked->top && marker_find(marked, seq) == NULL;
}

#endif
