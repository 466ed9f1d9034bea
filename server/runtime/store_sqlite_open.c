/* Opening a SQLite file. See store_sqlite.h. */
#include "server/runtime/store_internal.h"
#include "server/runtime/store_sqlite.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BUSY_MS     500 /* an owner that is just ending; then it is in use */
#define CHECK_NS    UINT64_C(3000000000)
#define CHECK_STEPS 100000
#define CACHE_PAGES "16384" /* of 4 KiB: 64 MiB */

static const char *const step_sql[SQLITE_STEP_COUNT] = {
    [SQLITE_STEP_BEGIN] = "BEGIN IMMEDIATE", [SQLITE_STEP_BEGIN_READ] = "BEGIN",
    [SQLITE_STEP_COMMIT] = "COMMIT",         [SQLITE_STEP_ROLLBACK] = "ROLLBACK",
    [SQLITE_STEP_SAVE] = "SAVEPOINT tx",     [SQLITE_STEP_RELEASE] = "RELEASE tx",
    [SQLITE_STEP_UNDO] = "ROLLBACK TO tx",
};

/* The process that holds a lock on the file, for the message; 0: not found. /proc/locks is read
 * because opening the file here and closing it would drop this process' own locks on it. */
static long owner_of(const char *path)
{
    struct stat info;
    char line[256];
    long owner = 0;
    FILE *locks = stat(path, &info) == 0 ? fopen("/proc/locks", "re") : NULL;

    while (locks != NULL && owner == 0 && fgets(line, sizeof line, locks) != NULL) {
        const char *inode = strrchr(line, ':'); /* 1: POSIX ADVISORY WRITE 708 08:01:4711 0 EOF */
        const char *pid = strstr(line, "WRITE ");
        if (inode != NULL && pid != NULL &&
            strtoumax(inode + 1, NULL, 10) == (uintmax_t)info.st_ino) {
            owner = strtol(pid + strlen("WRITE "), NULL, 10);
        }
    }
    if (locks != NULL) {
        (void)fclose(locks);
    }
    return owner;
}

/* What `code` means for whoever started this. */
static enum hb_err explain(struct sqlite_file *file, const char *path, int code,
                           struct buf *message)
{
    buf_clear(message);
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: {
        const long owner = owner_of(path);
        buf_printf(message, "another process uses \"%s\"", path);
        if (owner > 0) {
            buf_printf(message, " (pid %ld)", owner);
        }
        buf_add_text(message, "; stop it or give another file: a SQLite file belongs to one node");
        return HB_EAGAIN;
    }
    case SQLITE_NOTADB:
        buf_printf(message, "\"%s\" is not a SQLite database; give another path or move it away",
                   path);
        return HB_EDENIED;
    case SQLITE_CORRUPT:
        buf_printf(message, "\"%s\" is damaged; bring back a copy of it", path);
        return HB_EDENIED;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        buf_printf(message, "\"%s\" cannot be written; check its owner and its rights", path);
        return HB_EDENIED;
    case SQLITE_FULL:
        buf_printf(message, "the disk of \"%s\" is full; make room", path);
        return HB_EAGAIN;
    case SQLITE_CANTOPEN: {
        const int os = sqlite3_system_errno(file->db);
        buf_printf(message,
                   "cannot open \"%s\": %s; give a file in a folder that exists and that "
                   "this user may write",
                   path, os != 0 ? strerror(os) : sqlite3_errmsg(file->db));
        return HB_EDENIED;
    }
    default:
        buf_printf(message, "cannot use \"%s\": ", path);
        store_message_line(message, sqlite3_errmsg(file->db));
        buf_add_text(message, "; check the file, its folder and the disk");
        return HB_EDENIED;
    }
}

static int on_table(void *context, int columns, char **values, char **names)
{
    (void)columns;
    (void)names;
    store_tables_count(context, values[0]);
    return 0;
}

static int execute(struct sqlite_file *file, const char *sql)
{
    return sqlite3_exec(file->db, sql, NULL, NULL, NULL);
}

