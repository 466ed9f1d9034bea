/* What is committed is on the disk: SQLite while the power fails under load. */
/* labels: runtime */
/* timeout: 300 */
#include "server/base/tests/test.h"
#include "server/runtime/store_internal.h"
#include "server/runtime/tests/power_vfs.h"
#include "server/runtime/tests/store_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CUTS      200
#define IN_FLIGHT 8

static struct store_run run, after;
static char folder[64], lived[96], died[96];
static struct rng rng;
static uint64_t acked, lost;
static int64_t stamp;
static unsigned cuts, wanted_cuts;

static int setup(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/hubbub-power-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(lived, sizeof lived, "%s/hubbub.db", folder);
    (void)snprintf(died, sizeof died, "%s/cut", folder);
    assert_int_equal(mkdir(died, 0700), 0);
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

static void send_next(void)
{
    char id[24];

    (void)snprintf(id, sizeof id, "c%zu", run.outcomes_len);
    struct db_tx *tx = store_run_send(&run, 1, 1, id, "what must not be lost", I(1000 + stamp++));
    store_run_submit(&run, tx);
}

/* What was acked until now, and is not there after a cut now. */
static void cut_and_look(void)
{
    char path[128];
    struct buf ids = {0};
    int64_t head = 0;

    power_vfs_cut(died, &rng);
    (void)snprintf(path, sizeof path, "%s/hubbub.db", died);
    assert_int_equal(store_run_open(&after, path, NULL), HB_OK);
    assert_true(store_run_log(&after, 1, &ids, &head));
    store_run_close(&after);
    for (size_t token = 0; token < run.outcomes_len; token++) {
        char id[24];
        (void)snprintf(id, sizeof id, " c%zu ", token);
        if (run.outcomes[token].answers_count > 0 && run.outcomes[token].err == HB_OK &&
            token >= 3 && strstr(ids.bytes, id) == NULL) {
            lost++;
        }
    }
    buf_deinit(&ids);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/hubbub.db-wal", died);
    (void)unlink(path);
}

static void on_answer(struct store_run *of, const struct db_answer *answer)
{
    (void)of;
    assert_int_equal(answer->err, HB_OK);
    acked++;
    if (cuts < wanted_cuts) {
        send_next();
    }
}

static void fail_power(enum store_durability durability)
{
    acked = lost = cuts = 0;
    wanted_cuts = CUTS;
    stamp = 0;
    rng = rng_stream(7, "power", (uint64_t)durability, 0);
    power_vfs_begin(folder);
    assert_int_equal(store_run_open_with(&run, lived, durability, NULL), HB_OK);
    store_run_found(&run);
    run.on_answer = on_answer;
    for (int i = 0; i < IN_FLIGHT; i++) {
        send_next();
    }
    while (cuts < wanted_cuts) {
        const uint64_t until = acked + (uint64_t)rng_between(&rng, 1, 20);
        while (acked < until) {
            (void)uv_run(&run.loop, UV_RUN_ONCE);
        }
        cuts++;
        cut_and_look();
    }
    store_run_wait(&run);
    store_run_close(&run);
    power_vfs_end();
}

static void nothing_acked_is_lost_with_the_power(void **state)
{
    (void)state;
    fail_power(STORE_DISK);
    assert_true(acked > CUTS);
    assert_int_equal(lost, 0);
}

/* That the VFS does forget, or the test above would say nothing. */
static void durable_for_the_process_is_not_for_the_power(void **state)
{
    (void)state;
    fail_power(STORE_PROCESS);
    assert_true(lost > 0);
}

/* Group commit: those that wait together share a sync; one by one each has its own. */
static void each_group_has_one_sync(void **state)
{
    (void)state;
    power_vfs_begin(folder);
    assert_int_equal(store_run_open_with(&run, lived, STORE_DISK, NULL), HB_OK);
    store_run_found(&run);
    wanted_cuts = cuts = 0;
    const uint64_t one_by_one = power_vfs_syncs();
    for (int i = 0; i < 200; i++) {
        send_next();
        store_run_wait(&run);
    }
    const uint64_t together = power_vfs_syncs();
    assert_true(together - one_by_one >= 200);
    for (int i = 0; i < 200; i++) {
        send_next();
    }
    store_run_wait(&run);
    assert_true(power_vfs_syncs() - together <= 10);
    store_run_close(&run);
    power_vfs_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_acked_is_lost_with_the_power, setup, teardown),
        cmocka_unit_test_setup_teardown(durable_for_the_process_is_not_for_the_power, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(each_group_has_one_sync, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
