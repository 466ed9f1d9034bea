/* Frames of the protocol: JSON text to typed structs and back. PROTOCOL.md is the specification.
 *
 * To add a frame: a line in FRAME_MAP, a struct below, a decoder in frame_decode.c, an encoder in
 * frame_encode.c, vectors in tests/, a section in PROTOCOL.md.
 *
 * Decoding is strict: the bytes are scanned first (json.h: UTF-8, control characters, depth,
 * duplicate keys, numbers, NUL escapes, trailing bytes); then each field's type and range is
 * checked, and an error names the field. Unknown fields are ignored: a newer peer may send them. What the server alone may say (senderId, seq, hlc, timestamp in a
 * `send`) is not even read.
 *
 * Pure, thread-safe for distinct objects. */
#ifndef HUBBUB_SERVER_PROTOCOL_FRAME_H
#define HUBBUB_SERVER_PROTOCOL_FRAME_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/text.h"
#include "server/protocol/hlc.h"
#include "server/protocol/limits.h"

/* name, wire word, who sends it */
#define FRAME_MAP(X)                                                                               \
    X(FRAME_HELLO, "hello", CLIENT)                                                                \
    X(FRAME_SEND, "send", CLIENT)                                                                  \
    X(FRAME_SYNC_REQUEST, "sync_request", CLIENT)                                                  \
    X(FRAME_ROOM_CREATE, "room_create", CLIENT)                                                    \
    X(FRAME_ROOM_JOIN, "room_join", CLIENT)                                                        \
    X(FRAME_ROOM_LEAVE, "room_leave", CLIENT)                                                      \
    X(FRAME_PING, "ping", CLIENT)                                                                  \
    X(FRAME_WELCOME, "welcome", SERVER)                                                            \
    X(FRAME_MESSAGE, "message", SERVER)                                                            \
    X(FRAME_ROOM_EVENT, "room_event", SERVER)                                                      \
    X(FRAME_ACK, "ack", SERVER)                                                                    \
    X(FRAME_NACK, "nack", SERVER)                                                                  \
    X(FRAME_SYNC_RESPONSE, "sync_response", SERVER)                                                \
    X(FRAME_ERROR, "error", SERVER)                                                                \
    X(FRAME_DRAINING, "draining", SERVER)                                                          \
    X(FRAME_PONG, "pong", SERVER)

enum frame_type {
#define X(name, word, side) name,
    FRAME_MAP(X)
#undef X
};
const char *frame_type_word(enum frame_type type);

/* What stands in a room's log. Also the row of a sync page and the body of `message` and
 * `room_event`. */
enum entry_kind { ENTRY_MESSAGE, ENTRY_JOIN, ENTRY_LEAVE };

struct entry {
    enum entry_kind kind;
    struct text id; /* the committing node's own stamp, as text: unique for ever */
    struct text room_id;
    uint64_t seq;          /* dense from 1 in its room */
    struct text sender_id; /* who wrote, joined or left: from the token, never from the frame */
    struct text client_id; /* the sender's own id; absent (NULL) in entries that no client sent */
    struct text content;   /* messages only */
    int64_t timestamp_ms;  /* the committing node's wall clock; for display, decides nothing */
    struct text hlc_text;  /* the entry's stamp with its node */
    struct hlc_stamp hlc;  /* the same, parsed */
    /* Keys (id_key) of the texts above, computed once per decoding. */
    uint64_t id_key, room_key, sender_key, client_key, content_key;
};

struct position { /* a place in a room's log: everything up to seq is had */
    struct text room_id;
    uint64_t room_key;
    uint64_t seq;
};

struct frame_hello {
    uint32_t version;
    struct text token; /* NULL: it came with the handshake */
    struct text device;
    struct text epoch;         /* NULL: nothing to resume */
    struct text seen;          /* NULL, or the greatest stamp that this client was shown, as text */
    struct hlc_stamp seen_hlc; /* parsed; 0 if absent */
    struct position *positions; /* sorted by nothing; no room twice */
    uint32_t positions_len;
};

