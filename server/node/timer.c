/* Timers: a binary heap; what is out of date is found out when it fires. See timer.h. */
#include "server/node/timer.h"

#include "server/base/mem.h"

static bool timer_before(const struct timer *a, const struct timer *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

void timer_add(struct node *node, int64_t at_us, enum timer_kind kind, uint32_t index,
               uint64_t serial)
{
    HB_GROW(node->timers, node->timers_len, node->timers_cap);
    const struct timer added = {at_us, node->timers_order++, kind, index, serial};
    uint32_t at = node->timers_len++;
    while (at > 0 && timer_before(&added, &node->timers[(at - 1) / 2])) {
        node->timers[at] = node->timers[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    node->timers[at] = added;
}

struct timer timer_pop(struct node *node)
{
    HB_ASSERT(node->timers_len > 0);
    const struct timer first = node->timers[0];
    const struct timer last = node->timers[--node->timers_len];
    const uint32_t len = node->timers_len;
    uint32_t at = 0;

    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= len) {
            break;
        }
        if (child + 1 < len && timer_before(&node->timers[child + 1], &node->timers[child])) {
            child++;
        }
        if (!timer_before(&node->timers[child], &last)) {
            break;
        }
        node->timers[at] = node->timers[child];
        at = child;
    }
    if (len > 0) {
        node->timers[at] = last;
    }
    return first;
}
