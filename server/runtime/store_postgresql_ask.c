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

bool pg_execute_within(PGconn *conn, const char *sql, int64_t ms, struct buf *message)
{
    PGresult *result = pg_await(conn, PQsendQuery(conn, sql), ms);
    const bool ok = pg_good(result);

    if (!ok) {
        store_message_line(message, result != NULL ? PQresultErrorMessage(result)
                                                   : "PostgreSQL accepts but does not answer");
    }
    PQclear(result);
    return ok;
}

bool pg_execute(PGconn *conn, const char *sql, struct buf *message)
{
    return pg_execute_within(conn, sql, PG_ANSWER_MS_MAX, message);
}
