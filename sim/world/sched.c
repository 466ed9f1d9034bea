/* See sched.h. */
#include "sim/world/sched.h"

#include "server/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define BUCKET_MASK   (SCHED_HORIZON_US - 1)
#define WORDS         (SCHED_HORIZON_US / 64)
#define SUMMARY_WORDS (WORDS / 64)

_Static_assert((SCHED_HORIZON_US & BUCKET_MASK) == 0, "a power of two");
_Static_assert(SUMMARY_WORDS > 0, "at least one summary word");

void sched_init(struct sched *sched)
{
    *sched = (struct sched){0};
    sched->buckets = hb_calloc(SCHED_HORIZON_US, sizeof *sched->buckets);
    sched->bits = hb_calloc(WORDS, sizeof *sched->bits);
    sched->summary = hb_calloc(SUMMARY_WORDS, sizeof *sched->summary);
    sched->events_cap = 1024;
    sched->events = hb_calloc(sched->events_cap, sizeof *sched->events);
    sched->events_len = 1; /* 0 stands for "none" */
}

void sched_deinit(struct sched *sched)
{
    free(sched->buckets);
    free(sched->bits);
    free(sched->summary);
    free(sched->events);
    free(sched->far);
    *sched = (struct sched){0};
}

static uint32_t event_take(struct sched *sched)
{
    if (sched->free_list != 0) {
        const uint32_t index = sched->free_list;
        sched->free_list = sched->events[index].next;
        return index;
    }
    HB_GROW(sched->events, sched->events_len, sched->events_cap);
    return sched->events_len++;
}

static void bucket_append(struct sched *sched, uint32_t bucket, uint32_t index)
{
    const uint32_t last = sched->buckets[bucket];

    if (last == 0) {
        sched->events[index].next = index;
        sched->bits[bucket / 64] |= UINT64_C(1) << (bucket % 64);
        sched->summary[bucket / 4096] |= UINT64_C(1) << (bucket / 64 % 64);
    } else {
        sched->events[index].next = sched->events[last].next;
        sched->events[last].next = index;
    }
    sched->buckets[bucket] = index;
    sched->near_count++;
}

/* In the order in which they were scheduled. */
static void enter(struct sched *sched)
{
    for (uint32_t i = 0; i < sched->entering_len; i++) {
        bucket_append(sched, sched->entering[i].bucket, sched->entering[i].event);
    }
    sched->entering_len = 0;
}

