/* See focus.h. */
#include "server/protocol/focus.h"

#include "server/protocol/limits.h"
#include "server/protocol/put.h"
#include "server/protocol/take.h"

void focus_take(struct take *d, struct focus *ret)
{
    ret->rooms = take_ids(d, "focus", TAKE_OPTIONAL, FOCUS_ROOMS_MAX, &ret->rooms_len);
}

void focus_put(struct buf *out, const struct focus *focus)
{
    if (focus->rooms_len > 0) {
        put_ids(out, "focus", focus->rooms, focus->rooms_len);
    }
}

bool focus_has(const struct focus *focus, struct text room)
{
    for (uint32_t i = 0; i < focus->rooms_len; i++) {
        if (text_equal(focus->rooms[i], room)) {
            return true;
        }
    }
    return false;
}
