/* The catalogue on SQLite, every statement prepared at the start. */
#include "server/node/tests/sql_db.h"

#include "server/base/mem.h"
#include "server/node/schema.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sql_db {
    sqlite3 *handle;
    sqlite3_stmt *stmts[DB_STMT_COUNT];
    uint64_t epoch;
    struct arena arena; /* of the last answer */
};

static void check(struct sql_db *db, int code, const char *what)
{
    if (code != SQLITE_OK) {
        (void)fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(db->handle));
        hb_panic(__FILE__, __LINE__, __func__, "sqlite");
    }
}

void sql_db_exec(struct sql_db *db, const char *sql)
{
    check(db, sqlite3_exec(db->handle, sql, NULL, NULL, NULL), sql);
}

int64_t sql_db_int(struct sql_db *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;

    check(db, sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL), sql);
    HB_ASSERT(sqlite3_step(stmt) == SQLITE_ROW);
    const int64_t value = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return value;
}

struct sql_db *sql_db_new(uint64_t epoch)
{
    struct sql_db *db = hb_calloc(1, sizeof *db);

    db->epoch = epoch;
    HB_ASSERT(sqlite3_open(":memory:", &db->handle) == SQLITE_OK);
    for (uint32_t i = 0; i < db_schema()->version; i++) {
        sql_db_exec(db, db_schema()->steps[i].sqlite);
    }
    for (unsigned i = 0; i < DB_STMT_COUNT; i++) {
        const struct db_stmt_info *info = db_stmt_info((enum db_stmt)i);
        check(db, sqlite3_prepare_v2(db->handle, info->sql, -1, &db->stmts[i], NULL), info->sql);
        HB_ASSERT((unsigned)sqlite3_bind_parameter_count(db->stmts[i]) == info->params);
        HB_ASSERT((unsigned)sqlite3_column_count(db->stmts[i]) == info->columns);
        for (unsigned p = 1; p <= info->params; p++) {
            char name[8];
            (void)snprintf(name, sizeof name, "$%u", p);
            HB_ASSERT(sqlite3_bind_parameter_index(db->stmts[i], name) == (int)p);
        }
    }
    return db;
}

void sql_db_epoch_set(struct sql_db *db, uint64_t epoch)
{
    db->epoch = epoch;
}

void sql_db_free(struct sql_db **db_at)
{
    struct sql_db *db = *db_at;

    if (db == NULL) {
        return;
    }
    for (unsigned i = 0; i < DB_STMT_COUNT; i++) {
        (void)sqlite3_finalize(db->stmts[i]);
    }
    HB_ASSERT(sqlite3_close(db->handle) == SQLITE_OK);
    arena_deinit(&db->arena);
    free(db);
    *db_at = NULL;
}

static void bind(sqlite3_stmt *stmt, int at, const struct db_value *value)
{
    switch (value->kind) {
    case DB_NULL:
        (void)sqlite3_bind_null(stmt, at);
        return;
    case DB_INT:
        (void)sqlite3_bind_int64(stmt, at, value->integer);
        return;
    case DB_TEXT:
        (void)sqlite3_bind_text(stmt, at, value->text.bytes, (int)value->text.len,
                                SQLITE_TRANSIENT);
        return;
    }
    HB_UNREACHABLE("no such kind");
}

static struct db_value column(struct sql_db *db, sqlite3_stmt *stmt, int at)
{
    switch (sqlite3_column_type(stmt, at)) {
    case SQLITE_INTEGER:
        return (struct db_value){.kind = DB_INT, .integer = sqlite3_column_int64(stmt, at)};
    case SQLITE_NULL:
        return (struct db_value){.kind = DB_NULL};
    default: {
        const char *text = (const char *)sqlite3_column_text(stmt, at);
        const size_t len = (size_t)sqlite3_column_bytes(stmt, at);
        return (struct db_value){.kind = DB_TEXT,
                                 .text = {arena_strndup(&db->arena, text, len), (uint32_t)len}};
    }
    }
}

/* HB_EDENIED, HB_ESTAMP: a constraint. */
static enum hb_err run_call(struct sql_db *db, const struct db_call *call, struct db_rows *ret)
{
    sqlite3_stmt *stmt = db->stmts[call->stmt];
    const struct db_stmt_info *info = db_stmt_info(call->stmt);
    struct db_value *values = NULL;
    size_t values_len = 0;
    size_t values_cap = 0;
    int code;

    HB_ASSERT(call->params_len == info->params);
    for (uint32_t i = 0; i < call->params_len; i++) {
        bind(stmt, (int)i + 1, &call->params[i]);
    }
    *ret = (struct db_rows){.columns = info->columns};
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
        ret->rows_len++;
        for (unsigned c = 0; c < info->columns; c++) {
            HB_GROW(values, values_len, values_cap);
            values[values_len++] = column(db, stmt, (int)c);
        }
    }
    const bool stamp =
        code == SQLITE_CONSTRAINT && strstr(sqlite3_errmsg(db->handle), DB_STAMP_COLUMNS) != NULL;
    (void)sqlite3_reset(stmt);
    if (values_len > 0) {
        struct db_value *kept = arena_alloc(&db->arena, values_len * sizeof *kept);
        memcpy(kept, values, values_len * sizeof *kept);
        ret->values = kept;
    }
    free(values);
    HB_ASSERT(code == SQLITE_DONE || code == SQLITE_CONSTRAINT);
    return code == SQLITE_DONE ? HB_OK : stamp ? HB_ESTAMP : HB_EDENIED;
}

static bool fence_holds(struct sql_db *db, struct db_life fence)
{
    sqlite3_stmt *stmt = db->stmts[DB_NODE_FENCE];

    (void)sqlite3_bind_int64(stmt, 1, fence.node);
    (void)sqlite3_bind_int64(stmt, 2, (int64_t)fence.incarnation);
    const bool holds = sqlite3_step(stmt) == SQLITE_ROW;
    (void)sqlite3_reset(stmt);
    return holds;
}

void sql_db_run(struct sql_db *db, const struct db_tx *tx, bool commit, struct db_answer *ret)
{
    arena_deinit(&db->arena);
    db->arena = (struct arena){0};
    struct db_rows *rows = arena_alloc(&db->arena, tx->calls_len * sizeof *rows);
    *ret = (struct db_answer){
        .token = tx->token, .epoch = db->epoch, .calls_len = tx->calls_len, .calls = rows};
    sql_db_exec(db, "BEGIN IMMEDIATE");
    if (tx->fence.incarnation != 0 && !fence_holds(db, tx->fence)) {
        ret->err = HB_EFENCED;
    }
    for (uint32_t i = 0; i < tx->calls_len && ret->err == HB_OK; i++) {
        ret->err = run_call(db, &tx->calls[i], &rows[i]);
    }
    sql_db_exec(db, commit && ret->err == HB_OK ? "COMMIT" : "ROLLBACK");
}
