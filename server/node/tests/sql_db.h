/* The catalogue on SQLite `:memory:`, for tests: transactions of the node's own form, and SQL. */
#ifndef HUBBUB_SERVER_NODE_TESTS_SQL_DB_H
#define HUBBUB_SERVER_NODE_TESTS_SQL_DB_H

#include "server/node/db.h"

struct sql_db;

struct sql_db *sql_db_new(uint64_t epoch) HB_MUST_USE;
void sql_db_epoch_set(struct sql_db *db, uint64_t epoch);
void sql_db_free(struct sql_db **db);
/* *ret is valid until the next call. A constraint gives HB_EDENIED and rolls back. */
void sql_db_run(struct sql_db *db, const struct db_tx *tx, bool commit, struct db_answer *ret);
void sql_db_exec(struct sql_db *db, const char *sql);
int64_t sql_db_int(struct sql_db *db, const char *sql);

#endif
