/* The database port on a real database: the node's transactions on SQLite or PostgreSQL.
 *
 *   store_submit --> queue --> one batch at a time --> done(answer), once a transaction
 *                              (group commit: what waited meanwhile is the next batch)
 *
 * SQLite: one file, one worker thread; each transaction of a batch is a savepoint. PostgreSQL: two
 * connections of libpq in non-blocking mode, one for what writes and one for what only reads.
 *
 * Thread: all functions and the callback belong to the loop's thread. */
#ifndef HUBBUB_SERVER_RUNTIME_STORE_H
#define HUBBUB_SERVER_RUNTIME_STORE_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/node/db.h"

#include <uv.h>

struct store;

/* What an HB_OK of SQLite outlives. PostgreSQL has its own setting: synchronous_commit. */
enum store_durability {
    STORE_DISK,    /* a power cut: it was on the disk before it was answered */
    STORE_PROCESS, /* a crash of this process; the last moments before a power cut may be lost */
};

struct store_events {
    void *context;
    /* `answer` is borrowed for the call. */
    void (*done)(void *context, const struct db_answer *answer);
    /* Something went wrong, in the database's own words or in ours; before the answers of what it struck.
     * Borrowed for the call. NULL: nobody wants to know. */
    void (*trouble)(void *context, const char *words);
};

/* HB_EDENIED: it names no database; `message` says so. Nothing is opened. */
HB_MUST_USE enum hb_err store_place_check(const char *where, struct buf *message);

/* Opens `where`: a path (SQLite; the file is made when there is none) or `postgresql://…`. Makes
 * the tables in an empty database, and brings those of an older version to the present one: then, with
 * HB_OK, `message` says so. Blocks: for the start of a program. On failure *ret is NULL and
 * `message` says in one line what was wrong and what to do. A SQLite file belongs to one process:
 * a second one is refused. */
HB_MUST_USE enum hb_err store_open(const char *where, enum store_durability durability,
                                   uv_loop_t *loop, const struct store_events *events,
                                   struct store **ret, struct buf *message);

/* Takes the transaction. It is answered from the loop, never from within this call: HB_OK,
 * HB_EAGAIN (certainly not committed), HB_EUNKNOWN (the connection was lost around the commit),
 * HB_EDENIED (a constraint), HB_ESTAMP (its stamp is another entry's), HB_EFENCED (its life is over). Answers may come in another order than the submissions. */
void store_submit(struct store *store, struct db_tx *tx);

/* Ends it: what is running is waited for, what is queued is dropped, nothing is answered any more.
 * The memory is freed when the loop has closed the handles. */
void store_close(struct store **store);

#endif
