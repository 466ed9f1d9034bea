/* What stands in a room's log: the body of `message` and `room_event`, and the row of a sync page. */
#ifndef HUBBUB_SERVER_PROTOCOL_FRAME_ENTRY_H
#define HUBBUB_SERVER_PROTOCOL_FRAME_ENTRY_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/text.h"
#include "server/protocol/hlc.h"

struct take;

/* As the log has them. A newer node may write more: what this one does not know is carried in its
 * place, without its content. */
enum entry_kind {
    ENTRY_MESSAGE,
    ENTRY_JOIN,
    ENTRY_LEAVE,
    ENTRY_UNKNOWN = 255, /* never in the log itself */
};

struct entry {
    enum entry_kind kind;
    struct text id; /* the committing node's own stamp, as text: unique for ever */
    struct text room_id;
    uint64_t seq;          /* dense from 1 in its room */
    struct text sender_id; /* who wrote, joined or left: from the token, never from the frame;
                            * absent in an unknown one */
    struct text client_id; /* the sender's own id; absent (NULL) in entries that no client sent */
    struct text content;   /* messages only */
    int64_t timestamp_ms;  /* the committing node's wall clock; for display, decides nothing */
    struct text hlc_text;  /* the entry's stamp with its node */
    struct hlc_stamp hlc;  /* the same, parsed */
    /* Keys (id_key) of the texts above, computed once per decoding. */
    uint64_t id_key, room_key, sender_key, client_key, content_key;
};

void frame_take_message(struct take *d, struct entry *entry);
void frame_take_room_event(struct take *d, struct entry *entry);
/* What an entry of any kind has; it is then an unknown one. */
void frame_take_unknown(struct take *d, struct entry *entry);
void frame_put_message(struct buf *out, const struct entry *entry);
void frame_put_room_event(struct buf *out, const struct entry *entry);

#endif
