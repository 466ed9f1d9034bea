/* The tables of older and newer versions: brought up to date, worked on side by side, or refused. */
/* labels: runtime */
/* timeout: 120 */
#include "server/base/tests/test.h"
#include "server/runtime/store_internal.h"
#include "server/runtime/store_postgresql.h"
#include "server/runtime/store_sqlite.h"
#include "server/runtime/tests/store_run.h"
#include "server/runtime/tests/store_server.h"

#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define OLD_FILE "fixtures/databases/c7e6b3e.db"
#define OLD_DUMP "fixtures/databases/c7e6b3e.postgresql.sql"

static struct store_server server;
static struct store_run run;
static struct buf where, said;

static int group_setup(void **state)
{
    (void)state;
    return store_server_begin(&server) ? 0 : -1;
}

static int group_teardown(void **state)
{
    (void)state;
    store_server_end(&server);
    buf_deinit(&where);
    buf_deinit(&said);
    return 0;
}

/* --- Schemas of programs that are not there yet --------------------------------------------- */

#define STEPS_MAX 16

/* This program's, and `more` steps behind it, of which only those from `oldest` on bear the last. */
static struct db_schema newer(struct db_migration steps[STEPS_MAX], uint32_t more, uint32_t oldest)
{
    static const char *const adds[] = {
        "ALTER TABLE rooms ADD COLUMN topic TEXT",
        "CREATE TABLE pins(room BIGINT NOT NULL, seq BIGINT NOT NULL)",
        "ALTER TABLE rooms DROP COLUMN topic"};
    const struct db_schema *ours = db_schema();
    struct db_schema schema = {steps, ours->version};

    assert_true(ours->version + more <= STEPS_MAX && more <= 3);
    memcpy(steps, ours->steps, ours->version * sizeof *steps);
    for (uint32_t i = 0; i < more; i++) {
        steps[schema.version++] = (struct db_migration){
            .sqlite = adds[i], .postgresql = adds[i], .oldest = ours->version};
    }
    steps[schema.version - 1].oldest = oldest;
    return schema;
}

static void a_released_step_leaves_the_version_before_it_at_work(void **state)
{
    const struct db_schema *schema = db_schema();

    (void)state;
    for (uint32_t i = 1; i < schema->version; i++) {
        assert_in_range(schema->steps[i].oldest, schema->steps[i - 1].oldest, i);
    }
}

/* --- SQLite --------------------------------------------------------------------------------- */

static void copy_of(const char *from, const char *to)
{
    char bytes[4096];
    size_t len = 0;
    FILE *in = fopen(from, "re");
    FILE *out = fopen(to, "we");

    assert_non_null(in);
    assert_non_null(out);
    while ((len = fread(bytes, 1, sizeof bytes, in)) > 0) {
        assert_int_equal(fwrite(bytes, 1, len, out), len);
    }
    assert_int_equal(fclose(in), 0);
    assert_int_equal(fclose(out), 0);
}

static int on_rows(void *context, int columns, char **values, char **names)
{
    (void)names;
    for (int i = 0; i < columns; i++) {
        buf_printf(context, "%s|", values[i] != NULL ? values[i] : "");
    }
    return 0;
}

static const char *ask(const char *path, const char *sql)
{
    sqlite3 *db = NULL;

    buf_clear(&said);
    buf_add_text(&said, "");
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, on_rows, &said, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return said.bytes;
}

static enum hb_err open_with(const char *path, const struct db_schema *schema)
{
    struct sqlite_file file = {0};

    buf_clear(&said);
    const enum hb_err err = sqlite_file_open(&file, path, STORE_DISK, schema, &said);
    sqlite_file_close(&file);
    return err;
}

#define TABLES_SQL "SELECT name, sql FROM sqlite_master ORDER BY name"

static void an_old_file_is_brought_to_the_tables_of_a_new_one(void **state)
{
    char old[120];
    struct buf fresh = {0};

    /* Given */
    (void)state;
    (void)snprintf(old, sizeof old, "%s/old.db", server.dir);
    copy_of(OLD_FILE, old);
    struct buf entries = {0};
    buf_add_text(&entries, ask(old, "SELECT COUNT(*), SUM(stamp), MAX(hlc) FROM entries"));
    assert_int_equal(store_run_open(&run, store_server_new(&server, STORE_SQLITE, &where), &said),
                     HB_OK);
    store_run_close(&run);
    assert_int_equal(said.len, 0); /* of a new one nothing is told */
    buf_add_text(&fresh, ask(where.bytes, TABLES_SQL));

    /* When */
    struct buf message = {0};
    assert_int_equal(store_run_open(&run, old, &message), HB_OK);
    assert_non_null(strstr(message.bytes, "were brought from version 1 to "));

    /* Then it works: a message of an old member goes into an old room, once. */
    struct db_tx *tx = store_run_tx(&run, false);
    store_run_call(&run, tx, DB_USER_ROOMS, "t", "ana");
    assert_non_null(strstr(store_run_do(&run, tx), "'tea'"));
    for (int i = 0; i < 2; i++) {
        assert_memory_equal(
            store_run_do(&run, store_run_send(&run, 1, 1, "new-1", "hello", INT64_MAX / 2)), "ok",
            2);
    }
    store_run_close(&run);
    assert_string_equal(ask(old, "SELECT COUNT(*) FROM entries WHERE client_id = 'new-1'"), "1|");
    assert_string_equal(ask(old, "SELECT COUNT(*), SUM(stamp), MAX(hlc) FROM entries "
                                 "WHERE client_id IS NOT 'new-1'"),
                        entries.bytes);
    assert_string_equal(ask(old, TABLES_SQL), fresh.bytes);

    /* Again: nothing is left to do. */
    assert_int_equal(store_run_open(&run, old, &message), HB_OK);
    store_run_close(&run);
    assert_int_equal(message.len, 0);
    buf_deinit(&fresh);
    buf_deinit(&entries);
    buf_deinit(&message);
}