struct frame_send {
    struct text room_id;
    struct text client_id;
    struct text content;
    struct text seen;          /* NULL, or the greatest stamp that the writer was shown, as text */
    struct hlc_stamp seen_hlc; /* parsed; 0 if absent */
};

struct frame_sync_request {
    struct text ref;    /* NULL or an id that comes back in the answer */
    struct text cursor; /* exactly one of cursor, positions (with epoch), last_sync_timestamp */
    struct text epoch;
    struct position *positions;
    uint32_t positions_len;
    int64_t last_sync_timestamp_ms; /* -1: absent */
    uint32_t limit;                 /* 1..PAGE_ROWS_MAX, clamped from above */
};

struct frame_room { /* room_create, room_join, room_leave */
    struct text room_id;
    struct text client_id;
    bool open;            /* create: anyone may join */
    struct text *members; /* create: joined with the creator */
    uint32_t members_len;
};

struct welcome_room {
    struct text room_id;
    uint64_t room_key;
    uint64_t head;  /* the live stream of this connection goes on at head + 1 */
    bool recovered; /* true: what is missing up to head follows as live frames. false: ask for it */
};

struct frame_welcome {
    uint32_t version;
    struct text user_id;
    struct text connection_id;
    struct text epoch; /* of the log: positions of another epoch mean nothing here */
    struct welcome_room *rooms;
    uint32_t rooms_len;
    uint32_t ping_interval_ms, ping_timeout_ms; /* either side closes after their sum of silence */
};

struct frame_ack { /* committed: durable, and never anything else */
    struct text client_id;
    uint64_t client_key;
    struct text room_id;
    struct text id;
    uint64_t id_key;
    uint64_t seq;
    int64_t timestamp_ms;
    struct text hlc_text;
    struct hlc_stamp hlc;
};

struct frame_nack { /* this attempt is not and will not be committed */
    struct text client_id;
    uint64_t client_key;
    enum hb_err code;
    struct text code_word;
    bool temporary;
    uint32_t retry_after_ms;
};

struct frame_sync_response {
    struct text ref;
    struct text epoch;
    struct text cursor;
    struct entry *entries;
    uint32_t entries_len;
    struct position *heads; /* the rooms that this answer is about, with their heads */
    uint32_t heads_len;
    bool has_more;
};

struct frame_error {
    enum hb_err
        code; /* HB_EUNKNOWN's word never comes in an error; unknown words decode to HB_EFRAME */
    struct text code_word;
    struct text ref;   /* NULL: of no request in particular */
    struct text field; /* NULL, or the field at fault */
    bool temporary;
    uint32_t retry_after_ms;
};

struct frame_draining {
    uint32_t reconnect_in_ms;
};

struct frame {
    enum frame_type type;
    union {
        struct frame_hello hello;
        struct frame_send send;
        struct frame_sync_request sync_request;
        struct frame_room room;
        struct frame_welcome welcome;
        struct entry entry; /* message, room_event */
        struct frame_ack ack;
        struct frame_nack nack;
        struct frame_sync_response sync_response;
        struct frame_error error;
        struct frame_draining draining;
    };
};

/* Decodes one frame. Gives *ret: one allocation; frame_free. Its texts lie within it, or, those
 * without escapes, within `bytes`, which it keeps until then.
 * On error *ret_field names the field (static storage) or is NULL; ret_field may be NULL.
 * HB_EJSON, HB_EDEPTH, HB_EFRAME, HB_ETYPE, HB_EFIELD, HB_ELARGE. */
HB_MUST_USE enum hb_err frame_decode(const char *bytes, size_t bytes_len, struct frame **ret,
                                     const char **ret_field);
void frame_free(struct frame **frame);

/* Appends the JSON of `frame` to `out`. The caller made every field valid (asserted); texts are
 * valid UTF-8. What decoding computes (keys, parsed stamps) is not read: texts are. */
void frame_encode(const struct frame *frame, struct buf *out);

#endif
