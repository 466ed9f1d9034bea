/* The virtual database's inside: the connection, its prepared statements, and binding. See vdb.h. */
#ifndef HUBBUB_SIM_VDB_STATEMENTS_H
#define HUBBUB_SIM_VDB_STATEMENTS_H

#include "server/base/mem.h"
#include "sim/vdb/vdb.h"

#include <sqlite3.h>

#define NODE_KEYS_MAX 1024 /* of names that are remembered */

struct vdb {
    sqlite3 *db;
    sqlite3_stmt *stmts[DB_STMT_COUNT];
    sqlite3_stmt *begin, *commit, *rollback;
    sqlite3_stmt *journal_on, *journal_off;
    bool journaled; /* a rollback would undo what was written */
    sqlite3_stmt *seed_user, *user_key, *seed_room, *seed_member, *seed_entry;
    sqlite3_stmt *seed_meta, *seed_nodes;
    sqlite3_stmt *log, *user_name, *room_name, *node_name;
    uint64_t epoch;
    int64_t seed_node;
    uint32_t rooms;
    uint64_t seed_stamps;

    struct db_rows calls[DB_CALLS_MAX]; /* of the last answer */
    struct db_value *values;            /* while running, a text's pointer is its offset */
    size_t values_len, values_cap;
    struct buf texts;

    struct vdb_commit *commits; /* of the last run; texts as offsets until it ends */
    size_t commits_len, commits_cap;
    struct buf commit_texts;
    struct vdb_rewrite *rewrites; /* of the last run */
    size_t rewrites_len, rewrites_cap;
    struct vdb_receipt *receipts; /* of the last run */
    size_t receipts_len, receipts_cap;
    struct buf name; /* the last that was asked for */
    char *node_names[NODE_KEYS_MAX];
};

sqlite3_stmt *vdb_prepare(struct vdb *vdb, const char *sql);
/* Panics unless SQLite said what is wanted. */
void vdb_check(const struct vdb *vdb, int got, int want);
/* A statement without rows, bound before. */
void vdb_run_once(struct vdb *vdb, sqlite3_stmt *stmt);
void vdb_bind_text(struct vdb *vdb, sqlite3_stmt *stmt, int index, struct text text); /* borrows */
void vdb_bind_int(struct vdb *vdb, sqlite3_stmt *stmt, int index, int64_t value);

#endif