/* Makes this process the owner; nothing else has been read or written yet. */
static int own(struct sqlite_file *file, enum store_durability durability)
{
    const char *synchronous =
        durability == STORE_DISK ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL";
    int err = sqlite3_busy_timeout(file->db, BUSY_MS);

    if (sqlite3_db_readonly(file->db, "main") == 1) {
        return SQLITE_READONLY; /* opened all the same, for reading */
    }
    /* In this order: with an exclusive lock WAL needs no shared memory, and takes the lock. */
    err = err == SQLITE_OK ? execute(file, "PRAGMA locking_mode = EXCLUSIVE") : err;
    err = err == SQLITE_OK ? execute(file, "PRAGMA journal_mode = WAL") : err;
    err = err == SQLITE_OK ? execute(file, synchronous) : err;
    err = err == SQLITE_OK ? execute(file, "PRAGMA cache_size = " CACHE_PAGES) : err;
    err = err == SQLITE_OK ? execute(file, "BEGIN EXCLUSIVE") : err;
    return err;
}

static int on_version(void *context, int columns, char **values, char **names)
{
    struct store_tables *tables = context;

    (void)columns;
    (void)names;
    tables->version = values[0] == NULL ? 0 : strtoll(values[0], NULL, 10);
    tables->oldest = values[1] == NULL ? 0 : strtoll(values[1], NULL, 10);
    return 0;
}

static int tables_look(struct sqlite_file *file, struct store_tables *ret)
{
    sqlite3_stmt *told = NULL;
    int got = sqlite3_exec(file->db,
                           "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
                           "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
                           on_table, ret, NULL);
    got = got == SQLITE_OK ? sqlite3_prepare_v2(file->db,
                                                "SELECT 1 FROM pragma_table_info('meta') "
                                                "WHERE name = 'version'",
                                                -1, &told, NULL)
                           : got;
    if (got == SQLITE_OK && sqlite3_step(told) == SQLITE_ROW) {
        ret->version = -1;
        got = sqlite3_exec(file->db, "SELECT version, oldest FROM meta", on_version, ret, NULL);
    }
    (void)sqlite3_finalize(told);
    return got;
}

/* The steps that the file lacks, and the epoch of a new one. */
static int tables_bring(struct sqlite_file *file, const struct db_schema *schema, uint32_t has)
{
    char sql[STORE_TELL_CAP];
    int got = SQLITE_OK;

    for (uint32_t i = has; i < schema->version && got == SQLITE_OK; i++) {
        got = schema->steps[i].sqlite != NULL ? execute(file, schema->steps[i].sqlite) : SQLITE_OK;
    }
    if (has == 0 && got == SQLITE_OK) {
        (void)snprintf(sql, sizeof sql, "INSERT INTO meta(epoch) VALUES(%" PRId64 ")",
                       store_epoch_draw());
        got = execute(file, sql);
    }
    if (has < schema->version && got == SQLITE_OK) {
        store_tables_tell(schema, sql);
        got = execute(file, sql);
    }
    return got == SQLITE_OK ? execute(file, "COMMIT") : got;
}

/* Within the exclusive transaction, which a failure leaves to be rolled back. */
static enum hb_err tables_make(struct sqlite_file *file, const char *path,
                               const struct db_schema *schema, struct buf *message)
{
    struct store_tables tables = {.schema = schema};
    uint32_t has = 0;

    int got = tables_look(file, &tables);
    if (got != SQLITE_OK) {
        return explain(file, path, got, message);
    }
    buf_printf(message, "cannot use \"%s\": ", path);
    const enum hb_err err = store_tables_judge(&tables, &has, message);
    if (err != HB_OK) {
        return err;
    }
    got = tables_bring(file, schema, has);
    if (got != SQLITE_OK) {
        return explain(file, path, got, message);
    }
    store_tables_done(schema, has, message);
    return HB_OK;
}

static int on_epoch(void *context, int columns, char **values, char **names)
{
    (void)columns;
    (void)names;
    *(uint64_t *)context = values[0] == NULL ? 0 : strtoull(values[0], NULL, 10);
    return 0;
}

