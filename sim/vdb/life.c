/* Life of the virtual database: SQLite in memory, one connection, every statement prepared once.
 * See vdb.h. */
#include "server/node/schema.h"
#include "sim/vdb/commits.h"
#include "sim/vdb/pages.h"
#include "sim/vdb/statements.h"

#include <stdlib.h>

/* Large pages: an entry, content and all, is also a key of the inner pages of `entries`, so 4 KiB
 * hold 36 and a message walks down trees of four levels, of three with these (measured: a tenth of
 * a run). Overwriting what is deleted, Debian's default, is of no use in memory. */
#define PRAGMAS "PRAGMA page_size = 32768; PRAGMA secure_delete = OFF"

void vdb_single_thread(void)
{
    /* Refused once SQLite is in use: then it goes on as it was. */
    (void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    vdb_pages_use();
}

/* What stands in the tables of every world before anything happens. */
static void begin(struct vdb *vdb, uint64_t epoch)
{
    vdb->epoch = epoch;
    vdb_bind_int(vdb, vdb->seed_meta, 1, (int64_t)epoch);
    vdb_run_once(vdb, vdb->seed_meta);
    vdb_run_once(vdb, vdb->seed_nodes);
    vdb->seed_node = sqlite3_last_insert_rowid(vdb->db);
}

struct vdb *vdb_new(uint64_t epoch)
{
    struct vdb *vdb = hb_calloc(1, sizeof *vdb);
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX;

    vdb_check(vdb, sqlite3_open_v2(":memory:", &vdb->db, flags, NULL), SQLITE_OK);
    vdb_check(vdb, sqlite3_exec(vdb->db, PRAGMAS, NULL, NULL, NULL), SQLITE_OK);
    for (uint32_t i = 0; i < db_schema()->version; i++) {
        vdb_check(vdb, sqlite3_exec(vdb->db, db_schema()->steps[i].sqlite, NULL, NULL, NULL),
                  SQLITE_OK);
    }
    vdb_commits_hook(vdb);
    for (int i = 0; i < DB_STMT_COUNT; i++) {
        vdb->stmts[i] = vdb_prepare(vdb, db_stmt_info((enum db_stmt)i)->sql);
    }
    vdb->begin = vdb_prepare(vdb, "BEGIN");
    vdb->commit = vdb_prepare(vdb, "COMMIT");
    vdb->rollback = vdb_prepare(vdb, "ROLLBACK");
    vdb->journal_on = vdb_prepare(vdb, "PRAGMA journal_mode = MEMORY");
    vdb->journal_off = vdb_prepare(vdb, "PRAGMA journal_mode = OFF");
    vdb->journaled = true;
    vdb->seed_user =
        vdb_prepare(vdb, "INSERT INTO users(name) VALUES($1) ON CONFLICT(name) DO NOTHING");
    vdb->user_key = vdb_prepare(vdb, "SELECT id FROM users WHERE name = $1");
    vdb->seed_room =
        vdb_prepare(vdb, "INSERT INTO rooms(id, name, open, head, hlc) VALUES($1, $2, 1, $3, $4)");
    vdb->seed_member =
        vdb_prepare(vdb, "INSERT INTO members(room, usr, joined_seq) VALUES($1, $2, $3)");
    vdb->seed_entry = vdb_prepare(
        vdb, "INSERT INTO entries(room, seq, sender, client_id, kind, content, node, stamp, hlc, "
             "at_ms) VALUES($1, $2, $3, NULL, $4, NULL, $5, $6, $6, $7)");
    vdb->log =
        vdb_prepare(vdb, "SELECT room, seq, sender, client_id, kind, content, node, stamp, hlc, "
                         "at_ms FROM entries ORDER BY room, seq");
    vdb->user_name = vdb_prepare(vdb, "SELECT name FROM users WHERE id = $1");
    vdb->room_name = vdb_prepare(vdb, "SELECT name FROM rooms WHERE id = $1");
    vdb->node_name = vdb_prepare(vdb, "SELECT name FROM nodes WHERE id = $1");
    vdb->seed_meta = vdb_prepare(vdb, "INSERT INTO meta(epoch, identity) VALUES($1, $1)");
    vdb->seed_nodes = vdb_prepare(vdb, "INSERT INTO nodes(name, incarnation) VALUES('seed', 1)");
    begin(vdb, epoch);
    return vdb;
}

static void delete_all(struct vdb *vdb)
{
    sqlite3_stmt *tables =
        vdb_prepare(vdb, "SELECT 'DELETE FROM ' || quote(name) FROM sqlite_schema "
                         "WHERE type = 'table'");
    while (sqlite3_step(tables) == SQLITE_ROW) {
        const char *sql = (const char *)sqlite3_column_text(tables, 0);
        vdb_check(vdb, sqlite3_exec(vdb->db, sql, NULL, NULL, NULL), SQLITE_OK);
    }
    vdb_check(vdb, sqlite3_finalize(tables), SQLITE_OK);
}

static void empty(struct vdb *vdb, uint64_t epoch)
{
    vdb_commits_deaf(
        vdb); /* a hook would be told of each row, and has each table emptied row by row */
    delete_all(vdb);
    vdb_commits_hook(vdb);
    for (size_t i = 0; i < NODE_KEYS_MAX; i++) {
        free(vdb->node_names[i]);
        vdb->node_names[i] = NULL;
    }
    vdb->rooms = 0;
    vdb->seed_stamps = 0;
    vdb->values_len = 0;
    vdb->commits_len = 0;
    vdb->rewrites_len = 0;
    vdb->receipts_len = 0;
    begin(vdb, epoch);
}

void vdb_free(struct vdb **vdb_pointer)
{
    struct vdb *vdb = *vdb_pointer;
    if (vdb == NULL) {
        return;
    }
    sqlite3_stmt *stmt;
    while ((stmt = sqlite3_next_stmt(vdb->db, NULL)) != NULL) {
        (void)sqlite3_finalize(stmt);
    }
    (void)sqlite3_close(vdb->db);
    for (size_t i = 0; i < NODE_KEYS_MAX; i++) {
        free(vdb->node_names[i]);
    }
    free(vdb->values);
    free(vdb->commits);
    free(vdb->rewrites);
    free(vdb->receipts);
    buf_deinit(&vdb->texts);
    buf_deinit(&vdb->commit_texts);
    buf_deinit(&vdb->name);
    free(vdb);
    *vdb_pointer = NULL;
}

struct vdb *vdb_take(struct vdb **kept, uint64_t epoch)
{
    struct vdb *vdb = kept != NULL ? *kept : NULL;

    if (vdb == NULL) {
        return vdb_new(epoch);
    }
    *kept = NULL;
    empty(vdb, epoch);
    return vdb;
}

void vdb_give(struct vdb **vdb, struct vdb **kept)
{
    if (kept == NULL) {
        vdb_free(vdb);
        return;
    }
    HB_ASSERT(*kept == NULL);
    *kept = *vdb;
    *vdb = NULL;
}
