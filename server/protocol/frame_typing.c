/* See frame_typing.h. */
#include "server/protocol/frame_typing.h"

#include "server/protocol/id.h"
#include "server/protocol/put.h"
#include "server/protocol/take.h"

void frame_take_typing(struct take *d, struct frame_typing *typing)
{
    typing->room_id = take_id(d, "roomId", TAKE_OPTIONAL);
    typing->recipient_id = take_id(d, "recipientId", TAKE_OPTIONAL);
    if (typing->room_id.bytes == NULL && typing->recipient_id.bytes == NULL) {
        take_fail(d, HB_EFIELD, "roomId");
    }
    if (typing->room_id.bytes != NULL && typing->recipient_id.bytes != NULL) {
        take_fail(d, HB_EFIELD, "recipientId");
    }
    typing->user_id = take_id(d, "userId", TAKE_OPTIONAL);
    if (typing->user_id.bytes != NULL) {
        typing->user_key = id_key(typing->user_id);
    }
}

void frame_put_typing(struct buf *out, const struct frame_typing *typing)
{
    put_text_if(out, "roomId", typing->room_id);
    put_text_if(out, "recipientId", typing->recipient_id);
    put_text_if(out, "userId", typing->user_id);
}

void frame_take_typing_room(struct take *d, struct frame_typing_room *room)
{
    room->room_id = take_id(d, "roomId", TAKE_REQUIRED);
    room->others = (uint64_t)take_integer(d, "others", TAKE_REQUIRED, 0, JSON_INT_MAX);
}

void frame_put_typing_room(struct buf *out, const struct frame_typing_room *room)
{
    put_text(out, "roomId", room->room_id);
    put_u64(out, "others", room->others);
}
