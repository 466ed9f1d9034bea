/* One page of a sync: from rows to a frame, and the cursor that goes on behind it. What a session of
 * pages is, says sync.c. */
#ifndef HUBBUB_SERVER_NODE_SYNC_PAGE_H
#define HUBBUB_SERVER_NODE_SYNC_PAGE_H

#include "server/node/entry.h"
#include "server/node/session.h"
#include "server/node/state.h"
#include "server/protocol/cursor.h"

struct sync_work { /* scratch: of one page at a time, in either direction */
    struct entry_store page[PAGE_ROWS_MAX];
    struct cursor cursor;
    struct buf cursor_text;
};

/* Where the calls of a page stand in its transaction. */
#define SYNC_CALL_ROOMS   0
#define SYNC_CALL_MEMBER  1
#define SYNC_CALL_ENTRIES 2

struct sync_room {
    uint32_t room;
    struct text name; /* of the room: outlives the request */
    uint64_t position;
    uint64_t head;
    uint64_t end; /* of the session */
    bool member;  /* still, by the last read */
    bool focused; /* before those that are not */
};

struct sync {
    struct text ref; /* borrows from the job's frame */
    uint32_t limit;
    bool by_time; /* its positions are not known yet: of what is of since_ms or later */
    int64_t since_ms;
    bool begun;       /* its ends are known */
    uint32_t looks;   /* so often the heads that were read named another room than was served */
    uint32_t turn;    /* in rooms: whose it is */
    uint32_t serving; /* in rooms; INDEX_NONE */
    uint32_t rooms_len;
    struct sync_room rooms[];
};

/* A page in either direction, as a frame in the node's scratch. False: it is too large for one. */
bool sync_page_encode(struct node *node, const struct frame_sync_response *page) HB_MUST_USE;
/* Sends what was encoded last. */
void sync_page_send(struct node *node, struct session *session);

/* Answers the request with what was read. */
void sync_page(struct node *node, struct session *session, struct sync *sync,
               const struct db_answer *answer);

#endif
