/* Checkpoints of a run. See trail.h. */
#include "sim/explore/trail.h"

void trail_add(struct trail *trail, uint64_t event, struct hash128 hash)
{
    if (trail->every == 0) {
        trail->every = 1;
    }
    if ((event & (trail->every - 1)) != 0) {
        return;
    }
    if (trail->len == TRAIL_MAX) { /* every second one goes */
        for (uint32_t i = 0; i < TRAIL_MAX / 2; i++) {
            trail->hashes[i] = trail->hashes[2 * i + 1];
        }
        trail->len = TRAIL_MAX / 2;
        trail->every *= 2;
        if ((event & (trail->every - 1)) != 0) {
            return;
        }
    }
    trail->hashes[trail->len++] = hash.lo ^ hash.hi;
    HB_ASSERT(event == trail->every * trail->len);
}

bool trail_parting(const struct trail *one, const struct trail *two, struct parting *ret)
{
    if (one->every == 0 || two->every == 0) {
        return false;
    }
    /* Both are powers of two: the checkpoints of the wider trail are among those of the other. */
    const struct trail *wide = one->every >= two->every ? one : two;
    const struct trail *close = wide == one ? two : one;
    const uint64_t steps = wide->every / close->every;

    *ret = (struct parting){0, 0};
    for (uint32_t i = 0; i < wide->len && (i + 1) * steps <= close->len; i++) {
        if (wide->hashes[i] != close->hashes[(i + 1) * steps - 1]) {
            ret->by = wide->every * (i + 1);
            return true;
        }
        ret->after = wide->every * (i + 1);
    }
    return true;
}
