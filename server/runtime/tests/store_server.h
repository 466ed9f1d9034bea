/* A private PostgreSQL for a test: a cluster in a folder of its own below /tmp, reached over a unix
 * socket in it. A guardian process ends and removes it however the test ends. As root it runs as
 * user postgres, for PostgreSQL refuses root. */
#ifndef HUBBUB_SERVER_RUNTIME_TESTS_STORE_SERVER_H
#define HUBBUB_SERVER_RUNTIME_TESTS_STORE_SERVER_H

#include "server/base/base.h"
#include "server/base/mem.h"

#include <sys/types.h>

struct store_server {
    char dir[40];
    pid_t pid; /* the postmaster; 0: not running */
    pid_t guardian;
    unsigned databases_count; /* of store_server_new */
    int guarded;              /* our end of the pipe whose other end the guardian reads */
};

/* False: it says on stderr what is missing. Ended with store_server_end in any case. */
bool store_server_begin(struct store_server *server);
void store_server_end(struct store_server *server);

/* fork() for a test: a child that outlives the test does not keep the guardian waiting. */
pid_t store_server_fork(struct store_server *server);
/* In a child: if it is root, it becomes user postgres for good. */
bool store_server_root_leave(void);
/* The address of a new, empty database: a file in the server's folder, or "tN" on the server. Gives
 * ret->bytes too. */
enum store_kind { STORE_SQLITE, STORE_POSTGRESQL, STORE_KIND_COUNT };
const char *store_server_new(struct store_server *server, enum store_kind kind, struct buf *ret);
/* Starts the postmaster and waits until it accepts connections. */
bool store_server_start(struct store_server *server);
/* Ends it with `signal`: SIGQUIT as a crash would, SIGINT in order. */
void store_server_stop(struct store_server *server, int signal);
/* An empty file in the data folder, for the server. */
bool store_server_touch(const struct store_server *server, const char *name);
/* Runs psql; what it printed stands in *ret, without the last line break. */
bool store_server_sql(const struct store_server *server, const char *database, const char *sql,
                      struct buf *ret);
/* `who`: "user" or "user:password". */
void store_server_uri(const struct store_server *server, const char *who, const char *database,
                      struct buf *ret);

#endif
