/* A connection to PostgreSQL from nothing to ready for batches; the epoch.
 *
 * All here blocks, and runs where that harms nobody: before the loop, or on a thread of its pool. */
#include "server/runtime/store_internal.h"
#include "server/runtime/store_postgresql.h"
#include "server/runtime/store_postgresql_ask.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_SECONDS   "5"
#define SQLSTATE_NO_RIGHT "42501"

/* A lock is waited for less long than a client waits for its ack; a statement of ours takes
 * milliseconds; a transaction that fell silent is a node that was cut off with locks in its hand.
 *
 * The catalogue is walks over indexes by keys, whatever the tables hold. A planner that thinks that
 * they are small reads all entries of a room for each message instead (measured: 500 transactions/s
 * after a minute, 12,000 with these settings), and keeps that plan. */
static const char settings[] = "SET lock_timeout = 2000; SET statement_timeout = 10000;"
                               "SET idle_in_transaction_session_timeout = 15000;"
                               "SET enable_seqscan = off; SET enable_bitmapscan = off;"
                               "SET enable_hashjoin = off; SET enable_mergejoin = off;"
                               "SET plan_cache_mode = force_generic_plan";

void pg_call_name(enum db_stmt stmt, char ret[PG_CALL_NAME_CAP])
{
    (void)snprintf(ret, PG_CALL_NAME_CAP, "s%d", (int)stmt);
}

/* --- Connecting ----------------------------------------------------------------------------- */

static void ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

/* What the user wrote comes after our own wishes and before what has to be. */
static PGconn *start(const char *uri, bool *ret_reachable)
{
    const char *const words[] = {"connect_timeout",      "keepalives_idle",
                                 "keepalives_interval",  "keepalives_count",
                                 "tcp_user_timeout",     "application_name",
                                 "target_session_attrs", "dbname",
                                 "client_encoding",      NULL};
    const char *const values[] = {CONNECT_SECONDS, "10",         "5", "3",    "15000",
                                  "hubbubd",       "read-write", uri, "UTF8", NULL};
    PGconn *conn = PQconnectdbParams(words, values, 1);

    *ret_reachable = PQstatus(conn) != CONNECTION_OK && !PQconnectionNeedsPassword(conn) &&
                     PQpingParams(words, values, 1) == PQPING_OK;
    (void)PQsetNoticeReceiver(conn, ignore_notice, NULL);
    return conn;
}

static const char *option(const PQconninfoOption *options, const char *word)
{
    for (; options->keyword != NULL; options++) {
        if (strcmp(options->keyword, word) == 0) {
            return options->val != NULL ? options->val : "";
        }
    }
    return "";
}

/* The text without the password, whatever it is that libpq quotes. */
static void add_without(struct buf *message, const char *text, const char *secret)
{
    struct buf line = {0};

    store_message_line(&line, text);
    const char *rest = line.len > 0 ? line.bytes : "no reason was given";
    const char *found = secret[0] != '\0' ? strstr(rest, secret) : NULL;
    while (found != NULL) {
        buf_add(message, rest, (size_t)(found - rest));
        buf_add_text(message, "***");
        rest = found + strlen(secret);
        found = strstr(rest, secret);
    }
    buf_add_text(message, rest);
    buf_deinit(&line);
}

/* libpq's own words about a bad address quote it; a password with an @ or a / that is not escaped is
 * then taken for a host or a port, and quoted. */
static enum hb_err uri_check(const char *uri, PQconninfoOption **ret, struct buf *message)
{
    *ret = PQconninfoParse(uri, NULL);
    if (*ret != NULL && strchr(option(*ret, "host"), '@') == NULL) {
        const char *port = option(*ret, "port");
        if (port[strspn(port, "0123456789,")] == '\0') {
            return HB_OK;
        }
    }
    buf_add_text(message,
                 "the address of PostgreSQL cannot be read; write "
                 "postgresql://USER:PASSWORD@HOST:PORT/NAME, with %40 for an @ and %2F for "
                 "a / within a password");
    return HB_EDENIED;
}

bool pg_is_words(const char *where)
{
    PQconninfoOption *options = strchr(where, '=') != NULL ? PQconninfoParse(where, NULL) : NULL;
    const bool words = options != NULL;

    PQconninfoFree(options);
    return words;
}

static enum hb_err connect_to(const char *uri, PGconn **ret, struct buf *message)
{
    PQconninfoOption *options = NULL;
    bool reachable = false;
    enum hb_err err = uri_check(uri, &options, message);

    if (err == HB_OK) {
        PGconn *conn = start(uri, &reachable);
        if (PQstatus(conn) == CONNECTION_OK) {
            *ret = conn;
        } else {
            const bool person = reachable || PQconnectionNeedsPassword(conn) == 1;
            buf_add_text(message, "PostgreSQL: ");
            add_without(message, PQerrorMessage(conn), option(options, "password"));
            buf_add_text(message, person ? "; check user, password and the database's name"
                                         : "; start it, or give the right address");
            err = person ? HB_EDENIED : HB_EAGAIN;
            PQfinish(conn);
        }
    }
    PQconninfoFree(options);
    return err;
}

/* --- The epoch ------------------------------------------------------------------------------ */

