/* The parts of the store on PostgreSQL that know no loop: a connection from nothing to ready, and
 * one round trip of a batch over it. */
#ifndef HUBBUB_SERVER_RUNTIME_STORE_POSTGRESQL_H
#define HUBBUB_SERVER_RUNTIME_STORE_POSTGRESQL_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/node/db.h"
#include "server/node/schema.h"
#include "server/runtime/store_internal.h"

struct pg_conn; /* libpq's PGconn */

/* --- Connecting --- */

/* Connects and makes the connection ready for batches: settings, prepared statements, pipeline
 * mode, non-blocking. `reader`: its transactions are snapshots that cannot write. `make_tables`:
 * brings the database's tables to `schema`'s version, and says so in `message` if there were older
 * ones; else they have to be of a version that it can work on. Blocks, for seconds at most per step
 * but for the tables; any thread.
 * Gives *ret (PQfinish). HB_EAGAIN: not reachable now; HB_EDENIED: for a person to solve; `message`
 * says what, in one line. */
HB_MUST_USE enum hb_err pg_connect(const char *uri, bool reader, const struct db_schema *schema,
                                   bool make_tables, struct pg_conn **ret, uint64_t *ret_epoch,
                                   struct buf *message);

/* Whether it is an address in the form "host=... dbname=...", which makes a strange name for a file. */
bool pg_is_words(const char *where);

/* --- The tables, for pg_connect --- */

/* Brings them to the schema's version, in one transaction and behind a lock: of two processes on an
 * empty or old database the second one finds what the first one did. Other nodes work on it
 * meanwhile: a step waits for their transactions, and they for it. */
HB_MUST_USE enum hb_err pg_tables_make(struct pg_conn *conn, const struct db_schema *schema,
                                       struct buf *message);
/* They are as when this process started, or were changed since by a newer program that left them
 * usable. */
HB_MUST_USE enum hb_err pg_tables_check(struct pg_conn *conn, const struct db_schema *schema,
                                        struct buf *message);

#define PG_CALL_NAME_CAP 16
/* The name under which pg_connect prepared the statement; also "begin", "commit", "rollback", and
 * "fence", which fails when a transaction's life is not its node's latest. */
void pg_call_name(enum db_stmt stmt, char ret[PG_CALL_NAME_CAP]);

/* --- A pipeline: one round trip ---
 *
 *   PIPE_BATCH, PIPE_SINGLE   BEGIN, the statements of some of a batch's transactions, COMMIT, sync;
 *                             the fence before those of another life than the ones before them
 *   PIPE_ROLLBACK             ROLLBACK, sync: after one that was refused
 *
 *   I1  `committed`: the COMMIT's own answer was read;
 *   I2  `refused`: the server said no before it committed, so that nothing is in the log. */
enum pg_pipe_kind { PIPE_BATCH, PIPE_SINGLE, PIPE_ROLLBACK };
enum pg_pipe_state { PIPE_BUSY, PIPE_SYNCED, PIPE_LOST };

struct pg_pipe {
    struct pg_conn *conn;      /* borrowed */
    struct store_batch *batch; /* borrowed */
    enum pg_pipe_kind kind;
    enum pg_pipe_step {
        STEP_BEGIN,
        STEP_FENCE,
        STEP_CALL,
        STEP_COMMIT,
        STEP_ROLLBACK,
        STEP_SYNC
    } step;
    uint32_t first, end;    /* of the batch's transactions */
    uint32_t tx, call;      /* STEP_CALL: whose answer is next */
    struct store_mark mark; /* the batch's rows before it */
    unsigned empty_count;   /* empty results in a row */
    bool step_answered;
    bool commit_sent; /* may have left this process */
    bool committed, refused;
    enum hb_err refused_err;
    bool broken; /* the connection, or an answer that makes no sense */
};

/* Puts it into libpq's buffer. False: the connection is lost. */
HB_MUST_USE bool pg_pipe_start(struct pg_pipe *pipe, enum pg_pipe_kind kind, uint32_t first,
                               uint32_t end);
/* Reads the answers that are there. */
enum pg_pipe_state pg_pipe_read(struct pg_pipe *pipe);
/* It has ended, by its sync or by its connection: writes what became of its transactions. */
void pg_pipe_settle(struct pg_pipe *pipe);

#endif
