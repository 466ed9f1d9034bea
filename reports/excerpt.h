/* What a violated run's history tells of its violations, from the same run once more with its texts and with
 * what became of things on their way: the story of the first, the others in a line each, and the history. */
#ifndef HUBBUB_REPORTS_EXCERPT_H
#define HUBBUB_REPORTS_EXCERPT_H

#include "reports/kept.h"
#include "reports/style.h"
#include "server/base/base.h"
#include "server/base/mem.h"
#include "sim/check/verdict.h"

struct excerpt {
    const struct judgement *judgement;
    struct keep keep;                                 /* of the first violation */
    const char *(*fault_word)(uint64_t kind);         /* what a fault's kind is called */
    struct buf history;                               /* what was not given away yet */
    void (*give)(void *user, const struct buf *text); /* NULL: no history is wanted */
    void *give_user;
};

/* `judgement` is borrowed for the excerpt's life. */
void excerpt_init(struct excerpt *excerpt, const struct judgement *judgement,
                  const char *(*fault_word)(uint64_t kind));
/* Gives the whole history too, piece by piece, as it is observed: a large run's is hundreds of megabytes. What
 * is judged again from it is judged alike. */
void excerpt_keep_history(struct excerpt *excerpt, const struct bounds *bounds,
                          void (*give)(void *user, const struct buf *text), void *user);
/* Gives what is left of it. */
void excerpt_end_history(struct excerpt *excerpt);
void excerpt_deinit(struct excerpt *excerpt);

/* What observes for it. */
struct obs_sink excerpt_sink(struct excerpt *excerpt);
void excerpt_print(const struct excerpt *excerpt, const struct style *style, struct buf *out);

#endif
