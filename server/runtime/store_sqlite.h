/* Opening a SQLite file: the part of the store on SQLite that knows no loop and no thread. */
#ifndef HUBBUB_SERVER_RUNTIME_STORE_SQLITE_H
#define HUBBUB_SERVER_RUNTIME_STORE_SQLITE_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/node/db.h"
#include "server/node/schema.h"
#include "server/runtime/store.h"

#include <sys/stat.h>

struct sqlite3;
struct sqlite3_stmt;

enum sqlite_step { /* what is not of the catalogue */
                   SQLITE_STEP_BEGIN,
                   SQLITE_STEP_BEGIN_READ,
                   SQLITE_STEP_COMMIT,
                   SQLITE_STEP_ROLLBACK,
                   SQLITE_STEP_SAVE,
                   SQLITE_STEP_RELEASE,
                   SQLITE_STEP_UNDO,
                   SQLITE_STEP_COUNT
};

/* The file as this process left it: see store_sqlite_watch.c. */
struct sqlite_watch {
    char *path; /* owned */
    struct stat as_left;
    unsigned char head[100]; /* what a database begins with; it changes with each checkpoint */
    unsigned wal_pages;      /* by the last commit */
    off_t log_bytes;         /* at the last look */
    bool ruined;
};

/* A file that this process alone owns, ready for batches. All zero is a closed one. */
struct sqlite_file {
    struct sqlite3 *db;
    struct sqlite3_stmt *stmts[DB_STMT_COUNT];
    struct sqlite3_stmt *steps[SQLITE_STEP_COUNT];
    uint64_t epoch;
    struct sqlite_watch watch;
};

/* Opens `path`, brings its tables to `schema`'s version, prepares every statement; if it brought older
 * ones there `message` says so. On failure the file is closed and `message` says in one line why. HB_EAGAIN: it is in use, or its disk is full;
 * HB_EDENIED: for a person to solve. */
HB_MUST_USE enum hb_err sqlite_file_open(struct sqlite_file *file, const char *path,
                                         enum store_durability durability,
                                         const struct db_schema *schema, struct buf *message);
void sqlite_file_close(struct sqlite_file *file);
/* Looks for damage, for seconds at most: a large file is looked at in part. HB_EDENIED: it is damaged, and
 * `message` says so. */
HB_MUST_USE enum hb_err sqlite_file_check(struct sqlite_file *file, struct buf *message);
/* SQLITE_OK: no damage was found; SQLITE_CORRUPT, or what kept it from looking. */
HB_MUST_USE int sqlite_quick_check(struct sqlite3 *db);

/* --- Whether the file is still the one that was opened, and whole --- */

/* From now on. */
void sqlite_watch_begin(struct sqlite_file *file, const char *path);
/* Before a transaction and after its commit: whether what was committed is where whoever starts next will find
 * it. Moves what waits
 * in the log into the file, when it is much. False, then and ever after: no; `words` says why. */
HB_MUST_USE bool sqlite_watch_look(struct sqlite_file *file, struct buf *words);
void sqlite_watch_end(struct sqlite_file *file);

#endif
