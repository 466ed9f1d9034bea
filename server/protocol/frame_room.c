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
    room->members = take_ids(d, "members", TAKE_OPTIONAL, MEMBERS_INVITE_MAX, &room->members_len);
}

void frame_put_room_create(struct buf *out, const struct frame_room *room)
{
    frame_put_room(out, room);
    put_bool(out, "open", room->open);
    if (room->members_len > 0) {
        put_ids(out, "members", room->members, room->members_len);
    }
}
