/* What a room's people are told of receipts: each change once, in the order of its version. */
#ifndef HUBBUB_SERVER_NODE_RECEIPT_TELL_H
#define HUBBUB_SERVER_NODE_RECEIPT_TELL_H

#include "server/node/job.h"
#include "server/node/room.h"

/* The rows of one read; a change has one row for each message, and may have one for what arrived. */
#define RECEIPT_ROWS_MAX (2 * (RECEIPT_IDS_MAX + 1))

/* The two statements that tell of the changes behind these versions; their rows are read below. */
void receipts_ask(const struct node *node, struct db_tx *tx, const struct room *room,
                  uint64_t arrived_after, uint64_t read_after);

struct receipt_page {           /* what a read said */
    const struct db_rows *rows; /* of DB_RECEIPTS_AFTER */
    uint32_t at;                /* how many were taken */
    uint64_t version;           /* up to this one all is there */
    bool more, crowd;
};
/* `answers` are those of receipts_ask. False, and a note: the database says something else. */
HB_MUST_USE bool receipt_page_begin(const struct node *node, const struct db_rows *answers,
                                    struct receipt_page *ret);
/* The next change as a frame, which borrows from the rows and from `store`. False: there is none. */
struct receipt_store {
    struct text ids[RECEIPT_ROWS_MAX];
    char texts[RECEIPT_ROWS_MAX][HLC_TEXT_BYTES_MAX];
};
HB_MUST_USE bool receipt_page_next(struct node *node, const struct room *room,
                                   struct receipt_page *page, struct receipt_store *store,
                                   struct frame *ret);

/* Whose change it is. */
struct text receipt_user(const struct frame *frame);

/* Tells those here what is behind what they were told, and the other nodes what of it user `own` did; NULL: nothing. */
void receipts_tell(struct node *node, struct room *room, struct receipt_page *page,
                   const struct text *own);

/* The database is at this version: what was missed is read. */
void receipts_compared(struct node *node, struct room *room, uint64_t version);
/* A publication behind its letter. Nothing in it is trusted. */
void receipts_publication(struct node *node, struct room *room, const char *bytes,
                          size_t bytes_len);
void receipts_read_start(struct node *node, struct job *job);
void receipts_read_done(struct node *node, struct job *job, const struct db_answer *answer);

#endif
