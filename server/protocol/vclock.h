/* Vector clock: of each entity, how many of its events are known. Tells what may have caused what.
 *
 * A clock holds only the entities that it knows of; one that is missing counts 0, and a count of 0 is
 * never held, so that equal clocks are equal byte by byte. Entities are numbers of the caller's
 * (interned names, connections); their order decides nothing but the layout.
 *
 * Own invariants:
 *   I1  entries ascend by entity, each once;
 *   I2  no count is 0.
 *
 * Pure. Source: Fidge (1988), Mattern (1989). */
#ifndef HUBBUB_SERVER_PROTOCOL_VCLOCK_H
#define HUBBUB_SERVER_PROTOCOL_VCLOCK_H

#include "server/base/base.h"

struct vclock_entry {
    uint64_t entity;
    uint64_t count; /* from 1 */
};

/* All zero is an empty one: it knows of nothing. */
struct vclock {
    struct vclock_entry *entries;
    uint32_t len, cap;
};

enum vclock_order {
    VCLOCK_BEFORE,     /* the first is known to the second, which knows more */
    VCLOCK_AFTER,      /* the other way round */
    VCLOCK_EQUAL,      /* both know the same */
    VCLOCK_CONCURRENT, /* each knows of something that the other does not */
};

void vclock_deinit(struct vclock *clock);
void vclock_clear(struct vclock *clock); /* keeps the memory */

/* 0: it knows of no event of this entity. */
uint64_t vclock_get(const struct vclock *clock, uint64_t entity);
/* One more event of `entity`; its new count. */
uint64_t vclock_increment(struct vclock *clock, uint64_t entity);
/* Knows at least `count` events of `entity` afterwards; 0 changes nothing. */
void vclock_raise(struct vclock *clock, uint64_t entity, uint64_t count);
/* Knows all that `other` knows afterwards. They may be the same object. */
void vclock_merge(struct vclock *clock, const struct vclock *other);
void vclock_copy(struct vclock *clock, const struct vclock *other);
/* Forgets each entity of which `keep` says no: for callers who know that nobody will ask again. */
void vclock_filter(struct vclock *clock, bool (*keep)(void *user, struct vclock_entry entry),
                   void *user);

enum vclock_order vclock_compare(const struct vclock *a, const struct vclock *b);
const char *vclock_order_word(enum vclock_order order); /* "before", ... */

#endif
