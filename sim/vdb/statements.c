/* See statements.h. */
#include "sim/vdb/statements.h"

void vdb_check(const struct vdb *vdb, int got, int want)
{
    if (got == SQLITE_NOMEM) {
        hb_no_memory(0);
    }
    if (got != want) {
        hb_panic(__FILE__, __LINE__, __func__, sqlite3_errmsg(vdb->db));
    }
}

sqlite3_stmt *vdb_prepare(struct vdb *vdb, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    vdb_check(vdb, sqlite3_prepare_v3(vdb->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL),
              SQLITE_OK);
    return stmt;
}

void vdb_run_once(struct vdb *vdb, sqlite3_stmt *stmt)
{
    vdb_check(vdb, sqlite3_step(stmt), SQLITE_DONE);
    (void)sqlite3_reset(stmt);
}

void vdb_bind_text(struct vdb *vdb, sqlite3_stmt *stmt, int index, struct text text)
{
    vdb_check(vdb, sqlite3_bind_text(stmt, index, text.bytes, (int)text.len, SQLITE_STATIC),
              SQLITE_OK);
}

void vdb_bind_int(struct vdb *vdb, sqlite3_stmt *stmt, int index, int64_t value)
{
    vdb_check(vdb, sqlite3_bind_int64(stmt, index, value), SQLITE_OK);
}
