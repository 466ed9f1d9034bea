/* One page of a sync: from rows to a frame. See sync_page.h. */
#include "server/node/sync_page.h"

#include "server/base/mem.h"
#include "server/node/room.h"
#include "server/node/user.h"

#include <stdlib.h>

static bool visible(const struct db_rows *intervals, uint64_t seq)
{
    for (uint32_t i = 0; i < intervals->rows_len; i++) {
        const struct db_value *row = intervals->values + (size_t)i * intervals->columns;
        uint64_t joined;
        uint64_t left = UINT64_MAX;
        if (value_seq(&row[0], &joined) && (row[1].kind == DB_NULL || value_seq(&row[1], &left)) &&
            seq >= joined && seq <= left) {
            return true;
        }
    }
    return false;
}

struct page {
    struct entry entries[PAGE_ROWS_MAX];
    uint32_t entries_len;
    uint64_t scanned; /* the last row looked at */
};

/* False: a row that is none; without its place there is no page. */
static bool page_read(struct node *node, const struct sync *sync, const struct db_answer *answer,
                      struct page *page)
{
    page->entries_len = 0;
    page->scanned = 0;
    if (sync->serving == INDEX_NONE || !sync->rooms[sync->serving].member) {
        return true;
    }
    const struct sync_room *serving = &sync->rooms[sync->serving];
    const struct db_rows *rows = &answer->calls[SYNC_CALL_ENTRIES];
    for (uint32_t i = 0; i < rows->rows_len && i < PAGE_ROWS_MAX; i++) {
        const struct db_value *row = rows->values + (size_t)i * rows->columns;
        struct entry *entry = &page->entries[page->entries_len];
        if (!entry_from_row(serving->name, row, &node->sync->page[page->entries_len], entry)) {
            note(node, NOTE_ROW_BAD, DB_ENTRIES_AFTER, 0);
            return false;
        }
        page->scanned = entry->seq;
        if (visible(&answer->calls[SYNC_CALL_MEMBER], entry->seq)) {
            page->entries_len++;
            if (entry->kind == ENTRY_UNKNOWN) {
                note(node, NOTE_ENTRY_UNKNOWN, node->rooms[serving->room]->key,
                     (int64_t)entry->seq);
            }
        }
    }
    return true;
}

/* Where the session stands after the first `len` entries of the page, and what it says of its ends.
 * Whether there is more. */
static bool page_stand(const struct sync *sync, const struct page *page, uint32_t len,
                       struct cursor *cursor, struct position *heads)
{
    bool more = false;

    cursor->positions_len = 0;
    cursor->turn = 0;
    for (uint32_t i = 0; i < sync->rooms_len; i++) {
        const struct sync_room *room = &sync->rooms[i];
        const uint32_t at = cursor->positions_len;
        uint64_t position = room->position;
        if (!room->member) {
            continue;
        }
        if (i == sync->serving && page->scanned > 0) {
            position = len == page->entries_len ? page->scanned : page->entries[len - 1].seq;
        }
        if (i <= sync->serving) {
            cursor->turn = at + 1;
        }
        cursor->positions[at] = (struct position){.room_id = room->name, .seq = position};
        cursor->ends[at] = room->end > position ? room->end : position;
        heads[at] = (struct position){.room_id = room->name, .seq = cursor->ends[at]};
        cursor->positions_len++;
        more = more || position < cursor->ends[at];
    }
    cursor->turn = cursor->turn < cursor->positions_len ? cursor->turn : 0;
    return more;
}

bool sync_page_encode(struct node *node, const struct frame_sync_response *page)
{
    buf_clear(&node->scratch);
    frame_encode(&(struct frame){.type = FRAME_SYNC_RESPONSE, .sync_response = *page},
                 &node->scratch);
    if (node->scratch.len > FRAME_BYTES_MAX) {
        return false;
    }
    note(node, NOTE_SYNC_PAGE, page->entries_len, page->has_more);
    return true;
}

void sync_page_send(struct node *node, struct session *session)
{
    struct wire *wire = wire_new(node->scratch.bytes, node->scratch.len);

    session_send(node, session, &(struct frame){.type = FRAME_SYNC_RESPONSE}, wire);
    wire_unref(&wire);
}

/* Encodes the first `len` entries of the page. */
static bool page_encode(struct node *node, struct session *session, struct sync *sync,
                        struct page *page, uint32_t len)
{
    struct position heads[ROOMS_PER_USER_MAX];
    struct cursor *cursor = &node->sync->cursor;
    const bool more = page_stand(sync, page, len, cursor, heads);

    cursor->epoch = node->epoch;
    cursor->user_key = node->users[session->user]->id_key;
    buf_clear(&node->sync->cursor_text);
    cursor_encode_session(&node->config.cursor_keys[0], cursor, &node->sync->cursor_text);
    return sync_page_encode(
        node, &(struct frame_sync_response){
                  .ref = sync->ref,
                  .epoch = text_of(node->epoch_text),
                  .cursor = {node->sync->cursor_text.bytes, (uint32_t)node->sync->cursor_text.len},
                  .entries = page->entries,
                  .entries_len = len,
                  .heads = heads,
                  .heads_len = cursor->positions_len,
                  .has_more = more});
}

static void page_say(struct node *node, struct session *session, struct sync *sync,
                     struct page *page)
{
    uint32_t len = page->entries_len;

    /* A page ends where a frame does. */
    while (!page_encode(node, session, sync, page, len)) {
        if (len <= 1) {
            session_error(node, session, HB_ELARGE, sync->ref, NULL);
            return;
        }
        len /= 2;
    }
    sync_page_send(node, session);
}

void sync_page(struct node *node, struct session *session, struct sync *sync,
               const struct db_answer *answer)
{
    struct page *page = hb_malloc(sizeof *page);

    if (page_read(node, sync, answer, page)) {
        page_say(node, session, sync, page);
    } else {
        session_error(node, session, HB_EAGAIN, sync->ref, NULL);
    }
    free(page);
}