static bool far_before(const struct sched_far *a, const struct sched_far *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void far_push(struct sched *sched, struct sched_far item)
{
    HB_GROW(sched->far, sched->far_len, sched->far_cap);
    size_t at = sched->far_len++;
    while (at > 0) {
        const size_t parent = (at - 1) / 4;
        if (!far_before(&item, &sched->far[parent])) {
            break;
        }
        sched->far[at] = sched->far[parent];
        at = parent;
    }
    sched->far[at] = item;
}

static struct sched_far far_pop(struct sched *sched)
{
    const struct sched_far top = sched->far[0];
    const struct sched_far item = sched->far[--sched->far_len];
    size_t at = 0;

    for (;;) {
        const size_t first = at * 4 + 1;
        if (first >= sched->far_len) {
            break;
        }
        const size_t last = first + 4 < sched->far_len ? first + 4 : sched->far_len;
        size_t least = first;
        for (size_t child = first + 1; child < last; child++) {
            if (far_before(&sched->far[child], &sched->far[least])) {
                least = child;
            }
        }
        if (!far_before(&sched->far[least], &item)) {
            break;
        }
        sched->far[at] = sched->far[least];
        at = least;
    }
    sched->far[at] = item;
    return top;
}

struct sched_event *sched_place(struct sched *sched, int64_t at_us)
{
    const int64_t at = at_us > sched->now_us ? at_us : sched->now_us;
    const uint32_t index = event_take(sched);

    if (at - sched->now_us < SCHED_HORIZON_US) {
        const uint32_t bucket = (uint32_t)(at & BUCKET_MASK);
        __builtin_prefetch(&sched->buckets[bucket], 1);
        if (sched->entering_len == SCHED_ENTERING_MAX) {
            enter(sched);
        }
        sched->entering[sched->entering_len++] = (struct sched_entry){bucket, index};
    } else {
        HB_ASSERT(sched->order < UINT32_MAX);
        far_push(sched, (struct sched_far){at, sched->order++, index});
    }
    return &sched->events[index];
}

static void advance(struct sched *sched, int64_t now_us)
{
    HB_ASSERT(now_us >= sched->now_us);
    sched->now_us = now_us;
    while (sched->far_len > 0 && sched->far[0].at_us - now_us < SCHED_HORIZON_US) {
        const struct sched_far item = far_pop(sched);
        bucket_append(sched, (uint32_t)(item.at_us & BUCKET_MASK), item.event);
    }
}

/* The first bucket in use at or after `from`, within [from, end of the wheel), or -1. */
static int32_t bucket_scan(const struct sched *sched, uint32_t from)
{
    uint32_t word = from / 64;
    const uint64_t first = sched->bits[word] & (UINT64_MAX << (from % 64));
    if (first != 0) {
        return (int32_t)(word * 64 + (uint32_t)__builtin_ctzll(first));
    }
    word++;
    if (word >= WORDS) {
        return -1;
    }
    uint32_t group = word / 64;
    uint64_t groups = sched->summary[group] & (UINT64_MAX << (word % 64));
    while (groups == 0) {
        if (++group >= SUMMARY_WORDS) {
            return -1;
        }
        groups = sched->summary[group];
    }
    word = group * 64 + (uint32_t)__builtin_ctzll(groups);
    return (int32_t)(word * 64 + (uint32_t)__builtin_ctzll(sched->bits[word]));
}

/* How far ahead the first bucket in use is: some is. */
static uint32_t bucket_ahead(const struct sched *sched)
{
    const uint32_t from = (uint32_t)(sched->now_us & BUCKET_MASK);
    int32_t found = bucket_scan(sched, from);

    if (found < 0) {
        found = bucket_scan(sched, 0);
    }
    HB_ASSERT(found >= 0);
    return ((uint32_t)found - from) & BUCKET_MASK;
}

_Static_assert(SCHED_STRETCH_US == 64, "a word of bits");

uint32_t sched_stretch(const struct sched *sched, uint32_t ahead, const struct sched_event **ret,
                       uint32_t max)
{
    const uint32_t word = ((uint32_t)(sched->now_us & BUCKET_MASK) / 64 + ahead) % WORDS;
    uint32_t len = 0;

    for (uint64_t bits = sched->bits[word]; bits != 0 && len < max; bits &= bits - 1) {
        const uint32_t bucket = word * 64 + (uint32_t)__builtin_ctzll(bits);
        ret[len++] = &sched->events[sched->buckets[bucket]];
    }
    return len;
}

bool sched_next_us(struct sched *sched, int64_t *ret)
{
    enter(sched);
    if (sched->near_count == 0) {
        *ret = sched->far_len > 0 ? sched->far[0].at_us : 0;
        return sched->far_len > 0;
    }
    *ret = sched->now_us + bucket_ahead(sched);
    return true;
}

bool sched_pop(struct sched *sched, struct sched_event *ret)
{
    enter(sched);
    if (sched->near_count == 0) {
        if (sched->far_len == 0) {
            return false;
        }
        advance(sched, sched->far[0].at_us);
    }
    const uint32_t ahead = bucket_ahead(sched);
    if (ahead > 0) {
        advance(sched, sched->now_us + ahead);
    }
    const uint32_t bucket = (uint32_t)(sched->now_us & BUCKET_MASK);
    const uint32_t last = sched->buckets[bucket];
    const uint32_t index = sched->events[last].next;
    *ret = sched->events[index];
    if (index != last) {
        sched->events[last].next = ret->next;
    } else {
        sched->buckets[bucket] = 0;
        sched->bits[bucket / 64] &= ~(UINT64_C(1) << (bucket % 64));
        if (sched->bits[bucket / 64] == 0) {
            sched->summary[bucket / 4096] &= ~(UINT64_C(1) << (bucket / 64 % 64));
        }
    }
    sched->events[index].next = sched->free_list;
    sched->free_list = index;
    sched->near_count--;
    return true;
}

struct kept {
    int64_t at_us;
    struct sched_event event;
};

void sched_drop(struct sched *sched, bool (*drop)(void *user, const struct sched_event *event),
                void *user)
{
    const int64_t now_us = sched->now_us;
    struct kept *kept = NULL;
    struct sched_event event;
    size_t len = 0;
    size_t cap = 0;

    while (sched_pop(sched, &event)) {
        if (!drop(user, &event)) {
            HB_GROW(kept, len, cap);
            kept[len++] = (struct kept){sched->now_us, event};
        }
    }
    sched_deinit(sched);
    sched_init(sched);
    sched->now_us = now_us;
    for (size_t i = 0; i < len; i++) {
        sched_push(sched, kept[i].at_us, kept[i].event);
    }
    free(kept);
}
