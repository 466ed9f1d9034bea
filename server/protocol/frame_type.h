/* The types of frames: a row for each, the one list of them.
 *
 *   name, wire word, who sends it, codec, member of struct frame, bytes of a child
 *
 * The codec C of a row is frame_take_C and frame_put_C, which read and write the fields of the member's struct; both
 * stand in the file of that struct. A child is an element of the frame's arrays, at its largest; what
 * stands in an object is a struct position. 0: the frame has neither. */
#ifndef HUBBUB_SERVER_PROTOCOL_FRAME_TYPE_H
#define HUBBUB_SERVER_PROTOCOL_FRAME_TYPE_H

#include "server/base/base.h"
#include "server/base/text.h"

#define FRAME_MAP(X)                                                                               \
    X(FRAME_HELLO, "hello", CLIENT, hello, hello, sizeof(struct position))                         \
    X(FRAME_SEND, "send", CLIENT, send, send, 0)                                                   \
    X(FRAME_SYNC_REQUEST, "sync_request", CLIENT, sync_request, sync_request,                      \
      sizeof(struct position))                                                                     \
    X(FRAME_ROOM_CREATE, "room_create", CLIENT, room_create, room, sizeof(struct text))            \
    X(FRAME_ROOM_JOIN, "room_join", CLIENT, room, room, 0)                                         \
    X(FRAME_ROOM_LEAVE, "room_leave", CLIENT, room, room, 0)                                       \
    X(FRAME_PRESENCE, "presence", CLIENT, presence, presence, 0)                                   \
    X(FRAME_PRESENCE_SUBSCRIBE, "presence_subscribe", CLIENT, presence_users, presence_users,      \
      sizeof(struct text))                                                                         \
    X(FRAME_PRESENCE_UNSUBSCRIBE, "presence_unsubscribe", CLIENT, presence_users, presence_users,  \
      sizeof(struct text))                                                                         \
    X(FRAME_TYPING_START, "typing_start", BOTH, typing, typing, 0)                                 \
    X(FRAME_TYPING_STOP, "typing_stop", BOTH, typing, typing, 0)                                   \
    X(FRAME_RECEIVED, "received", BOTH, received, received, 0)                                     \
    X(FRAME_READ_RECEIPT, "read_receipt", BOTH, read_receipt, read_receipt, sizeof(struct text))   \
    X(FRAME_RECEIPTS_REQUEST, "receipts_request", CLIENT, receipts_request, receipts_request, 0)   \
    X(FRAME_PING, "ping", CLIENT, bare, bare, 0)                                                   \
    X(FRAME_REFRESH, "refresh", CLIENT, refresh, refresh, 0)                                       \
    X(FRAME_WELCOME, "welcome", SERVER, welcome, welcome, sizeof(struct welcome_room))             \
    X(FRAME_MESSAGE, "message", SERVER, message, entry, 0)                                         \
    X(FRAME_ROOM_EVENT, "room_event", SERVER, room_event, entry, 0)                                \
    X(FRAME_ACK, "ack", SERVER, ack, ack, 0)                                                       \
    X(FRAME_NACK, "nack", SERVER, nack, nack, sizeof(struct text))                                 \
    X(FRAME_SYNC_RESPONSE, "sync_response", SERVER, sync_response, sync_response,                  \
      sizeof(struct entry))                                                                        \
    X(FRAME_PRESENCE_UPDATE, "presence_update", SERVER, presence_update, person, 0)                \
    X(FRAME_PRESENCE_STATE, "presence_state", SERVER, presence_state, presence_state,              \
      sizeof(struct presence))                                                                     \
    X(FRAME_PRESENCE_ROOM, "presence_room", SERVER, presence_room, presence_room, 0)               \
    X(FRAME_TYPING_ROOM, "typing_room", SERVER, typing_room, typing_room, 0)                       \
    X(FRAME_RECEIPTS, "receipts", SERVER, receipts, receipts, 0)                                   \
    X(FRAME_ERROR, "error", SERVER, error, error, 0)                                               \
    X(FRAME_DRAINING, "draining", SERVER, draining, draining, 0)                                   \
    X(FRAME_PONG, "pong", SERVER, bare, bare, 0)                                                   \
    X(FRAME_REFRESHED, "refreshed", SERVER, refreshed, refreshed, 0)

enum frame_type {
#define X(name, word, side, codec, member, child) name,
    FRAME_MAP(X)
#undef X
};
const char *frame_type_word(enum frame_type type);
/* False: no frame is called so. */
bool frame_type_of(struct text word, enum frame_type *ret);

#endif
