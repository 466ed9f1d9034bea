/* See frame_room.h. */
#include "server/protocol/frame_room.h"

#include "server/protocol/id.h"
#include "server/protocol/limits.h"
#include "server/protocol/put.h"
#include "server/protocol/take.h"

void frame_take_room(struct take *d, struct frame_room *room)
{
    room->room_id = take_id(d, "roomId", TAKE_REQUIRED);
    room->client_id = take_id(d, "clientId", TAKE_REQUIRED);
}

void frame_put_room(struct buf *out, const struct frame_room *room)
{
    put_text(out, "roomId", room->room_id);
    put_text(out, "clientId", room->client_id);
}

void frame_take_room_create(struct take *d, struct frame_room *room)
{
    frame_take_room(d, room);
    room->open = take_bool(d, "open", TAKE_OPTIONAL);
    const struct json_token *child = take_children(d, "members", TAKE_OPTIONAL, JSON_ARRAY,
                                                   MEMBERS_INVITE_MAX, &room->members_len);
    room->members = take_array(d, room->members_len, sizeof *room->members);
    for (uint32_t i = 0; i < room->members_len; i++, child = take_after(d, child)) {
        if (child->kind != JSON_STRING) {
            take_fail(d, HB_EFIELD, "members");
            return;
        }
        room->members[i] = take_text_of(d, child);
        if (!id_valid(room->members[i])) {
            take_fail(d, HB_EFIELD, "members");
        }
    }
}

void frame_put_room_create(struct buf *out, const struct frame_room *room)
{
    frame_put_room(out, room);
    put_bool(out, "open", room->open);
    if (room->members_len > 0) {
        buf_add_text(out, ",\"members\":[");
        for (uint32_t i = 0; i < room->members_len; i++) {
            if (i > 0) {
                buf_add_char(out, ',');
            }
            buf_add_json(out, room->members[i].bytes, room->members[i].len);
        }
        buf_add_char(out, ']');
    }
}
