/* See installation.h. */
#include "server/runtime/installation.h"

#include "server/protocol/seal.h"
#include "server/runtime/store_internal.h"
#include "server/runtime/store_postgresql.h"
#include "server/runtime/store_postgresql_ask.h"
#include "server/runtime/store_sqlite.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ "SELECT identity, sealed_by FROM meta"

struct meta {
    int64_t identity, sealed_by; /* 0: none yet */
};

/* What is to become of the row that was read; `sql` stays empty where nothing is. */
struct change {
    const struct node_config *config;
    bool adopt;
    struct meta meta; /* afterwards */
    char sql[256];
};

static bool holds(const struct node_config *config, int64_t fingerprint)
{
    for (uint32_t i = 0; i < config->cursor_keys_len; i++) {
        if (seal_fingerprint(&config->cursor_keys[i]) == fingerprint) {
            return true;
        }
    }
    return false;
}

static enum hb_err decide(struct change *change, struct meta now, struct buf *message)
{
    const int64_t own = seal_fingerprint(&change->config->cursor_keys[0]);

    change->sql[0] = '\0';
    if (change->adopt) {
        change->meta = (struct meta){store_epoch_draw(), own};
        (void)snprintf(change->sql, sizeof change->sql,
                       "UPDATE meta SET identity = %" PRId64 ", sealed_by = %" PRId64
                       ", epoch = %" PRId64 "; UPDATE nodes SET incarnation = incarnation + 1",
                       change->meta.identity, own, store_epoch_draw());
        return HB_OK;
    }
    if (now.sealed_by != 0 && !holds(change->config, now.sealed_by)) {
        buf_clear(message);
        buf_add_text(
            message,
            "the nodes of this database write with another cursor key than any that is "
            "given here; give the keys that they have (--keys), or, if this is a copy that "
            "is to live by itself, adopt it once with these keys (--adopt)");
        return HB_EDENIED;
    }
    change->meta = (struct meta){now.identity != 0 ? now.identity : store_epoch_draw(), own};
    if (change->meta.identity != now.identity || own != now.sealed_by) {
        (void)snprintf(change->sql, sizeof change->sql,
                       "UPDATE meta SET identity = %" PRId64 ", sealed_by = %" PRId64,
                       change->meta.identity, own);
    }
    return HB_OK;
}

/* --- SQLite --------------------------------------------------------------------------------- */

static int on_meta(void *context, int columns, char **values, char **names)
{
    struct meta *meta = context;

    (void)columns;
    (void)names;
    meta->identity = values[0] != NULL ? strtoll(values[0], NULL, 10) : 0;
    meta->sealed_by = values[1] != NULL ? strtoll(values[1], NULL, 10) : 0;
    return 0;
}

static bool run(struct sqlite_file *file, const char *sql, struct meta *ret, struct buf *message)
{
    if (sqlite3_exec(file->db, sql, on_meta, ret, NULL) == SQLITE_OK) {
        return true;
    }
    buf_clear(message);
    buf_add_text(message, "cannot write whose database this is: ");
    store_message_line(message, sqlite3_errmsg(file->db));
    return false;
}

static enum hb_err change_sqlite(const char *where, struct change *change, struct buf *message)
{
    struct sqlite_file file = {0};
    struct meta now = {0};

    enum hb_err err = sqlite_file_open(&file, where, STORE_DISK, db_schema(), message);
    if (err != HB_OK) {
        return err;
    }
    err = run(&file, READ, &now, message) ? decide(change, now, message) : HB_EDENIED;
    if (err == HB_OK && change->sql[0] != '\0') {
        err = run(&file, "BEGIN IMMEDIATE", &now, message) &&
                      run(&file, change->sql, &now, message) && run(&file, "COMMIT", &now, message)
                  ? HB_OK
                  : HB_EDENIED;
    }
    sqlite_file_close(&file);
    return err;
}

/* --- PostgreSQL ----------------------------------------------------------------------------- */

static enum hb_err read_row(PGconn *conn, const char *sql, struct meta *ret, struct buf *message)
{
    PGresult *result = pg_query(conn, sql);
    const bool read = pg_good(result) && PQntuples(result) == 1;

    if (read) {
        ret->identity = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        ret->sealed_by = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
    } else {
        buf_add_text(message,
                     "PostgreSQL: whose database this is cannot be read or written; table meta "
                     "has to hold one row that this user may change");
    }
    PQclear(result);
    return read ? HB_OK : HB_EDENIED;
}

/* Behind the row's lock: of two nodes that start at once the second one finds what the first one wrote. Who has
 * nothing to change needs no right to. */
static enum hb_err change_row(PGconn *conn, struct change *change, struct buf *message)
{
    struct meta now = {0};

    enum hb_err err = read_row(conn, READ, &now, message);
    err = err == HB_OK ? decide(change, now, message) : err;
    if (err != HB_OK || change->sql[0] == '\0') {
        return err;
    }
    if (!pg_execute(conn, "BEGIN", message)) {
        return HB_EAGAIN;
    }
    err = read_row(conn, READ " FOR UPDATE", &now, message);
    err = err == HB_OK ? decide(change, now, message) : err;
    if (err == HB_OK && ((change->sql[0] != '\0' && !pg_execute(conn, change->sql, message)) ||
                         !pg_execute(conn, "COMMIT", message))) {
        err = HB_EDENIED;
    }
    return err;
}

static enum hb_err change_postgresql(const char *where, struct change *change, struct buf *message)
{
    PGconn *conn = NULL;
    uint64_t epoch;

    enum hb_err err = pg_connect(where, false, db_schema(), true, &conn, &epoch, message);
    if (err != HB_OK) {
        return err;
    }
    struct buf refused = {0};
    err = PQexitPipelineMode(conn) == 1 && PQsetnonblocking(conn, 0) == 0
              ? change_row(conn, change, &refused)
              : HB_EAGAIN;
    if (err != HB_OK) {
        buf_clear(message);
        buf_add(message, refused.bytes, refused.len);
    }
    buf_deinit(&refused);
    PQfinish(conn);
    return err;
}

static enum hb_err change_apply(const char *where, struct change *change, struct buf *message)
{
    buf_clear(message);
    if (store_place_check(where, message) != HB_OK) {
        return HB_EDENIED;
    }
    return store_is_postgresql(where) ? change_postgresql(where, change, message)
                                      : change_sqlite(where, change, message);
}

/* --- Both ----------------------------------------------------------------------------------- */

enum hb_err installation_take(const char *where, struct node_config *config, struct buf *message)
{
    struct change change = {.config = config};
    const enum hb_err err = change_apply(where, &change, message);

    if (err == HB_OK) {
        config->identity = (uint64_t)change.meta.identity;
    }
    return err;
}

enum hb_err installation_adopt(const char *where, const struct node_config *config,
                               struct buf *message)
{
    struct change change = {.config = config, .adopt = true};

    if (!store_is_postgresql(where) && access(where, F_OK) != 0) {
        buf_clear(message);
        buf_printf(message, "there is no database in \"%s\" that could be adopted; give --db",
                   where);
        return HB_EDENIED;
    }
    const enum hb_err err = change_apply(where, &change, message);
    if (err == HB_OK) {
        buf_clear(message);
        buf_printf(message,
                   "adopted: this database is installation %016" PRIx64
                   " now, and its nodes write with the keys that were given",
                   (uint64_t)change.meta.identity);
    }
    return err;
}