/* A promoted standby has the same meta row, but may lack what its primary had committed last: its
 * timeline is another one. 0: this user may not ask. The name of the log's present file is asked
 * for, not pg_control_checkpoint(): that still shows the old timeline until the first checkpoint
 * after the promotion. */
static bool timeline_read(PGconn *conn, uint64_t *ret)
{
    PGresult *result = pg_query(conn, "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)");
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    bool ok = true;

    *ret = 0;
    if (pg_good(result) && PQntuples(result) == 1) {
        *ret = strtoull(PQgetvalue(result, 0, 0), NULL, 16);
    } else {
        ok = state != NULL && strcmp(state, SQLSTATE_NO_RIGHT) == 0;
    }
    PQclear(result);
    return ok;
}

/* 63 bits, as the row's; the row itself on the first timeline. */
static uint64_t epoch_fold(uint64_t row, uint64_t timeline)
{
    uint64_t mixed = row;

    for (; timeline > 1; timeline = 0) {
        mixed ^= timeline * UINT64_C(0x9e3779b97f4a7c15);
        mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
        mixed = (mixed ^ mixed >> 31) & INT64_MAX;
    }
    return mixed;
}

static enum hb_err epoch_read(PGconn *conn, uint64_t *ret, struct buf *message)
{
    PGresult *result = pg_query(conn, "SELECT epoch FROM meta");
    const bool one = pg_good(result) && PQntuples(result) == 1;
    const uint64_t row = one ? strtoull(PQgetvalue(result, 0, 0), NULL, 10) : 0;
    uint64_t timeline = 0;

    PQclear(result);
    if (row == 0 || !timeline_read(conn, &timeline)) {
        buf_add_text(message,
                     "PostgreSQL: the database's epoch cannot be read; table meta has to "
                     "hold one row; bring back a copy of the database or give an empty one");
        return HB_EDENIED;
    }
    *ret = epoch_fold(row, timeline);
    return HB_OK;
}

/* --- Ready for batches ---------------------------------------------------------------------- */

static bool prepare_one(PGconn *conn, const char *name, const char *sql, struct buf *message)
{
    PGresult *result = pg_await(conn, PQsendPrepare(conn, name, sql, 0, NULL), PG_ANSWER_MS_MAX);
    const bool ok = pg_good(result);

    if (!ok) {
        buf_add_text(message, "PostgreSQL refused a statement: ");
        pg_refusal(result, message);
    }
    PQclear(result);
    return ok;
}

/* READ COMMITTED is what the catalogue is written for: after the room's lock each statement has to
 * see what the lock's former holder committed. What only reads runs no such statement, and the
 * statements of one transaction have to be one snapshot. */
static bool prepare_all(PGconn *conn, bool reader, struct buf *message)
{
    char name[PG_CALL_NAME_CAP];
    bool ok = prepare_one(conn, "begin",
                          reader ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                                 : "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
                          message) &&
              prepare_one(conn, "commit", "COMMIT", message) &&
              prepare_one(conn, "rollback", "ROLLBACK", message) &&
              (reader || prepare_one(conn, "fence", db_fence_postgresql(), message));

    for (int i = 0; i < DB_STMT_COUNT && ok; i++) {
        pg_call_name((enum db_stmt)i, name);
        ok = prepare_one(conn, name, db_stmt_info((enum db_stmt)i)->sql, message);
    }
    return ok;
}

static enum hb_err make_ready(PGconn *conn, bool reader, const struct db_schema *schema,
                              bool make_tables, uint64_t *ret_epoch, struct buf *message)
{
    struct buf refused = {0};
    const char *encoding = PQparameterStatus(conn, "server_encoding");

    if (encoding == NULL || strcmp(encoding, "UTF8") != 0) {
        buf_printf(message,
                   "PostgreSQL: the database's encoding is %s; make one with "
                   "CREATE DATABASE ... TEMPLATE template0 ENCODING 'UTF8'",
                   encoding != NULL ? encoding : "unknown");
        return HB_EDENIED;
    }
    if (!pg_execute(conn, settings, message)) {
        return HB_EAGAIN;
    }
    enum hb_err err = make_tables ? pg_tables_make(conn, schema, message)
                                  : pg_tables_check(conn, schema, message);
    if (err != HB_OK) {
        return err;
    }
    err = prepare_all(conn, reader, &refused) ? epoch_read(conn, ret_epoch, &refused) : HB_EDENIED;
    if (err == HB_OK && (PQenterPipelineMode(conn) != 1 || PQsetnonblocking(conn, 1) != 0)) {
        store_message_line(&refused, PQerrorMessage(conn));
        err = HB_EAGAIN;
    }
    if (err != HB_OK) {
        buf_clear(message);
        buf_add(message, refused.bytes, refused.len);
    }
    buf_deinit(&refused);
    return err;
}

enum hb_err pg_connect(const char *uri, bool reader, const struct db_schema *schema,
                       bool make_tables, PGconn **ret, uint64_t *ret_epoch, struct buf *message)
{
    PGconn *conn = NULL;
    enum hb_err err = connect_to(uri, &conn, message);

    if (err != HB_OK) {
        return err;
    }
    err = make_ready(conn, reader, schema, make_tables, ret_epoch, message);
    if (err != HB_OK) {
        PQfinish(conn);
        return err;
    }
    *ret = conn;
    return HB_OK;
}