static void a_newer_file_is_opened_or_refused_as_it_says(void **state)
{
    struct db_migration steps[STEPS_MAX];
    const uint32_t ours = db_schema()->version;
    char tells[32];

    /* Given: a file of a newer program, on which this one may still work. */
    (void)state;
    (void)store_server_new(&server, STORE_SQLITE, &where);
    struct db_schema schema = newer(steps, 1, ours);
    assert_int_equal(open_with(where.bytes, &schema), HB_OK);

    /* Then: it does, and leaves what it is told alone. */
    assert_int_equal(open_with(where.bytes, db_schema()), HB_OK);
    assert_int_equal(said.len, 0);
    (void)snprintf(tells, sizeof tells, "%u|%u|", ours + 1, ours);
    assert_string_equal(ask(where.bytes, "SELECT version, oldest FROM meta"), tells);

    /* When the next program leaves it behind, it refuses with a sentence. */
    schema = newer(steps, 3, ours + 1);
    assert_int_equal(open_with(where.bytes, &schema), HB_OK);
    assert_non_null(strstr(said.bytes, "were brought from version"));
    assert_int_equal(open_with(where.bytes, db_schema()), HB_EDENIED);
    assert_non_null(strstr(said.bytes, "; start a newer hubbubd"));
}

static void a_step_that_fails_changes_nothing(void **state)
{
    struct db_migration steps[STEPS_MAX];
    char old[120];

    (void)state;
    (void)snprintf(old, sizeof old, "%s/fails.db", server.dir);
    copy_of(OLD_FILE, old);
    struct buf before = {0};
    buf_add_text(&before, ask(old, TABLES_SQL));
    const struct db_schema schema = newer(steps, 2, db_schema()->version);
    steps[schema.version - 1].sqlite = "CREATE TABLE pins(x); CREATE TABLE users(x)";

    assert_int_equal(open_with(old, &schema), HB_EDENIED);
    assert_non_null(strstr(said.bytes, "table users already exists"));
    assert_string_equal(ask(old, TABLES_SQL), before.bytes);
    buf_deinit(&before);
}

/* --- PostgreSQL ----------------------------------------------------------------------------- */

/* A database as the old program left it; its name in `name`. */
static void old_database(char name[16])
{
    static char dump[1 << 15];
    FILE *file = fopen(OLD_DUMP, "re");

    (void)store_server_new(&server, STORE_POSTGRESQL, &where);
    (void)snprintf(name, 16, "t%u", server.databases_count);
    assert_non_null(file);
    const size_t len = fread(dump, 1, sizeof dump - 1, file);
    dump[len] = '\0';
    assert_true(feof(file));
    assert_int_equal(fclose(file), 0);
    assert_true(store_server_sql(&server, name, dump, &said));
}

static const char *sql(const char *database, const char *text)
{
    assert_true(store_server_sql(&server, database, text, &said));
    return said.bytes;
}

#define COLUMNS_SQL                                                                                \
    "SELECT string_agg(table_name || '.' || column_name || ':' || data_type || ':' || "            \
    "coalesce(column_default, '') || ':' || is_nullable, ',' ORDER BY table_name, column_name) "   \
    "FROM information_schema.columns WHERE table_schema = 'public'"

