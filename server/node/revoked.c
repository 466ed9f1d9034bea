/* See revoked.h. */
#include "server/node/revoked.h"

#include "server/base/mem.h"

#include <stdlib.h>

struct revoked *revoked_new(void)
{
    return hb_calloc(1, sizeof(struct revoked));
}

void revoked_forget_all(struct revoked *revoked)
{
    const bool looking = revoked->looking;

    for (int kind = 0; kind < REVOKED_KIND_COUNT; kind++) {
        interner_deinit(&revoked->names[kind]);
        free(revoked->ones[kind]);
    }
    *revoked = (struct revoked){.looking = looking};
}

void revoked_free(struct revoked **revoked)
{
    if (*revoked != NULL) {
        revoked_forget_all(*revoked);
        free(*revoked);
        *revoked = NULL;
    }
}

static struct revoked_one *find(const struct revoked *revoked, enum revoked_kind kind,
                                struct text name)
{
    const uint32_t at = interner_find(&revoked->names[kind], name.bytes, name.len);

    return at == INTERNER_NONE ? NULL : &revoked->ones[kind][at];
}

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void revoked_add(struct revoked *revoked, enum revoked_kind kind, struct text name,
                 struct revoked_one one)
{
    struct revoked_one *old = find(revoked, kind, name);

    if (old != NULL) {
        old->issued_until_s = greater(old->issued_until_s, one.issued_until_s);
        old->kept_until_s = greater(old->kept_until_s, one.kept_until_s);
        return;
    }
    const uint32_t at = interner_add(&revoked->names[kind], name.bytes, name.len);
    while (at >= revoked->caps[kind]) {
        revoked->caps[kind] = revoked->caps[kind] > 0 ? 2 * revoked->caps[kind] : 16;
        revoked->ones[kind] =
            hb_realloc(revoked->ones[kind], revoked->caps[kind] * sizeof *revoked->ones[kind]);
    }
    revoked->ones[kind][at] = one;
}

void revoked_forget(struct revoked *revoked, int64_t now_s)
{
    for (int kind = 0; kind < REVOKED_KIND_COUNT; kind++) {
        struct interner *names = &revoked->names[kind];
        for (uint32_t at = 0; at < names->count; at++) {
            struct revoked_one *one = &revoked->ones[kind][at];
            if (one->kept_until_s != 0 && one->kept_until_s < now_s) {
                interner_remove(names, at);
                *one = (struct revoked_one){0}; /* its number is free */
            }
        }
    }
}

bool revoked_has(const struct revoked *revoked, struct text user, struct text id, int64_t issued_s)
{
    const struct revoked_one *of_user = find(revoked, REVOKED_USER, user);

    return (of_user != NULL && issued_s <= of_user->issued_until_s) ||
           (id.len > 0 && find(revoked, REVOKED_TOKEN, id) != NULL);
}
