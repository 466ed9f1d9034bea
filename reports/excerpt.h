/* What a violated run's history tells of its violations, from the same run once more with its texts:
 * what each person saw of the first few, and the history. */
#ifndef HUBBUB_REPORTS_EXCERPT_H
#define HUBBUB_REPORTS_EXCERPT_H

#include "reports/people.h"
#include "server/base/base.h"
#include "server/base/mem.h"
#include "sim/check/verdict.h"

#define EXCERPT_PEOPLE_MAX 2 /* violations that are told in full; the others are counted */

struct excerpt {
    struct people people[EXCERPT_PEOPLE_MAX];
    uint32_t people_len;
    uint64_t more;                                    /* violations that are not told in full */
    struct buf history;                               /* what was not given away yet */
    void (*give)(void *user, const struct buf *text); /* NULL: no history is wanted */
    void *give_user;
};

/* `judgement` is borrowed for the excerpt's life. `fault_word` as in people.h. */
void excerpt_init(struct excerpt *excerpt, const struct judgement *judgement,
                  const char *(*fault_word)(uint64_t kind));
/* Gives the whole history too, piece by piece, as it is observed: a large run's is hundreds of megabytes. What
 * is judged again from it is judged alike. */
void excerpt_keep_history(struct excerpt *excerpt, const struct bounds *bounds,
                          void (*give)(void *user, const struct buf *text), void *user);
/* Gives what is left of it. */
void excerpt_end_history(struct excerpt *excerpt);
void excerpt_deinit(struct excerpt *excerpt);

/* For obs_sink. */
void excerpt_observe(void *user, const struct obs *obs);
void excerpt_print(const struct excerpt *excerpt, const struct style *style, struct buf *out);

#endif
