/* See vdb.h. SQLite in memory, one connection, every statement prepared once.
 *
 * The truth about commits does not come from the nodes' statements: SQLite's pre-update hook tells
 * every row that is inserted into `entries`, whichever statement did it; the rows count once their
 * transaction is committed. (A trigger would make each insert go through a temporary table.) */
#define SQLITE_ENABLE_PREUPDATE_HOOK
#include "sim/vdb/vdb_internal.h"
#include "sim/vdb/vdb_pages.h"

#include <stdlib.h>
#include <string.h>

void vdb_check(const struct vdb *vdb, int got, int want)
{
    if (got != want) {
        hb_panic(__FILE__, __LINE__, __func__, sqlite3_errmsg(vdb->db));
    }
}

static sqlite3_stmt *prepare(struct vdb *vdb, const char *sql)
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

/* --- The truth about commits ---------------------------------------------------------------- */

/* The columns of `entries`, as its schema has them. */
enum { ROOM, SEQ, KIND, SENDER, CLIENT_ID, CONTENT, NODE, STAMP, HLC };

static sqlite3_value *new_value(sqlite3 *db, int column)
{
    sqlite3_value *value = NULL;
    const int got = sqlite3_preupdate_new(db, column, &value);
    HB_ASSERT(got == SQLITE_OK && value != NULL);
    return value;
}

static int64_t new_int(sqlite3 *db, int column)
{
    sqlite3_value *value = new_value(db, column);
    HB_ASSERT(sqlite3_value_type(value) == SQLITE_INTEGER);
    return sqlite3_value_int64(value);
}

/* Texts are kept as offset + 1 in the pointer until the run ends: the buffer may move. */
static struct text keep(struct vdb *vdb, sqlite3_value *value)
{
    if (sqlite3_value_type(value) == SQLITE_NULL) {
        return (struct text){NULL, 0};
    }
    const unsigned char *bytes = sqlite3_value_text(value);
    const uint32_t len = (uint32_t)sqlite3_value_bytes(value);
    const size_t offset = vdb->commit_texts.len;
    buf_add(&vdb->commit_texts, bytes, len);
    return (struct text){(const char *)(uintptr_t)(offset + 1), len};
}

/* NOLINTNEXTLINE(readability-function-size): SQLite says which parameters its hook has */
static void on_change(void *user, sqlite3 *db, int op, const char *schema, const char *table,
                      sqlite3_int64 old_key, sqlite3_int64 new_key)
{
    struct vdb *vdb = user;

    (void)schema;
    (void)old_key;
    (void)new_key;
    if (op != SQLITE_INSERT || strcmp(table, "entries") != 0) {
        return;
    }
    HB_GROW(vdb->commits, vdb->commits_len, vdb->commits_cap);
    vdb->commits[vdb->commits_len++] = (struct vdb_commit){
        .room = new_int(db, ROOM),
        .seq = (uint64_t)new_int(db, SEQ),
        .sender = new_int(db, SENDER),
        .client_id = keep(vdb, new_value(db, CLIENT_ID)),
        .kind = (enum entry_kind)new_int(db, KIND),
        .content = keep(vdb, new_value(db, CONTENT)),
        .node = new_int(db, NODE),
        .stamp = (uint64_t)new_int(db, STAMP),
        .hlc = (uint64_t)new_int(db, HLC),
    };
}

static void fix_text(const struct buf *texts, struct text *text)
{
    if (text->bytes != NULL) {
        text->bytes = texts->bytes + ((uintptr_t)text->bytes - 1);
    }
}

void vdb_commits_begin(struct vdb *vdb)
{
    vdb->commits_len = 0;
    buf_clear(&vdb->commit_texts);
    buf_reserve(&vdb->commit_texts, 1);
}

void vdb_commits_end(struct vdb *vdb)
{
    for (size_t i = 0; i < vdb->commits_len; i++) {
        fix_text(&vdb->commit_texts, &vdb->commits[i].client_id);
        fix_text(&vdb->commit_texts, &vdb->commits[i].content);
    }
}

uint32_t vdb_commits(const struct vdb *vdb, const struct vdb_commit **ret)
{
    *ret = vdb->commits;
    return (uint32_t)vdb->commits_len;
}

/* --- Life ----------------------------------------------------------------------------------- */

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

struct vdb *vdb_new(uint64_t epoch)
{
    struct vdb *vdb = hb_calloc(1, sizeof *vdb);
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX;

