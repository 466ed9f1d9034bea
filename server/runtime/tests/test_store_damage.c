/* A SQLite file that somebody deletes, replaces, empties or writes over: nothing is acked that the next start
 * would not find, and what is wrong is said. */
/* labels: runtime */
#include "server/base/tests/test.h"
#include "server/runtime/store_internal.h"
#include "server/runtime/tests/store_run.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

static struct store_run run;
static char folder[64], path[96], log_path[104], other[96];
static int64_t stamp;

static int setup(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/hubbub-damage-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/hubbub.db", folder);
    (void)snprintf(log_path, sizeof log_path, "%s-wal", path);
    (void)snprintf(other, sizeof other, "%s/other.db", folder);
    stamp = 1000;
    return 0;
}

static int teardown(void **state)
{
    char command[160];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
    return 0;
}

static enum hb_err send_one(void)
{
    char id[24];

    (void)snprintf(id, sizeof id, "c%zu", run.outcomes_len);
    struct db_tx *tx = store_run_send(&run, 1, 1, id, "hi", stamp++);
    const uint64_t token = tx->token;
    (void)store_run_do(&run, tx);
    return store_run_err(&run, token);
}

static void copy(const char *from, const char *to)
{
    char command[256];

    (void)snprintf(command, sizeof command, "cp %s %s", from, to);
    assert_int_equal(system(command), 0);
}

static void found(void)
{
    assert_int_equal(store_run_open(&run, path, NULL), HB_OK);
    store_run_close(&run);
    assert_int_equal(store_run_open(&run, path, NULL), HB_OK); /* with a log that is empty */
    store_run_found(&run);
    for (int i = 0; i < 400; i++) { /* more than one checkpoint */
        assert_int_equal(send_one(), HB_OK);
    }
    assert_int_equal(run.trouble.len, 0);
}

/* From `at`, so many bytes, which no page of a tree holds. */
static void scribble(const char *what, off_t at, size_t len)
{
    const int fd = open(what, O_WRONLY | O_CLOEXEC);
    char bytes[4096];

    memset(bytes, 0xa5, sizeof bytes);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, len, at), len);
    assert_int_equal(close(fd), 0);
}

static void delete_file(void)
{
    assert_int_equal(unlink(path), 0);
}
static void move_file(void)
{
    assert_int_equal(rename(path, other), 0);
}
static void replace_file(void)
{
    copy(path, other);
    assert_int_equal(rename(other, path), 0);
}
static void overwrite_file(void)
{
    char command[256];

    copy(path, other);
    (void)snprintf(command, sizeof command,
                   "head -c 100 /dev/zero | dd of=%s bs=1 seek=24 count=4 conv=notrunc status=none",
                   other);
    assert_int_equal(system(command), 0);
    copy(other, path);
}
static void empty_file(void)
{
    assert_int_equal(truncate(path, 0), 0);
}
static void cut_file(void)
{
    assert_int_equal(truncate(path, 4096 * 3), 0);
}
static void tear_page(void)
{
    struct stat info;

    assert_int_equal(stat(path, &info), 0);
    for (off_t page = 2; page < info.st_size / 4096; page += 2) {
        scribble(path, page * 4096, 512);
    }
}
static void delete_log(void)
{
    assert_int_equal(unlink(log_path), 0);
}
static void empty_log(void)
{
    assert_int_equal(truncate(log_path, 0), 0);
}

static void what_is_done_to_the_file_is_noticed_by_the_next_commit(void **state)
{
    static const struct {
        void (*damage)(void);
        const char *words;
    } cases[] = {
        {delete_file, "was deleted"},
        {move_file, "was deleted"},
        {replace_file, "was replaced by another file"},
        {overwrite_file, "was written by another program"},
        {empty_file, "was written by another program"},
        {cut_file, "is damaged"},
        {tear_page, "is damaged"},
        {delete_log, "which was deleted"},
        {empty_log, "which was replaced or cut"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)unlink(path);
        (void)unlink(log_path);
        found();
        cases[i].damage();
        const enum hb_err err = send_one();
        if (err != HB_EAGAIN || run.trouble.len == 0 ||
            strstr(run.trouble.bytes, cases[i].words) == NULL) {
            fail_msg("case %zu: error %d, words \"%s\", wanted \"%s\"", i, (int)err,
                     run.trouble.len > 0 ? run.trouble.bytes : "", cases[i].words);
        }
        assert_int_equal(send_one(), HB_EAGAIN); /* and ever after */
        assert_int_equal(send_one(), HB_EAGAIN);
        store_run_close(&run);
    }
}

/* Its times alone: a backup, a curious person. */
static void a_file_that_is_only_touched_is_used_on(void **state)
{
    const struct utimbuf past = {.actime = 1000000000, .modtime = 1000000000};

    (void)state;
    found();
    assert_int_equal(utime(path, &past), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(send_one(), HB_OK);
    }
    assert_int_equal(run.trouble.len, 0);
    store_run_close(&run);
}

/* Its log lies beside the file, not beside the link. */
static void a_file_behind_a_link_is_used_and_watched(void **state)
{
    (void)state;
    assert_int_equal(symlink("other.db", path), 0);
    (void)snprintf(log_path, sizeof log_path, "%s-wal", other);
    found();
    delete_log();
    assert_int_equal(send_one(), HB_EAGAIN);
    assert_non_null(strstr(run.trouble.bytes, "which was deleted"));
    store_run_close(&run);
}

static void pages_of_any_size_are_watched(void **state)
{
    static const char *const sizes[] = {"512", "1024", "65536"};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char sql[96];
        sqlite3 *db = NULL;
        (void)unlink(path);
        (void)unlink(log_path);
        assert_int_equal(store_run_open(&run, path, NULL), HB_OK);
        store_run_close(&run);
        (void)snprintf(sql, sizeof sql,
                       "PRAGMA journal_mode = DELETE; PRAGMA page_size = %s; VACUUM", sizes[i]);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        found();
        assert_int_equal(truncate(log_path, 4096), 0);
        assert_int_equal(send_one(), HB_EAGAIN);
        store_run_close(&run);
    }
}

static void damage_is_told_at_the_start(void **state)
{
    struct buf message = {0};

    (void)state;
    found();
    store_run_close(&run);
    tear_page();
    assert_int_equal(store_run_open(&run, path, &message), HB_EDENIED);
    assert_non_null(strstr(message.bytes, "is damaged; bring back a copy"));
    store_run_close(&run);
    empty_file();
    assert_int_equal(store_run_open(&run, path, &message), HB_EDENIED);
    assert_non_null(strstr(message.bytes, "is empty"));
    store_run_close(&run);
    buf_deinit(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_done_to_the_file_is_noticed_by_the_next_commit,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_is_only_touched_is_used_on, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_behind_a_link_is_used_and_watched, setup, teardown),
        cmocka_unit_test_setup_teardown(pages_of_any_size_are_watched, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_is_told_at_the_start, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
