/* See shape.h. */
#include "reports/shape.h"

#include "reports/far.h"
#include "reports/steps.h"

#include <string.h>

#define WORDS_MAX 6

/* Each word once. */
struct words {
    const char *items[WORDS_MAX];
    uint32_t len;
};

static void add_word(struct words *words, const char *word)
{
    for (uint32_t i = 0; i < words->len; i++) {
        if (strcmp(words->items[i], word) == 0) {
            return;
        }
    }
    if (words->len < WORDS_MAX) {
        words->items[words->len++] = word;
    }
}

/* What is said of these rows: by notes, and by what was lost. */
static void of_rows(const struct keep *keep, const struct cast *cast, struct words *words)
{
    for (size_t i = 0; i < keep->len && keep->items[i].obs.at_us <= keep->violation->at_us; i++) {
        const struct kept *kept = &keep->items[i];
        const bool row =
            kept->obs.seq > 0 && cast_has_row(cast, keep, kept->obs.room, kept->obs.seq);
        if (!row || !kept_is_aside(kept)) {
            continue;
        }
        if (kept->aside == ASIDE_NOTE && !kept->routine) {
            add_word(words, kept->text);
        } else if (kept->aside == ASIDE_LOST && kept->obs.device == OBS_NONE) {
            add_word(words, kept->up ? "lost before Redis" : "lost behind Redis");
        }
    }
}

static void add_dashed(struct buf *out, const char *text)
{
    for (; *text != 0; text++) {
        const bool plain = (*text >= '0' && *text <= '9') || (*text >= 'a' && *text <= 'z') ||
                           (*text >= 'A' && *text <= 'Z');
        if (plain || (out->len > 0 && out->bytes[out->len - 1] != '-')) {
            buf_add_char(out, plain ? *text : '-');
        }
    }
}

void shape_of(const struct keep *keep, struct buf *out)
{
    struct words words = {.len = 0};
    struct cast cast;
    struct far far;

    cast_make(keep, &cast);
    if (far_of(keep, &cast, &far)) {
        buf_add_char(out, '/');
        add_dashed(out, far_word(far_last(&far, keep->violation->at_us)));
    }
    of_rows(keep, &cast, &words);
    for (uint32_t i = 0; i < words.len; i++) {
        buf_add_char(out, '/');
        add_dashed(out, words.items[i]);
    }
}

uint64_t shape_faults(const struct keep *keep)
{
    struct cast cast;
    uint64_t kinds = 0;

    cast_make(keep, &cast);
    const int64_t begin_us = steps_begin_us(keep, &cast);
    for (size_t i = 0; i < keep->len && keep->items[i].obs.at_us <= keep->violation->at_us; i++) {
        const struct obs *obs = &keep->items[i].obs;
        if (obs->kind == OBS_FAULT_BEGIN && cast_hit(&cast, obs) && obs->seq < 64 &&
            (obs->at_us >= begin_us || steps_still(keep, i, begin_us))) {
            kinds |= UINT64_C(1) << obs->seq;
        }
    }
    return kinds;
}
