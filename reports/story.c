/* See story.h. */
#include "reports/story.h"

#include "reports/diagram.h"
#include "reports/far.h"
#include "reports/people.h"
#include "reports/terms.h"

#include <inttypes.h>
#include <string.h>

#define NOTES_MAX 64
#define FREQUENT  12 /* a note that a node noted more often explains nothing */

/* --- Notes ------------------------------------------------------------------------------------------------ */

struct noted {
    uint32_t node;
    const char *text; /* borrowed */
    uint64_t times;
    int64_t first_us, last_us;
};

static uint32_t collect(const struct keep *keep, const struct cast *cast, struct noted *notes)
{
    uint32_t len = 0;

    for (size_t i = 0; i < keep->len && keep->items[i].obs.at_us <= keep->violation->at_us; i++) {
        const struct kept *kept = &keep->items[i];
        if (!kept_told(kept, ASIDE_NOTE) || kept->routine ||
            cast_node(cast, kept->obs.node) == NULL) {
            continue;
        }
        uint32_t n = 0;
        while (n < len &&
               (notes[n].node != kept->obs.node || strcmp(notes[n].text, kept->text) != 0)) {
            n++;
        }
        if (n == NOTES_MAX) {
            continue;
        }
        if (n == len) {
            notes[len++] = (struct noted){kept->obs.node, kept->text, 0, kept->obs.at_us, 0};
        }
        notes[n].times++;
        notes[n].last_us = kept->obs.at_us;
    }
    return len;
}

/* What a node notes all the time explains nothing. */
static uint32_t without_frequent(struct noted *notes, uint32_t len)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < len; i++) {
        if (notes[i].times <= FREQUENT) {
            notes[kept++] = notes[i];
        }
    }
    return kept;
}

static void add_notes(const struct keep *keep, const struct cast *cast, const struct style *style,
                      struct buf *out)
{
    struct noted notes[NOTES_MAX];
    const uint32_t len = without_frequent(notes, collect(keep, cast, notes));

    if (len == 0) {
        return;
    }
    style_heading(style, "What these nodes noted until then", out);
    for (uint32_t i = 0; i < cast->nodes_len; i++) {
        const char *comma = "";
        for (uint32_t n = 0; n < len; n++) {
            if (notes[n].node != cast->nodes[i].number) {
                continue;
            }
            if (comma[0] == 0) {
                buf_printf(out, "  node %u: ", (unsigned)notes[n].node);
            }
            buf_printf(out, "%s%s ", comma, notes[n].text);
            if (notes[n].times > 1) {
                buf_printf(out, "%" PRIu64 " times, last ", notes[n].times);
            }
            terms_instant(out, notes[n].last_us);
            comma = "; ";
        }
        buf_add_text(out, comma[0] != 0 ? "\n" : "");
    }
}

/* --- What broke ----------------------------------------------------------------------------------------- */

static void add_head(const struct keep *keep, const struct style *style, struct buf *out)
{
    const struct violation *violation = keep->violation;
    const struct invariant_info *info = invariant_info(violation->invariant);

    style_begin(style, STYLE_RED, out);
    buf_add_text(out, keep->died ? "A failed assertion" : info->id);
    style_end(style, out);
    if (keep->died && violation->node != OBS_NODE_NONE) {
        buf_printf(out, " of node %u", (unsigned)violation->node);
    }
    buf_add_text(out, keep->died ? " ended the run at " : " is broken at ");
    terms_instant(out, violation->at_us);
    buf_printf(out, "\n  expected: %s\n  happened: ",
               keep->died ? "what the code asserts holds" : info->sentence);
    terms_sentence(out, violation->summary);
    buf_add_char(out, '\n');
}

/* --- The page ---------------------------------------------------------------------------------------------- */

void story_print(const struct keep *keep, const char *(*fault_word)(uint64_t kind),
                 const struct style *style, struct buf *out)
{
    struct cast cast;
    struct steps steps;

    cast_make(keep, &cast);
    steps_make(keep, &cast, &steps);
    buf_add_char(out, '\n');
    add_head(keep, style, out);
    people_table(keep, &cast, style, out);
    style_heading(style, "Who is there", out);
    people_cast(keep, &cast, out);
    style_heading(style, "The path", out);
    far_print(keep, &cast, out);
    diagram_print(keep, &cast, &steps, fault_word, style, out);
    if (keep->left_out > 0) {
        buf_printf(out, "  (%" PRIu64 " older observations are left out)\n", keep->left_out);
    }
    add_notes(keep, &cast, style, out);
    steps_deinit(&steps);
}
