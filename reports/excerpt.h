/* What a violated run's history tells of its violations, from the same run once more with its texts:
 * what each person saw of the first few, and the part of the history that judges alike. */
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
    uint64_t more;      /* violations that are not told in full */
    struct buf history; /* the kept part, with its header */
    uint8_t *members;   /* by user: in one of the violations' rooms; NULL: no history is wanted */
    uint32_t members_len;
    bool whole; /* every observation is kept */
};

/* `judgement` is borrowed for the excerpt's life. `fault_word` as in people.h. */
void excerpt_init(struct excerpt *excerpt, const struct judgement *judgement,
                  const char *(*fault_word)(uint64_t kind));
/* Keeps the history too, of a run with so many users and these bounds; or all of it. */
void excerpt_keep_history(struct excerpt *excerpt, const struct bounds *bounds, uint32_t users,
                          bool whole);
void excerpt_deinit(struct excerpt *excerpt);

/* For obs_sink. */
void excerpt_observe(void *user, const struct obs *obs);
void excerpt_print(const struct excerpt *excerpt, const struct style *style, struct buf *out);

#endif
