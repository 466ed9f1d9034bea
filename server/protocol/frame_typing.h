/* Who is typing: `typing_start` and `typing_stop`, which both sides say; `typing_room`, how many more. */
#ifndef HUBBUB_SERVER_PROTOCOL_FRAME_TYPING_H
#define HUBBUB_SERVER_PROTOCOL_FRAME_TYPING_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/text.h"

struct take;

struct frame_typing {
    struct text room_id;      /* NULL: to `recipient_id` */
    struct text recipient_id; /* of a client's, in place of a room; else NULL */
    struct text user_id;      /* of the server's: who types; NULL: the connection's own */
    uint64_t user_key;        /* of `user_id` */
};

struct frame_typing_room {
    struct text room_id;
    uint64_t others; /* who type there beside those who are named */
};

void frame_take_typing(struct take *d, struct frame_typing *typing);
void frame_put_typing(struct buf *out, const struct frame_typing *typing);
void frame_take_typing_room(struct take *d, struct frame_typing_room *room);
void frame_put_typing_room(struct buf *out, const struct frame_typing_room *room);

#endif
