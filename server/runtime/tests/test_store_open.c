/* Opening a store: what will not do is refused with one line that helps. */
/* labels: runtime */
/* timeout: 120 */
#include "server/base/tests/test.h"
#include "server/runtime/store_internal.h"
#include "server/runtime/tests/store_run.h"
#include "server/runtime/tests/store_server.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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

static void file_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void refused(const char *address, enum hb_err err, const char *words)
{
    struct buf message = {0};
    const enum hb_err got = store_run_open(&run, address, &message);

    store_run_close(&run);
    if (got != err || strstr(message.bytes, words) == NULL || strchr(message.bytes, '\n') != NULL ||
        strstr(message.bytes, "; ") == NULL || strstr(message.bytes, "hunter2") != NULL) {
        fail_msg("\"%s\": error %d, message \"%s\"; wanted error %d with \"%s\"", address, (int)got,
                 message.bytes, (int)err, words);
    }
    buf_deinit(&message);
}

static void a_file_that_will_not_do_is_refused_in_one_line(void **state)
{
    char path[120];

    (void)state;
    refused("", HB_EDENIED, "neither a path nor postgresql://");
    refused(":memory:", HB_EDENIED, "neither a path nor postgresql://");
    refused("host=/tmp dbname=x", HB_EDENIED, "libpq's words");
    refused("dbname = x password = hunter2", HB_EDENIED, "libpq's words");
    refused("mysql://localhost/x", HB_EDENIED, "neither a path nor postgresql://");
    refused("/no/such/folder/hubbub.db", HB_EDENIED, "No such file or directory");
    refused(server.dir, HB_EDENIED, "cannot open");
    (void)snprintf(path, sizeof path, "%s/text", server.dir);
    file_write(path, "This is a text of more than a hundred bytes, which SQLite takes for the head "
                     "of a file, and no database at all.\n");
    refused(path, HB_EDENIED, "is not a SQLite database");
    (void)snprintf(path, sizeof path, "%s/text/below.db", server.dir);
    refused(path, HB_EDENIED, "Not a directory");
    (void)snprintf(path, sizeof path, "%s/empty", server.dir);
    file_write(path, "");
    refused(path, HB_EDENIED, "is empty, as no database of ours ever is");
}

/* Opens `address` in a child as user postgres; its message stands in `said`. */
static enum hb_err open_as_postgres(const char *address)
{
    int ends[2];
    int status = 0;
    char bytes[1024];

    buf_clear(&said);
    assert_int_equal(pipe(ends), 0);
    const pid_t pid = store_server_fork(&server);
    if (pid == 0) {
        struct buf message = {0};
        enum hb_err err = HB_ENOMEM;
        if (store_server_root_leave()) {
            err = store_run_open(&run, address, &message);
        }
        _exit(message.len == 0 || write(ends[1], message.bytes, message.len) > 0 ? (int)err : 99);
    }
    (void)close(ends[1]);
    const ssize_t len = read(ends[0], bytes, sizeof bytes);
    buf_add(&said, bytes, len > 0 ? (size_t)len : 0);
    (void)close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return (enum hb_err)WEXITSTATUS(status);
}

static void a_file_without_rights_is_refused_in_one_line(void **state)
{
    char path[120];

    (void)state;
    (void)snprintf(path, sizeof path, "%s/theirs.db", server.dir);
    assert_int_equal(store_run_open(&run, path, NULL), HB_OK);
    store_run_close(&run);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(open_as_postgres(path), HB_EDENIED);
    assert_non_null(strstr(said.bytes, "cannot be written; check its owner and its rights"));
    assert_int_equal(chmod(path, 0000), 0);
    assert_int_equal(open_as_postgres(path), HB_EDENIED);
    assert_non_null(strstr(said.bytes, "Permission denied; "));
    assert_int_equal(chmod(path, 0600), 0);
}

