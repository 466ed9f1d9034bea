/* Frames of the protocol: JSON text to typed structs and back. PROTOCOL.md is the specification.
 *
 * To add a frame: a file with its struct, how it is read (take.h) and how it is written (put.h); a row
 * in FRAME_MAP; its struct in `struct frame`; vectors in tests/, a seed in fixtures/protocol/corpus, a
 * section in PROTOCOL.md.
 *
 * Decoding is strict: the bytes are scanned first (json.h: UTF-8, control characters, depth,
 * duplicate keys, numbers, NUL escapes, trailing bytes); then each field's type and range is
 * checked, and an error names the field. Unknown fields are ignored: a newer peer may send them. What
 * the server alone may say (senderId, seq, hlc, timestamp in a `send`) is not even read.
 *
 * Pure, thread-safe for distinct objects. */
#ifndef HUBBUB_SERVER_PROTOCOL_FRAME_H
#define HUBBUB_SERVER_PROTOCOL_FRAME_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/protocol/frame_entry.h"
#include "server/protocol/frame_presence.h"
#include "server/protocol/frame_receipt.h"
#include "server/protocol/frame_room.h"
#include "server/protocol/frame_send.h"
#include "server/protocol/frame_session.h"
#include "server/protocol/frame_sync.h"
#include "server/protocol/frame_type.h"
#include "server/protocol/frame_typing.h"

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
        struct frame_presence presence;
        struct frame_presence_users presence_users;
        struct presence person; /* presence_update */
        struct frame_presence_state presence_state;
        struct frame_presence_room presence_room;
        struct frame_typing typing;
        struct frame_typing_room typing_room;
        struct frame_received received;
        struct frame_read_receipt read_receipt;
        struct frame_receipts_request receipts_request;
        struct frame_receipts receipts;
        struct frame_error error;
        struct frame_refresh refresh;
        struct frame_refreshed refreshed;
        struct frame_draining draining;
        struct frame_bare bare;
    };
};

/* Decodes one frame. Gives *ret: one allocation; frame_free. Its texts lie within it, or, those
 * without escapes, within `bytes`, which it keeps until then.
 * On error *ret_field names the field (static storage) or is NULL; ret_field may be NULL.
 * HB_EJSON, HB_EDEPTH, HB_EFRAME, HB_ETYPE, HB_EFIELD, HB_ELARGE. */
HB_MUST_USE enum hb_err frame_decode(const char *bytes, size_t bytes_len, struct frame **ret,
                                     const char **ret_field);
/* Decodes what an entry has in a frame of any type, also one that only a newer peer knows: its place
 * and its stamps. *ret is then a room_event of the kind ENTRY_UNKNOWN. Errors as above. */
HB_MUST_USE enum hb_err frame_decode_any_entry(const char *bytes, size_t bytes_len,
                                               struct frame **ret);
/* By what whoever sent a frame finds the answer to it again; both are empty where nothing says it. */
struct frame_names {
    char client_id
        [ID_BYTES_MAX]; /* of a command, or of a type that no client has: perhaps a newer one's */
    char ref[ID_BYTES_MAX];
    uint32_t client_id_len, ref_len;
};
/* Reads them out of anything that is a JSON object, whatever else is wrong with it. Takes as long as
 * decoding it: for refusals. */
void frame_names_read(const char *bytes, size_t bytes_len, struct frame_names *ret);

void frame_free(struct frame **frame);

/* Appends the JSON of `frame` to `out`. The caller made every field valid (asserted); texts are
 * valid UTF-8. What decoding computes (keys, parsed stamps) is not read: texts are. */
void frame_encode(const struct frame *frame, struct buf *out);

#endif
