/* What is told and kept of a violated run. See excerpt.h. */
#include "reports/excerpt.h"

#include "sim/history/file.h"

#include <inttypes.h>
#include <stdlib.h>

#define PIECE_BYTES (1024 * 1024) /* so much is given away at once */

/* The first violation of each of the first few invariants. */
void excerpt_init(struct excerpt *excerpt, const struct judgement *judgement,
                  const char *(*fault_word)(uint64_t kind))
{
    *excerpt = (struct excerpt){.people_len = 0};
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        excerpt->more += judgement->invariants[i].violations;
    }
    for (size_t i = 0; i < judgement->violations_len && excerpt->people_len < EXCERPT_PEOPLE_MAX;
         i++) {
        const struct violation *violation = &judgement->violations[i];
        bool had = false;
        for (uint32_t p = 0; p < excerpt->people_len; p++) {
            had |= excerpt->people[p].violation->invariant == violation->invariant;
        }
        if (!had) {
            excerpt->people[excerpt->people_len++] =
                (struct people){.violation = violation, .fault_word = fault_word};
        }
    }
    excerpt->more -= excerpt->more > excerpt->people_len ? excerpt->people_len : excerpt->more;
}

void excerpt_keep_history(struct excerpt *excerpt, const struct bounds *bounds,
                          void (*give)(void *user, const struct buf *text), void *user)
{
    HB_ASSERT(excerpt->give == NULL && give != NULL);
    excerpt->give = give;
    excerpt->give_user = user;
    history_write_header(bounds, &excerpt->history);
}

void excerpt_end_history(struct excerpt *excerpt)
{
    if (excerpt->give != NULL && excerpt->history.len > 0) {
        excerpt->give(excerpt->give_user, &excerpt->history);
        buf_clear(&excerpt->history);
    }
}

void excerpt_deinit(struct excerpt *excerpt)
{
    for (uint32_t i = 0; i < excerpt->people_len; i++) {
        people_deinit(&excerpt->people[i]);
    }
    buf_deinit(&excerpt->history);
}

void excerpt_observe(void *user, const struct obs *obs)
{
    struct excerpt *excerpt = user;
    for (uint32_t i = 0; i < excerpt->people_len; i++) {
        people_observe(&excerpt->people[i], obs);
    }
    if (excerpt->give != NULL) {
        history_write_obs(obs, &excerpt->history);
        if (excerpt->history.len > PIECE_BYTES) {
            excerpt_end_history(excerpt);
        }
    }
}

void excerpt_print(const struct excerpt *excerpt, const struct style *style, struct buf *out)
{
    for (uint32_t i = 0; i < excerpt->people_len; i++) {
        people_print(&excerpt->people[i], style, out);
    }
    if (excerpt->more > 0) {
        buf_printf(out,
                   "\nand %" PRIu64
                   " more violations: summary.json of --out lists the first of each "
                   "invariant\n",
                   excerpt->more);
    }
}
