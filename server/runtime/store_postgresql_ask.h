/* Questions to PostgreSQL that block until they are answered; every wait has an end, so that a server
 * that accepts and then says nothing is left again. */
#ifndef HUBBUB_SERVER_RUNTIME_STORE_POSTGRESQL_ASK_H
#define HUBBUB_SERVER_RUNTIME_STORE_POSTGRESQL_ASK_H

#include "server/base/base.h"
#include "server/base/mem.h"

#include <libpq-fe.h>

#define PG_ANSWER_MS_MAX 20000 /* longer than the server's own limits, which say more */

/* The last result of what was just sent (`sent`: libpq's 1); NULL: no answer came. Freed with PQclear. */
PGresult *pg_await(PGconn *conn, int sent, int64_t ms);
PGresult *pg_query(PGconn *conn, const char *sql);
bool pg_good(const PGresult *result);
/* What a person can do about an error, by its SQLSTATE (PostgreSQL, appendix A), or NULL. */
const char *pg_advice(const char *sqlstate);
/* Adds what the server had against it (NULL: it gave no answer), and what to do. */
void pg_refusal(const PGresult *result, struct buf *message);
/* Runs what gives no rows that matter. False: `message` says as pg_refusal does. */
HB_MUST_USE bool pg_execute(PGconn *conn, const char *sql, struct buf *message);
HB_MUST_USE bool pg_execute_within(PGconn *conn, const char *sql, int64_t ms, struct buf *message);

#endif
