/* The tables on PostgreSQL. See store_postgresql.h. */
#include "server/runtime/store_internal.h"
#include "server/runtime/store_postgresql.h"
#include "server/runtime/store_postgresql_ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TABLES_MS_MAX 3600000               /* a step over all entries that there are */
#define TABLES_LOCK   "7598832240236160354" /* any number that no other program locks */

/* Two numbers of the first row, if there is one. False: refused. */
static bool two_numbers(PGconn *conn, const char *sql, int64_t ret[2])
{
    PGresult *result = pg_query(conn, sql);
    const bool ok = pg_good(result);

    for (int i = 0; i < 2 && PQntuples(result) > 0; i++) {
        ret[i] = strtoll(PQgetvalue(result, 0, i), NULL, 10);
    }
    PQclear(result);
    return ok;
}

static bool tables_look(PGconn *conn, struct store_tables *ret)
{
    int64_t has[2] = {0, 0};
    int64_t told[2] = {-1, 0};
    PGresult *result =
        pg_query(conn, "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = "
                       "c.relnamespace WHERE n.nspname = current_schema() "
                       "AND c.relkind IN ('r', 'p', 'v', 'm', 'f')");

    for (int i = 0; i < PQntuples(result); i++) {
        store_tables_count(ret, PQgetvalue(result, i, 0));
    }
    bool ok = pg_good(result);
    PQclear(result);
    ok = ok && two_numbers(conn,
                           "SELECT count(*), 0 FROM information_schema.columns WHERE table_schema "
                           "= current_schema() AND table_name = 'meta' AND column_name = 'version'",
                           has);
    ok = ok && (has[0] == 0 || two_numbers(conn, "SELECT version, oldest FROM meta", told));
    ret->version = has[0] > 0 ? told[0] : 0;
    ret->oldest = told[1];
    return ok;
}

/* The steps that the database lacks, and the epoch of a new one. */
static bool tables_bring(PGconn *conn, const struct db_schema *schema, uint32_t has,
                         struct buf *message)
{
    char sql[STORE_TELL_CAP];
    bool ok = true;

    for (uint32_t i = has; i < schema->version && ok; i++) {
        const char *step = schema->steps[i].postgresql;
        ok = step == NULL || pg_execute_within(conn, step, TABLES_MS_MAX, message);
    }
    if (has == 0 && ok) {
        (void)snprintf(sql, sizeof sql, "INSERT INTO meta(epoch) VALUES(%" PRId64 ")",
                       store_epoch_draw());
        ok = pg_execute(conn, sql, message);
    }
    if (has < schema->version && ok) {
        store_tables_tell(schema, sql);
        ok = pg_execute(conn, sql, message);
    }
    return ok;
}

enum hb_err pg_tables_make(PGconn *conn, const struct db_schema *schema, struct buf *message)
{
    struct store_tables tables = {.schema = schema};
    uint32_t has = 0;

    buf_add_text(message, "PostgreSQL, the tables: ");
    if (!pg_execute_within(conn,
                           "BEGIN; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0;"
                           "SELECT pg_advisory_xact_lock(" TABLES_LOCK ")",
                           TABLES_MS_MAX, message) ||
        !tables_look(conn, &tables)) {
        return HB_EAGAIN;
    }
    const enum hb_err err = store_tables_judge(&tables, &has, message);
    if (err != HB_OK) {
        return err;
    }
    if (!tables_bring(conn, schema, has, message)) {
        buf_add_text(message, "; nothing was changed");
        return HB_EDENIED;
    }
    if (!pg_execute(conn, "COMMIT", message)) {
        return HB_EAGAIN;
    }
    store_tables_done(schema, has, message);
    return HB_OK;
}

enum hb_err pg_tables_check(PGconn *conn, const struct db_schema *schema, struct buf *message)
{
    struct store_tables tables = {.schema = schema};
    uint32_t has = 0;

    buf_add_text(message, "PostgreSQL, the tables: ");
    if (!tables_look(conn, &tables)) {
        return HB_EAGAIN;
    }
    const enum hb_err err = store_tables_judge(&tables, &has, message);
    if (err == HB_OK && has < schema->version) {
        buf_printf(message, "they are of version %u, older than this program's; start it again",
                   (unsigned)has);
        return HB_EDENIED;
    }
    buf_clear(message);
    return err;
}
