/* See focus.h. */
#include "server/protocol/focus.h"

#include "server/protocol/id.h"
#include "server/protocol/limits.h"
#include "server/protocol/take.h"

void focus_take(struct take *d, struct focus *ret)
{
    const struct json_token *child =
        take_children(d, "focus", TAKE_OPTIONAL, JSON_ARRAY, FOCUS_ROOMS_MAX, &ret->rooms_len);

    ret->rooms = take_array(d, ret->rooms_len, sizeof *ret->rooms);
    for (uint32_t i = 0; i < ret->rooms_len; i++, child = take_after(d, child)) {
        if (child->kind != JSON_STRING) {
            take_fail(d, HB_EFIELD, "focus");
            return;
        }
        ret->rooms[i] = take_text_of(d, child);
        if (!id_valid(ret->rooms[i])) {
            take_fail(d, HB_EFIELD, "focus");
        }
    }
}

void focus_put(struct buf *out, const struct focus *focus)
{
    if (focus->rooms_len == 0) {
        return;
    }
    buf_add_text(out, ",\"focus\":[");
    for (uint32_t i = 0; i < focus->rooms_len; i++) {
        buf_add_text(out, i > 0 ? "," : "");
        buf_add_json(out, focus->rooms[i].bytes, focus->rooms[i].len);
    }
    buf_add_char(out, ']');
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
