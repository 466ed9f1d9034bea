/* See store_postgresql_ask.h. */
#include "server/runtime/store_postgresql_ask.h"

#include "server/runtime/store_internal.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

PGresult *pg_await(PGconn *conn, int sent, int64_t ms)
{
    const int64_t end = now_ms() + ms;
    PGresult *last = NULL;

    while (sent == 1) {
        while (!PQisBusy(conn)) {
            PGresult *result = PQgetResult(conn);
            if (result == NULL) {
                return last;
            }
            PQclear(last);
            last = result;
        }
        struct pollfd fd = {.fd = PQsocket(conn), .events = POLLIN};
        const int64_t left = end - now_ms();
        const int ready = left > 0 ? poll(&fd, 1, (int)left) : 0;
        if (ready == 0 || (ready < 0 && errno != EINTR) || !PQconsumeInput(conn)) {
            break;
        }
    }
    PQclear(last);
    return NULL;
}

PGresult *pg_query(PGconn *conn, const char *sql)
{
    return pg_await(conn, PQsendQuery(conn, sql), PG_ANSWER_MS_MAX);
}

bool pg_good(const PGresult *result)
{
    const ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

const char *pg_advice(const char *sqlstate)
{
    static const char pooler[] =
        "a pooler stands between that gives each transaction another connection of PostgreSQL, "
        "and this needs one for itself; set pool_mode = session (PgBouncer), or give "
        "PostgreSQL's own address";
    static const char version[] =
        "the tables may be of another version or made by another program; give another database";
    static const struct {
        const char *state, *advice;
    } known[] = {
        {"26000", pooler}, /* a prepared statement is not there */
        {"42P05", pooler}, /* it is there already */
        {"42501", "give this user the right to it: tables belong to whoever made them"},
        {"42P01", version},
        {"42703", version},
        {"42883", version},
        {"25006", "give the address of the primary"},
        {"53100", "make room on the server's disk"},
        {"53300", "raise max_connections, or end what has them"},
        {"57P03", "wait until it has started"},
    };

    for (size_t i = 0; sqlstate != NULL && i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].state, sqlstate) == 0) {
            return known[i].advice;
        }
    }
    return NULL;
}

void pg_refusal(const PGresult *result, struct buf *message)
{
    const char *advice = pg_advice(PQresultErrorField(result, PG_DIAG_SQLSTATE));

    store_message_line(message, result != NULL ? PQresultErrorMessage(result)
                                               : "PostgreSQL accepts but does not answer");
    buf_printf(message, "; %s", advice != NULL ? advice : "its log may say more");
}

bool pg_execute_within(PGconn *conn, const char *sql, int64_t ms, struct buf *message)
{
    PGresult *result = pg_await(conn, PQsendQuery(conn, sql), ms);
    const bool ok = pg_good(result);

    if (!ok) {
        pg_refusal(result, message);
    }
    PQclear(result);
    return ok;
}

bool pg_execute(PGconn *conn, const char *sql, struct buf *message)
{
    return pg_execute_within(conn, sql, PG_ANSWER_MS_MAX, message);
}
