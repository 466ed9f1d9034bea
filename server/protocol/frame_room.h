/* Commands about a room: `room_create`, `room_join`, `room_leave`. */
#ifndef HUBBUB_SERVER_PROTOCOL_FRAME_ROOM_H
#define HUBBUB_SERVER_PROTOCOL_FRAME_ROOM_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/text.h"

struct take;

struct frame_room { /* room_create, room_join, room_leave */
    struct text room_id;
    struct text client_id;
    bool open;            /* create: anyone may join */
    struct text *members; /* create: joined with the creator */
    uint32_t members_len;
};

void frame_take_room(struct take *d, struct frame_room *room);
void frame_put_room(struct buf *out, const struct frame_room *room);
void frame_take_room_create(struct take *d, struct frame_room *room);
void frame_put_room_create(struct buf *out, const struct frame_room *room);

#endif