static void a_file_with_other_tables_is_refused(void **state)
{
    /* Given: a database of hubbub with one table gone and a foreign one. */
    (void)state;
    (void)store_server_new(&server, STORE_SQLITE, &where);
    assert_int_equal(store_run_open(&run, where.bytes, NULL), HB_OK);
    store_run_close(&run);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(where.bytes, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "ALTER TABLE users RENAME TO people", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    refused(where.bytes, HB_EDENIED, "1 tables that are not hubbub's and 5 of hubbub's 6");

    /* A table of its own name, of other columns. */
    assert_int_equal(sqlite3_open(where.bytes, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE users(x)", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    refused(where.bytes, HB_EDENIED, "are not of this version");
}

static void a_file_in_use_is_refused_and_its_owner_named(void **state)
{
    int ready[2];
    int over[2];
    char byte;
    char pid_text[32];

    /* Given: another process that has it. */
    (void)state;
    (void)store_server_new(&server, STORE_SQLITE, &where);
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(over), 0);
    const pid_t pid = store_server_fork(&server);
    if (pid == 0) {
        (void)close(over[1]);
        const bool ok = store_run_open(&run, where.bytes, NULL) == HB_OK &&
                        write(ready[1], "x", 1) == 1 && read(over[0], &byte, 1) == 0;
        _exit(ok ? 0 : 1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);

    /* When, then */
    (void)snprintf(pid_text, sizeof pid_text, " (pid %d); stop it", (int)pid);
    refused(where.bytes, HB_EAGAIN, pid_text);
    (void)close(over[0]);
    (void)close(over[1]);
    (void)close(ready[0]);
    (void)close(ready[1]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);

    /* It ended without a word: the file is free. A second one of this process is refused too. */
    assert_int_equal(store_run_open(&run, where.bytes, NULL), HB_OK);
    struct store_run second;
    assert_int_equal(store_run_open(&second, where.bytes, &said), HB_EAGAIN);
    store_run_close(&second);
    assert_non_null(strstr(said.bytes, "another process uses"));
    store_run_found(&run);
    store_run_close(&run);
}

static void sql(const char *database, const char *text)
{
    assert_true(store_server_sql(&server, database, text, &said));
}

static void a_server_that_will_not_do_is_refused_in_one_line(void **state)
{
    struct buf uri = {0};

    (void)state;
    refused("postgresql://ana:hunter2@127.0.0.1:1/x", HB_EAGAIN, "Connection refused");
    refused("postgresql:///x?host=/no/such/folder", HB_EAGAIN, "No such file or directory");
    refused("postgresql://ana:hun/ter2@h:p:q/x", HB_EDENIED, "write postgresql://USER");
    refused("postgresql://ana:ab@hunter2@h/x", HB_EDENIED, "%40 for an @");
    store_server_uri(&server, "postgres", "nowhere", &uri);
    refused(uri.bytes, HB_EDENIED, "database \"nowhere\" does not exist");

    sql("postgres", "CREATE USER locked PASSWORD 'right'");
    sql("postgres", "CREATE DATABASE theirs");
    store_server_uri(&server, "locked:hunter2", "theirs", &uri);
    refused(uri.bytes, HB_EDENIED, "password authentication failed for user \"locked\"");
    store_server_uri(&server, "locked", "theirs", &uri);
    refused(uri.bytes, HB_EDENIED, "no password supplied");
    store_server_uri(&server, "locked:right", "theirs", &uri);
    refused(uri.bytes, HB_EDENIED, "permission denied for schema public");

    sql("theirs", "CREATE TABLE things(x int)");
    store_server_uri(&server, "postgres", "theirs", &uri);
    refused(uri.bytes, HB_EDENIED, "1 tables that are not hubbub's");

    sql("postgres", "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
    store_server_uri(&server, "postgres", "latin", &uri);
    refused(uri.bytes, HB_EDENIED, "encoding is LATIN1; make one");

    const char *address = store_server_new(&server, STORE_POSTGRESQL, &where);
    assert_int_equal(store_run_open(&run, address, NULL), HB_OK);
    store_run_close(&run);
    buf_clear(&uri);
    buf_printf(&uri, "t%u", server.databases_count);
    sql(uri.bytes, "CREATE TABLE kept AS SELECT * FROM meta; DELETE FROM meta");
    refused(address, HB_EDENIED, "table meta has to hold one row");
    sql(uri.bytes, "INSERT INTO meta SELECT * FROM kept; ALTER TABLE rooms DROP COLUMN hlc");
    refused(address, HB_EDENIED, "may be of another version");
    sql("postgres", "CREATE DATABASE still");
    sql("postgres", "ALTER DATABASE still SET default_transaction_read_only = on");
    store_server_uri(&server, "postgres", "still", &uri);
    refused(uri.bytes, HB_EDENIED, "session is read-only");
    buf_deinit(&uri);
}

static void two_that_start_at_once_make_the_tables_once(void **state)
{
    pid_t pids[4];
    int status = 0;

    (void)state;
    (void)store_server_new(&server, STORE_POSTGRESQL, &where);
    for (int i = 0; i < 4; i++) {
        pids[i] = store_server_fork(&server);
        if (pids[i] == 0) {
            _exit(store_run_open(&run, where.bytes, &said) == HB_OK ? 0 : 1);
        }
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    struct buf name = {0};
    buf_printf(&name, "t%u", server.databases_count);
    sql(name.bytes, "SELECT count(*) FROM meta");
    assert_string_equal(said.bytes, "1");
    buf_deinit(&name);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_will_not_do_is_refused_in_one_line),
        cmocka_unit_test(a_file_without_rights_is_refused_in_one_line),
        cmocka_unit_test(a_file_with_other_tables_is_refused),
        cmocka_unit_test(a_file_in_use_is_refused_and_its_owner_named),
        cmocka_unit_test(a_server_that_will_not_do_is_refused_in_one_line),
        cmocka_unit_test(two_that_start_at_once_make_the_tables_once),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