    vdb->epoch = epoch;
    if (sqlite3_open_v2(":memory:", &vdb->db, flags, NULL) != SQLITE_OK) {
        hb_panic(__FILE__, __LINE__, __func__, "SQLite cannot open a database in memory");
    }
    vdb_check(vdb, sqlite3_exec(vdb->db, PRAGMAS, NULL, NULL, NULL), SQLITE_OK);
    vdb_check(vdb, sqlite3_exec(vdb->db, db_schema_sqlite(), NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_preupdate_hook(vdb->db, on_change, vdb);
    for (int i = 0; i < DB_STMT_COUNT; i++) {
        vdb->stmts[i] = prepare(vdb, db_stmt_info((enum db_stmt)i)->sql);
    }
    vdb->begin = prepare(vdb, "BEGIN");
    vdb->commit = prepare(vdb, "COMMIT");
    vdb->rollback = prepare(vdb, "ROLLBACK");
    vdb->journal_on = prepare(vdb, "PRAGMA journal_mode = MEMORY");
    vdb->journal_off = prepare(vdb, "PRAGMA journal_mode = OFF");
    vdb->journaled = true;
    vdb->seed_user =
        prepare(vdb, "INSERT INTO users(name) VALUES($1) ON CONFLICT(name) DO NOTHING");
    vdb->user_key = prepare(vdb, "SELECT id FROM users WHERE name = $1");
    vdb->seed_room =
        prepare(vdb, "INSERT INTO rooms(id, name, open, head, hlc) VALUES($1, $2, 1, $3, $4)");
    vdb->seed_member =
        prepare(vdb, "INSERT INTO members(room, usr, joined_seq) VALUES($1, $2, $3)");
    vdb->seed_entry = prepare(
        vdb, "INSERT INTO entries(room, seq, sender, client_id, kind, content, node, stamp, hlc, "
             "at_ms) VALUES($1, $2, $3, NULL, $4, NULL, $5, $6, $6, $7)");
    vdb->log = prepare(vdb, "SELECT room, seq, sender, client_id, kind, content, node, stamp, hlc "
                            "FROM entries ORDER BY room, seq");
    vdb->user_name = prepare(vdb, "SELECT name FROM users WHERE id = $1");
    vdb->room_name = prepare(vdb, "SELECT name FROM rooms WHERE id = $1");
    vdb->node_name = prepare(vdb, "SELECT name FROM nodes WHERE id = $1");
    sqlite3_stmt *meta = prepare(vdb, "INSERT INTO meta(epoch) VALUES($1)");
    vdb_check(vdb, sqlite3_bind_int64(meta, 1, (sqlite3_int64)epoch), SQLITE_OK);
    vdb_run_once(vdb, meta);
    (void)sqlite3_finalize(meta);
    vdb_check(vdb,
              sqlite3_exec(vdb->db, "INSERT INTO nodes(name, incarnation) VALUES('seed', 1)", NULL,
                           NULL, NULL),
              SQLITE_OK);
    vdb->seed_node = sqlite3_last_insert_rowid(vdb->db);
    return vdb;
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
    buf_deinit(&vdb->texts);
    buf_deinit(&vdb->commit_texts);
    buf_deinit(&vdb->name);
    free(vdb);
    *vdb_pointer = NULL;
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

/* --- Transactions --------------------------------------------------------------------------- */

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

/* HB_EDENIED: a constraint refused it. */
static enum hb_err run_call(struct vdb *vdb, const struct db_call *call, struct db_rows *rows)
{
    const struct db_stmt_info *info = db_stmt_info(call->stmt);
    sqlite3_stmt *stmt = vdb->stmts[call->stmt];
    int got;

    HB_ASSERT(call->params_len == info->params);
    *rows = (struct db_rows){.columns = info->columns};
    bind_all(vdb, stmt, call);
    while ((got = sqlite3_step(stmt)) == SQLITE_ROW) {
        take_row(vdb, stmt, info->columns);
        rows->rows_len++;
    }
    (void)sqlite3_reset(stmt);
    if (got == SQLITE_CONSTRAINT || (got & 0xff) == SQLITE_CONSTRAINT) {
        return HB_EDENIED;
    }
    vdb_check(vdb, got, SQLITE_DONE);
    return HB_OK;
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
    HB_ASSERT(commit || vdb->journaled || vdb->commits_len == 0); /* there is nothing to undo */
    vdb_run_once(vdb, commit || !vdb->journaled ? vdb->commit : vdb->rollback);
    if (!commit) {
        vdb->commits_len = 0;
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
    }
    for (uint32_t i = 0; i < tx->calls_len && err == HB_OK; i++) {
        HB_ASSERT(!tx->read_only || !db_stmt_info(tx->calls[i].stmt)->writes);
        err = run_call(vdb, &tx->calls[i], &vdb->calls[i]);
    }
    if (!tx->read_only) {
        end(vdb, commit && err == HB_OK);
    }
    vdb_commits_end(vdb);

    const struct db_value *value = vdb->values;
    for (size_t i = 0; i < vdb->values_len; i++) {
        if (vdb->values[i].kind == DB_TEXT) {
            vdb->values[i].text.bytes = vdb->texts.bytes + (uintptr_t)vdb->values[i].text.bytes;
        }
    }
    for (uint32_t i = 0; i < tx->calls_len && err == HB_OK; i++) {
        vdb->calls[i].values = value;
        value += (size_t)vdb->calls[i].rows_len * vdb->calls[i].columns;
    }
    *ret = (struct db_answer){.token = tx->token,
                              .err = err,
                              .epoch = vdb->epoch,
                              .calls_len = err == HB_OK ? tx->calls_len : 0,
                              .calls = vdb->calls};
}
