/* See publication.h. */
#include "server/node/publication.h"

#include "server/node/entry.h"
#include "server/node/log.h"
#include "server/node/receipt_tell.h"
#include "server/node/typing.h"

/* A frame that this node cannot read, from a newer one: it is carried if it says its place as every
 * entry does. NULL: it does not. */
static struct wire *wire_of_unknown(struct node *node, const char *bytes, size_t bytes_len)
{
    struct frame *frame = NULL;

    if (frame_decode_any_entry(bytes, bytes_len, &frame) != HB_OK) {
        return NULL;
    }
    buf_clear(&node->scratch);
    entry_encode(&frame->entry, &node->scratch);
    frame_free(&frame);
    return wire_new(node->scratch.bytes, node->scratch.len);
}

void publication_heard(struct node *node, struct room *room, const char *bytes, size_t bytes_len)
{
    const char *at = bytes;
    const char *end = bytes + bytes_len;
    uint64_t seq;

    if (bytes_len > 0 && (*bytes == 'r' || *bytes == 'R')) {
        receipts_publication(node, room, bytes, bytes_len);
        return;
    }
    const bool numbered = parse_u64(&at, end, &seq) && at < end && *at == ' ';
    if (numbered && seq == 0) {
        typing_heard(node, room, (struct text){at + 1, (uint32_t)(end - at) - 1});
        return;
    }
    if (!numbered || (size_t)(end - at) - 1 > FRAME_BYTES_MAX) {
        note(node, NOTE_PUBLICATION_BAD, room->key, 0);
        return;
    }
    at++;
    if (room->state == ROOM_LIVE && seq <= room->applied) {
        /* The usual case is the echo of what this node committed: it must cost nothing. */
        const uint32_t cap = room_tail_cap(node);
        if (room->applied - seq >= room->tail_len || !room->tail[seq % cap].own) {
            note(node, NOTE_DUPLICATE, room->key, (int64_t)seq);
        }
        return;
    }
    struct wire *wire = seal_wire(node->seals, (struct text){at, (uint32_t)(end - at)});
    const struct frame *frame = NULL;
    enum hb_err err = wire_decode(wire, &frame, NULL);
    if (err != HB_OK) {
        wire_unref(&wire);
        wire = wire_of_unknown(node, at, (size_t)(end - at));
        err = wire != NULL ? wire_decode(wire, &frame, NULL) : err;
    }
    if (err != HB_OK || (frame->type != FRAME_MESSAGE && frame->type != FRAME_ROOM_EVENT) ||
        frame->entry.seq != seq || !text_equal(frame->entry.room_id, room->name)) {
        note(node, NOTE_PUBLICATION_BAD, room->key, (int64_t)seq);
        wire_unref(&wire);
        room_head_told(node, room, seq); /* if there is such an entry, the log has it */
        return;
    }
    const struct entry *entry = &frame->entry;
    log_apply(node, room,
              (struct room_entry){.seq = seq,
                                  .wire = wire,
                                  .hlc = entry->hlc,
                                  .member_key = entry_member_key(entry),
                                  .kind = entry->kind});
}