static void old_tables_are_brought_up_once_by_all_who_start(void **state)
{
    pid_t pids[4];
    int status = 0;
    char name[16];
    struct buf fresh = {0};

    /* Given */
    (void)state;
    assert_int_equal(
        store_run_open(&run, store_server_new(&server, STORE_POSTGRESQL, &where), NULL), HB_OK);
    store_run_close(&run);
    (void)snprintf(name, sizeof name, "t%u", server.databases_count);
    buf_add_text(&fresh, sql(name, COLUMNS_SQL));
    old_database(name);
    struct buf entries = {0};
    buf_add_text(&entries, sql(name, "SELECT COUNT(*), SUM(stamp), MAX(hlc) FROM entries"));

    /* When */
    for (int i = 0; i < 4; i++) {
        pids[i] = store_server_fork(&server);
        if (pids[i] == 0) {
            _exit(store_run_open(&run, where.bytes, &said) != HB_OK ? 1 : said.len > 0 ? 2 : 0);
        }
    }

    /* Then one of them did it. */
    int did = 0;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 1);
        did += WEXITSTATUS(status) == 2;
    }
    assert_int_equal(did, 1);
    assert_string_equal(sql(name, COLUMNS_SQL), fresh.bytes);
    assert_string_equal(sql(name, "SELECT COUNT(*), SUM(stamp), MAX(hlc) FROM entries"),
                        entries.bytes);
    assert_int_equal(store_run_open(&run, where.bytes, NULL), HB_OK);
    assert_memory_equal(
        store_run_do(&run, store_run_send(&run, 1, 1, "new-1", "hello", INT64_MAX / 2)), "ok", 2);
    store_run_close(&run);
    buf_deinit(&fresh);
    buf_deinit(&entries);
}

/* Connects as a program with this schema would that starts. */
static enum hb_err connect_with(const struct db_schema *schema)
{
    PGconn *conn = NULL;
    uint64_t epoch = 0;

    buf_clear(&said);
    const enum hb_err err = pg_connect(where.bytes, false, schema, true, &conn, &epoch, &said);
    PQfinish(conn);
    return err;
}

static void two_versions_work_side_by_side(void **state)
{
    struct db_migration steps[STEPS_MAX];
    const uint32_t ours = db_schema()->version;

    /* Given: one of this version at work. */
    (void)state;
    (void)store_server_new(&server, STORE_POSTGRESQL, &where);
    assert_int_equal(store_run_open(&run, where.bytes, NULL), HB_OK);
    store_run_found(&run);
    assert_memory_equal(store_run_do(&run, store_run_send(&run, 1, 1, "a", "one", 20)), "ok", 2);

    /* When the next version starts on its database. */
    struct db_schema schema = newer(steps, 1, ours);
    assert_int_equal(connect_with(&schema), HB_OK);
    assert_non_null(strstr(said.bytes, "were brought from version"));

    /* Then it goes on, on its connections and on new ones, and can be started again. */
    assert_memory_equal(store_run_do(&run, store_run_send(&run, 1, 1, "b", "two", 21)), "ok", 2);
    char name[16];
    (void)snprintf(name, sizeof name, "t%u", server.databases_count);
    (void)sql(name, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name = 'hubbubd'");
    for (int64_t i = 0;; i++) {
        char client_id[16];
        (void)snprintf(client_id, sizeof client_id, "c%d", (int)i);
        const char *answer = store_run_do(&run, store_run_send(&run, 1, 1, client_id, "x", 22 + i));
        if (memcmp(answer, "ok", 2) == 0) {
            break;
        }
        assert_true(i < 100);
        store_run_pause(&run, 100);
    }
    store_run_close(&run);
    assert_int_equal(store_run_open(&run, where.bytes, &said), HB_OK);
    assert_int_equal(said.len, 0);
    store_run_close(&run);

    /* When the version after that leaves it behind, it does not start. */
    schema = newer(steps, 3, ours + 1);
    assert_int_equal(connect_with(&schema), HB_OK);
    assert_int_equal(store_run_open(&run, where.bytes, &said), HB_EDENIED);
    store_run_close(&run);
    assert_non_null(strstr(said.bytes, "; start a newer hubbubd"));
}

static void a_step_that_fails_changes_nothing_there_either(void **state)
{
    struct db_migration steps[STEPS_MAX];
    char name[16];

    (void)state;
    old_database(name);
    struct buf before = {0};
    buf_add_text(&before, sql(name, COLUMNS_SQL));
    const struct db_schema schema = newer(steps, 2, db_schema()->version);
    steps[schema.version - 1].postgresql = "CREATE TABLE pins(x int); CREATE TABLE users(x int)";

    assert_int_equal(connect_with(&schema), HB_EDENIED);
    assert_non_null(strstr(said.bytes, "\"users\" already exists"));
    assert_non_null(strstr(said.bytes, "; nothing was changed"));
    assert_string_equal(sql(name, COLUMNS_SQL), before.bytes);
    buf_deinit(&before);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_released_step_leaves_the_version_before_it_at_work),
        cmocka_unit_test(an_old_file_is_brought_to_the_tables_of_a_new_one),
        cmocka_unit_test(a_newer_file_is_opened_or_refused_as_it_says),
        cmocka_unit_test(a_step_that_fails_changes_nothing),
        cmocka_unit_test(old_tables_are_brought_up_once_by_all_who_start),
        cmocka_unit_test(two_versions_work_side_by_side),
        cmocka_unit_test(a_step_that_fails_changes_nothing_there_either),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
