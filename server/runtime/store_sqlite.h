/* Opening a SQLite file: the part of the store on SQLite that knows no loop and no thread. */
#ifndef HUBBUB_SERVER_RUNTIME_STORE_SQLITE_H
#define HUBBUB_SERVER_RUNTIME_STORE_SQLITE_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/node/db.h"
#include "server/node/schema.h"

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

/* A file that this process alone owns, ready for batches. All zero is a closed one. */
struct sqlite_file {
    struct sqlite3 *db;
    struct sqlite3_stmt *stmts[DB_STMT_COUNT];
    struct sqlite3_stmt *steps[SQLITE_STEP_COUNT];
    uint64_t epoch;
};

/* Opens `path`, brings its tables to `schema`'s version, prepares every statement; if it brought older
 * ones there `message` says so. On failure the file is closed and `message` says in one line why. HB_EAGAIN: it is in use, or its disk is full;
 * HB_EDENIED: for a person to solve. */
HB_MUST_USE enum hb_err sqlite_file_open(struct sqlite_file *file, const char *path,
                                         const struct db_schema *schema, struct buf *message);
void sqlite_file_close(struct sqlite_file *file);

#endif
