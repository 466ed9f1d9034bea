/* Transactions of the virtual database. See vdb.h. */
#include "server/node/schema.h"
#include "sim/vdb/commits.h"
#include "sim/vdb/statements.h"

#include <string.h>

static void bind_all(struct vdb *vdb, sqlite3_stmt *stmt, const struct db_call *call)
{
    for (uint32_t i = 0; i < call->params_len; i++) {
        const struct db_value *value = &call->params[i];
        switch (value->kind) {
        case DB_NULL:
            vdb_check(vdb, sqlite3_bind_null(stmt, (int)i + 1), SQLITE_OK);
            break;
        case DB_INT:
            vdb_bind_int(vdb, stmt, (int)i + 1, value->integer);
            break;
        case DB_TEXT:
            vdb_bind_text(vdb, stmt, (int)i + 1, value->text);
            break;
        }
    }
}

static void take_row(struct vdb *vdb, sqlite3_stmt *stmt, uint32_t columns)
{
    for (uint32_t c = 0; c < columns; c++) {
        struct db_value value = {.kind = DB_NULL};
        const int type = sqlite3_column_type(stmt, (int)c);
        if (type == SQLITE_INTEGER) {
            value.kind = DB_INT;
            value.integer = sqlite3_column_int64(stmt, (int)c);
        } else if (type == SQLITE_TEXT) {
            value.kind = DB_TEXT;
            value.text.len = (uint32_t)sqlite3_column_bytes(stmt, (int)c);
            value.text.bytes = (const char *)(uintptr_t)vdb->texts.len;
            buf_add(&vdb->texts, sqlite3_column_text(stmt, (int)c), value.text.len);
        } else {
            HB_ASSERT(type == SQLITE_NULL);
        }
        HB_GROW(vdb->values, vdb->values_len, vdb->values_cap);
        vdb->values[vdb->values_len++] = value;
    }
}

/* HB_EDENIED, HB_ESTAMP: a constraint refused it. */
static enum hb_err run_call(struct vdb *vdb, const struct db_call *call, struct db_rows *rows)
{
    const struct db_stmt_info *info = db_stmt_info(call->stmt);
    sqlite3_stmt *stmt = vdb->stmts[call->stmt];
    int got;

    HB_ASSERT(call->params_len == info->params);
    *rows = (struct db_rows){.columns = info->columns};
    if (db_stmt_only_locks(call->stmt)) {
        return HB_OK;
    }
    bind_all(vdb, stmt, call);
    while ((got = sqlite3_step(stmt)) == SQLITE_ROW) {
        take_row(vdb, stmt, info->columns);
        rows->rows_len++;
    }
    const bool refused = (got & 0xff) == SQLITE_CONSTRAINT;
    const bool stamp = refused && strstr(sqlite3_errmsg(vdb->db), DB_STAMP_COLUMNS) != NULL;
    (void)sqlite3_reset(stmt);
    if (refused) {
        return stamp ? HB_ESTAMP : HB_EDENIED;
    }
    vdb_check(vdb, got, SQLITE_DONE);
    return HB_OK;
}

/* False: the life that sent it is not its node's latest. */
static bool fence_holds(struct vdb *vdb, struct db_life fence)
{
    sqlite3_stmt *stmt = vdb->stmts[DB_NODE_FENCE];

    vdb_bind_int(vdb, stmt, 1, fence.node);
    vdb_bind_int(vdb, stmt, 2, (int64_t)fence.incarnation);
    const int got = sqlite3_step(stmt);
    (void)sqlite3_reset(stmt);
    if (got != SQLITE_ROW) {
        vdb_check(vdb, got, SQLITE_DONE);
    }
    return got == SQLITE_ROW;
}

/* Whether nothing of it will have to be undone: a message that is to be committed. Its lock and the
 * reads change nothing, the append judges every constraint before it writes its one row, and the
 * advance violates none; so a refusal comes before the first change. */
static bool needs_no_journal(const struct db_tx *tx, bool commit)
{
    for (uint32_t i = 0; i < tx->calls_len; i++) {
        const enum db_stmt stmt = tx->calls[i].stmt;
        if (db_stmt_info(stmt)->writes && stmt != DB_ROOM_LOCK && stmt != DB_ENTRY_APPEND &&
            stmt != DB_ROOM_ADVANCE) {
            return false;
        }
    }
    return commit;
}

/* Copies of pages for the case of a rollback are a seventh of what a message costs (measured). */
static void begin(struct vdb *vdb, bool journaled)
{
    if (journaled != vdb->journaled) {
        sqlite3_stmt *mode = journaled ? vdb->journal_on : vdb->journal_off;
        vdb_check(vdb, sqlite3_step(mode), SQLITE_ROW);
        (void)sqlite3_reset(mode);
        vdb->journaled = journaled;
    }
    vdb_run_once(vdb, vdb->begin);
}

static void end(struct vdb *vdb, bool commit)
{
    HB_ASSERT(commit || vdb->journaled ||
              vdb->commits_len + vdb->rewrites_len == 0); /* there is nothing to undo */
    vdb_run_once(vdb, commit || !vdb->journaled ? vdb->commit : vdb->rollback);
    if (!commit) {
        vdb->commits_len = 0;
        vdb->rewrites_len = 0;
    }
}

void vdb_run(struct vdb *vdb, const struct db_tx *tx, bool commit, struct db_answer *ret)
{
    enum hb_err err = HB_OK;

    HB_ASSERT(tx->calls_len <= DB_CALLS_MAX);
    vdb->values_len = 0;
    buf_clear(&vdb->texts);
    buf_reserve(&vdb->texts, 1);
    vdb_commits_begin(vdb);
    if (!tx->read_only) {
        begin(vdb, !needs_no_journal(tx, commit));
        err = tx->fence.incarnation == 0 || fence_holds(vdb, tx->fence) ? HB_OK : HB_EFENCED;
    }
    for (uint32_t i = 0; i < tx->calls_len && err == HB_OK; i++) {
        HB_ASSERT(!tx->read_only || !db_stmt_info(tx->calls[i].stmt)->writes);
        err = run_call(vdb, &tx->calls[i], &vdb->calls[i]);
    }
    if (!tx->read_only) {
        end(vdb, commit && err == HB_OK);
    }
    vdb_commits_end(vdb);

    size_t value = 0;
    for (size_t i = 0; i < vdb->values_len; i++) {
        if (vdb->values[i].kind == DB_TEXT) {
            vdb->values[i].text.bytes = vdb->texts.bytes + (uintptr_t)vdb->values[i].text.bytes;
        }
    }
    for (uint32_t i = 0; i < tx->calls_len && err == HB_OK; i++) {
        const size_t values = (size_t)vdb->calls[i].rows_len * vdb->calls[i].columns;
        vdb->calls[i].values = values > 0 ? &vdb->values[value] : NULL;
        value += values;
    }
    *ret = (struct db_answer){.token = tx->token,
                              .err = err,
                              .epoch = vdb->epoch,
                              .calls_len = err == HB_OK ? tx->calls_len : 0,
                              .calls = vdb->calls};
}