/* Prepares every statement; reads the epoch. False: these are tables of another kind. */
static bool prepare(struct sqlite_file *file)
{
    for (int i = 0; i < DB_STMT_COUNT; i++) {
        const struct db_stmt_info *info = db_stmt_info((enum db_stmt)i);
        if (sqlite3_prepare_v3(file->db, info->sql, -1, SQLITE_PREPARE_PERSISTENT, &file->stmts[i],
                               NULL) != SQLITE_OK) {
            return false;
        }
        HB_ASSERT(sqlite3_column_count(file->stmts[i]) == (int)info->columns);
    }
    for (int i = 0; i < SQLITE_STEP_COUNT; i++) {
        if (sqlite3_prepare_v3(file->db, step_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &file->steps[i], NULL) != SQLITE_OK) {
            return false;
        }
    }
    return sqlite3_exec(file->db, "SELECT epoch FROM meta", on_epoch, &file->epoch, NULL) ==
               SQLITE_OK &&
           file->epoch != 0;
}

/* One that was emptied would pass for a new one. */
static enum hb_err not_emptied(const char *path, struct buf *message)
{
    struct stat info;

    if (stat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_size == 0) {
        buf_printf(message,
                   "\"%s\" is empty, as no database of ours ever is; bring back a copy of it, or "
                   "remove it to begin with nothing",
                   path);
        return HB_EDENIED;
    }
    return HB_OK;
}

static enum hb_err open_all(struct sqlite_file *file, const char *path,
                            enum store_durability durability, const struct db_schema *schema,
                            struct buf *message)
{
    if (not_emptied(path, message) != HB_OK) {
        return HB_EDENIED;
    }

    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                      SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
    int got = sqlite3_open_v2(path, &file->db, flags, NULL);
    got = got == SQLITE_OK ? own(file, durability) : got;
    if (got != SQLITE_OK) {
        return explain(file, path, got, message);
    }
    const enum hb_err err = tables_make(file, path, schema, message);
    if (err != HB_OK) {
        return err;
    }
    if (!prepare(file)) {
        buf_clear(message);
        buf_printf(message, "the tables in \"%s\" are not of this version (", path);
        store_message_line(message, sqlite3_errmsg(file->db));
        buf_add_text(message, "); give another file");
        return HB_EDENIED;
    }
    sqlite_watch_begin(file, path);
    return HB_OK;
}

enum hb_err sqlite_file_open(struct sqlite_file *file, const char *path,
                             enum store_durability durability, const struct db_schema *schema,
                             struct buf *message)
{
    const enum hb_err err = open_all(file, path, durability, schema, message);

    if (err != HB_OK) {
        sqlite_file_close(file);
    }
    return err;
}

void sqlite_file_close(struct sqlite_file *file)
{
    for (int i = 0; i < DB_STMT_COUNT; i++) {
        (void)sqlite3_finalize(file->stmts[i]);
    }
    for (int i = 0; i < SQLITE_STEP_COUNT; i++) {
        (void)sqlite3_finalize(file->steps[i]);
    }
    if (file->watch.ruined) { /* what is in the log belongs to a file that is not there any more */
        (void)sqlite3_db_config(file->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    }
    (void)sqlite3_close(file->db);
    sqlite_watch_end(file);
    *file = (struct sqlite_file){0};
}

static int on_step(void *context)
{
    return uv_hrtime() >= *(const uint64_t *)context;
}

enum hb_err sqlite_file_check(struct sqlite_file *file, struct buf *message)
{
    const uint64_t end_ns = uv_hrtime() + CHECK_NS;
    enum hb_err err = HB_OK;

    sqlite3_progress_handler(file->db, CHECK_STEPS, on_step, (void *)(uintptr_t)&end_ns);
    const int got = sqlite_quick_check(file->db);
    if (got != SQLITE_OK && (got & 0xff) != SQLITE_INTERRUPT) {
        err = explain(file, file->watch.path, got, message);
    }
    sqlite3_progress_handler(file->db, 0, NULL, NULL);
    return err;
}
