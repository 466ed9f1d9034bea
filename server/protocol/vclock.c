/* See vclock.h. Sorted arrays: clocks are short, and merging them is one walk over both. */
#include "server/protocol/vclock.h"

#include "server/base/mem.h"

#include <stdlib.h>
#include <string.h>

void vclock_deinit(struct vclock *clock)
{
    free(clock->entries);
    *clock = (struct vclock){0};
}

void vclock_clear(struct vclock *clock)
{
    clock->len = 0;
}

/* Where `entity` stands, or belongs. */
static uint32_t place(const struct vclock *clock, uint64_t entity)
{
    uint32_t low = 0;
    uint32_t high = clock->len;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (clock->entries[middle].entity < entity) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool holds(const struct vclock *clock, uint32_t at, uint64_t entity)
{
    return at < clock->len && clock->entries[at].entity == entity;
}

uint64_t vclock_get(const struct vclock *clock, uint64_t entity)
{
    const uint32_t at = place(clock, entity);
    return holds(clock, at, entity) ? clock->entries[at].count : 0;
}

static void insert(struct vclock *clock, uint32_t at, struct vclock_entry entry)
{
    HB_ASSERT(at <= clock->len);
    HB_ASSERT(entry.count > 0);
    HB_GROW(clock->entries, clock->len, clock->cap);
    memmove(&clock->entries[at + 1], &clock->entries[at],
            (size_t)(clock->len - at) * sizeof *clock->entries);
    clock->entries[at] = entry;
    clock->len++;
}

uint64_t vclock_increment(struct vclock *clock, uint64_t entity)
{
    const uint32_t at = place(clock, entity);
    if (!holds(clock, at, entity)) {
        insert(clock, at, (struct vclock_entry){entity, 1});
        return 1;
    }
    HB_ASSERT(clock->entries[at].count < UINT64_MAX);
    return ++clock->entries[at].count;
}

void vclock_raise(struct vclock *clock, uint64_t entity, uint64_t count)
{
    const uint32_t at = place(clock, entity);
    if (holds(clock, at, entity)) {
        if (clock->entries[at].count < count) {
            clock->entries[at].count = count;
        }
    } else if (count > 0) {
        insert(clock, at, (struct vclock_entry){entity, count});
    }
}

/* How many entities of `other` the clock does not hold. */
static uint32_t strangers(const struct vclock *clock, const struct vclock *other)
{
    uint32_t count = 0;
    uint32_t at = 0;

    for (uint32_t i = 0; i < other->len; i++) {
        while (at < clock->len && clock->entries[at].entity < other->entries[i].entity) {
            at++;
        }
        count += !holds(clock, at, other->entries[i].entity);
    }
    return count;
}

void vclock_merge(struct vclock *clock, const struct vclock *other)
{
    if (clock == other || other->len == 0) {
        return;
    }
    const uint32_t more = strangers(clock, other);
    const uint32_t old_len = clock->len;
    while (clock->cap < old_len + more) {
        clock->cap = clock->cap == 0 ? 8 : clock->cap * 2;
        clock->entries = hb_realloc(clock->entries, clock->cap * sizeof *clock->entries);
    }
    clock->len = old_len + more;
    /* From the back, so that it can be done in place. */
    uint32_t mine = old_len;
    uint32_t theirs = other->len;
    for (uint32_t to = clock->len; theirs > 0; to--) {
        const struct vclock_entry their = other->entries[theirs - 1];
        if (mine > 0 && clock->entries[mine - 1].entity >= their.entity) {
            struct vclock_entry own = clock->entries[--mine];
            if (own.entity == their.entity) {
                own.count = own.count > their.count ? own.count : their.count;
                theirs--;
            }
            clock->entries[to - 1] = own;
        } else {
            clock->entries[to - 1] = their;
            theirs--;
        }
    }
}

void vclock_copy(struct vclock *clock, const struct vclock *other)
{
    if (clock != other) {
        vclock_clear(clock);
        vclock_merge(clock, other);
    }
}

void vclock_filter(struct vclock *clock, bool (*keep)(void *user, struct vclock_entry entry),
                   void *user)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < clock->len; i++) {
        if (keep(user, clock->entries[i])) {
            clock->entries[kept++] = clock->entries[i];
        }
    }
    clock->len = kept;
}

enum vclock_order vclock_compare(const struct vclock *a, const struct vclock *b)
{
    bool greater = false;
    bool lesser = false;
    uint32_t i = 0;
    uint32_t j = 0;

    while (i < a->len || j < b->len) {
        if (j == b->len || (i < a->len && a->entries[i].entity < b->entries[j].entity)) {
            greater = true; /* b does not know this entity: it counts 0 there */
            i++;
        } else if (i == a->len || b->entries[j].entity < a->entries[i].entity) {
            lesser = true;
            j++;
        } else {
            greater = greater || a->entries[i].count > b->entries[j].count;
            lesser = lesser || a->entries[i].count < b->entries[j].count;
            i++;
            j++;
        }
    }
    if (greater) {
        return lesser ? VCLOCK_CONCURRENT : VCLOCK_AFTER;
    }
    return lesser ? VCLOCK_BEFORE : VCLOCK_EQUAL;
}

const char *vclock_order_word(enum vclock_order order)
{
    switch (order) {
    case VCLOCK_BEFORE:
        return "before";
    case VCLOCK_AFTER:
        return "after";
    case VCLOCK_EQUAL:
        return "equal";
    case VCLOCK_CONCURRENT:
        return "concurrent";
    }
    HB_UNREACHABLE("an order of clocks that is none");
}
