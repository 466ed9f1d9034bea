/* What a client lacks: `sync_request`, and the pages of its answer. */
#ifndef HUBBUB_SERVER_PROTOCOL_FRAME_SYNC_H
#define HUBBUB_SERVER_PROTOCOL_FRAME_SYNC_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/text.h"
#include "server/protocol/focus.h"
#include "server/protocol/frame_entry.h"
#include "server/protocol/position.h"

struct take;

struct frame_sync_request {
    struct text ref;    /* NULL or an id that comes back in the answer */
    struct text cursor; /* exactly one of cursor, positions (with epoch), last_sync_timestamp,
                         * room_id */
    struct text epoch;
    struct position *positions;
    uint32_t positions_len;
    int64_t last_sync_timestamp_ms; /* -1: absent */
    struct text room_id;            /* backwards, in this room: */
    uint64_t before;                /* the newest entries below it; 0: the newest that there are */
    struct focus focus;             /* of the rooms of this request: served before the others */
    uint32_t limit;                 /* 1..PAGE_ROWS_MAX, clamped from above */
};

struct frame_sync_response {
    struct text ref;
    struct text epoch;
    struct text cursor;    /* NULL: of a page backwards, which goes on by its first entry */
    struct entry *entries; /* in the order of seq */
    uint32_t entries_len;
    struct position *heads; /* the rooms that this answer is about, with their heads */
    uint32_t heads_len;
    bool has_more;
};

void frame_take_sync_request(struct take *d, struct frame_sync_request *request);
void frame_put_sync_request(struct buf *out, const struct frame_sync_request *request);
void frame_take_sync_response(struct take *d, struct frame_sync_response *page);
void frame_put_sync_response(struct buf *out, const struct frame_sync_response *page);

#endif
