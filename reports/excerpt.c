/* What is told and kept of a violated run. See excerpt.h. */
#include "reports/excerpt.h"

#include "reports/story.h"
#include "reports/terms.h"
#include "sim/history/file.h"

#include <inttypes.h>

#define PIECE_BYTES (1024 * 1024) /* so much is given away at once */

void excerpt_init(struct excerpt *excerpt, const struct judgement *judgement,
                  const char *(*fault_word)(uint64_t kind))
{
    *excerpt = (struct excerpt){.judgement = judgement, .fault_word = fault_word};
    if (judgement->violations_len > 0) {
        keep_init(&excerpt->keep, &judgement->violations[0]);
    }
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
    keep_deinit(&excerpt->keep);
    buf_deinit(&excerpt->history);
}

static void observe(void *user, const struct obs *obs)
{
    struct excerpt *excerpt = user;

    if (excerpt->keep.violation != NULL) {
        keep_observe(&excerpt->keep, obs);
    }
    if (excerpt->give != NULL) {
        history_write_obs(obs, &excerpt->history);
        if (excerpt->history.len > PIECE_BYTES) {
            excerpt_end_history(excerpt);
        }
    }
}

static void aside(void *user, const struct aside *told)
{
    struct excerpt *excerpt = user;

    if (excerpt->keep.violation != NULL) {
        keep_aside(&excerpt->keep, told);
    }
}

struct obs_sink excerpt_sink(struct excerpt *excerpt)
{
    return (struct obs_sink){.observe = observe, .user = excerpt, .aside = aside};
}

/* The first of each rule, but for the one whose story was told. */
static void add_others(const struct judgement *judgement, const struct style *style,
                       struct buf *out)
{
    const struct violation *told = &judgement->violations[0];
    bool had[INVARIANT_COUNT] = {false};
    bool any = false;

    for (size_t i = 0; i < judgement->violations_len; i++) {
        const struct violation *violation = &judgement->violations[i];
        const uint64_t times = judgement->invariants[violation->invariant].violations;
        const bool is_told = violation->invariant == told->invariant;
        if (had[violation->invariant] || (is_told && times <= 1)) {
            continue;
        }
        had[violation->invariant] = true;
        if (!any) {
            style_heading(style, "What else is broken", out);
        }
        any = true;
        buf_printf(out, "  %s ", invariant_info(violation->invariant)->id);
        if (is_told) {
            buf_printf(out, "%" PRIu64 " times more\n", times - 1);
            continue;
        }
        if (times > 1) {
            buf_printf(out, "%" PRIu64 " times, first ", times);
        }
        buf_add_text(out, "at ");
        terms_instant(out, violation->at_us);
        buf_add_text(out, ": ");
        terms_sentence(out, violation->summary);
        buf_add_char(out, '\n');
    }
}

void excerpt_print(const struct excerpt *excerpt, const struct style *style, struct buf *out)
{
    if (excerpt->keep.violation != NULL) {
        story_print(&excerpt->keep, excerpt->fault_word, style, out);
        add_others(excerpt->judgement, style, out);
    }
}
