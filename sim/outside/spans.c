/* See spans.h. */
#include "sim/outside/spans.h"

#include "server/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* The first span that does not end before `number`. */
static uint32_t place(const struct spans *spans, uint64_t number)
{
    uint32_t low = 0;
    uint32_t high = spans->len;

    if (high > 0 && spans->items[high - 1].to < number) {
        return high; /* the usual case: something new */
    }
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (spans->items[middle].to < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool spans_has(const struct spans *spans, uint64_t number)
{
    const uint32_t at = place(spans, number);
    return at < spans->len && spans->items[at].from <= number;
}

static void forget_lowest(struct spans *spans)
{
    const uint32_t gone = spans->len / 2;
    spans->floor = spans->items[gone - 1].to + 1;
    memmove(spans->items, spans->items + gone, (spans->len - gone) * sizeof *spans->items);
    spans->len -= gone;
}

void spans_add(struct spans *spans, uint64_t number)
{
    uint32_t at = place(spans, number);
    if (at < spans->len && spans->items[at].from <= number) {
        return;
    }
    const bool joins_before = at > 0 && spans->items[at - 1].to + 1 == number;
    const bool joins_after = at < spans->len && spans->items[at].from == number + 1;
    if (joins_before && joins_after) {
        spans->items[at - 1].to = spans->items[at].to;
        memmove(&spans->items[at], &spans->items[at + 1],
                (size_t)(spans->len - at - 1) * sizeof *spans->items);
        spans->len--;
    } else if (joins_before) {
        spans->items[at - 1].to = number;
    } else if (joins_after) {
        spans->items[at].from = number;
    } else {
        if (spans->len == SPANS_MAX) {
            forget_lowest(spans);
            at = place(spans, number);
        }
        HB_GROW(spans->items, spans->len, spans->cap);
        memmove(&spans->items[at + 1], &spans->items[at],
                (size_t)(spans->len - at) * sizeof *spans->items);
        spans->items[at] = (struct span){number, number};
        spans->len++;
    }
}

void spans_clear(struct spans *spans)
{
    spans->len = 0;
}

void spans_deinit(struct spans *spans)
{
    free(spans->items);
    *spans = (struct spans){0};
}
