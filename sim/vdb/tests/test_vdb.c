/* The virtual database: what is refused or not to be committed never happened, with a journal and
 * without one; and the log holds what was written, over many splits of its pages. */
#include "server/base/tests/test.h"
#include "sim/vdb/statements.h"
#include "sim/vdb/vdb.h"

#include <stdio.h>
#include <string.h>

#define MEMBERS 4
#define ROOMS   8
#define STAMP   (INT64_C(1767225600000) << 16)

static struct vdb *vdb;
static struct db_answer answer;

/* Rooms 1..8 named r0..r7, users 1..4 named u0..u3 in each; node n0 has key 2. */
static void seed(void)
{
    static const struct text members[MEMBERS] = {{"u0", 2}, {"u1", 2}, {"u2", 2}, {"u3", 2}};
    for (unsigned i = 0; i < ROOMS; i++) {
        char name[8];
        (void)snprintf(name, sizeof name, "r%u", i);
        vdb_seed_room(vdb, text_of(name), members, MEMBERS, 1767225599000);
    }
    struct db_tx *tx = db_tx_new(1, false);
    struct db_call *call = db_tx_call(tx, DB_NODE_REGISTER);
    db_tx_text(tx, call, TEXT("n0"));
    db_tx_int(tx, call, 1);
    vdb_run(vdb, tx, true, &answer);
    assert_int_equal(answer.calls[0].values[0].integer, 2);
    db_tx_free(&tx);
}

static int setup(void **state)
{
    (void)state;
    vdb = vdb_new(1);
    seed();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    vdb_free(&vdb);
    return 0;
}

/* The five statements of a message. */
static enum hb_err say(int64_t room, int64_t user, const char *client_id, int64_t stamp,
                       bool commit)
{
    struct db_tx *tx = db_tx_new(2, false);
    db_tx_int(tx, db_tx_call(tx, DB_ROOM_LOCK), room);
    struct db_call *call = db_tx_call(tx, DB_ENTRY_APPEND);
    db_tx_int(tx, call, room);
    db_tx_int(tx, call, user);
    db_tx_text(tx, call, text_of(client_id));
    db_tx_int(tx, call, ENTRY_MESSAGE);
    db_tx_text(tx, call, TEXT("so that a page holds some dozens of rows and is split in time"));
    db_tx_int(tx, call, 2);
    db_tx_int(tx, call, stamp);
    db_tx_int(tx, call, 1767225600000);
    db_tx_null(tx, call);
    db_tx_int(tx, db_tx_call(tx, DB_ROOM_ADVANCE), room);
    db_tx_int(tx, db_tx_call(tx, DB_ROOM_HEAD), room);
    call = db_tx_call(tx, DB_ENTRY_FIND);
    db_tx_int(tx, call, user);
    db_tx_text(tx, call, text_of(client_id));
    vdb_run(vdb, tx, commit, &answer);
    db_tx_free(&tx);
    return answer.err;
}

struct seen {
    uint64_t rows;
    uint64_t seq[ROOMS + 1]; /* of each room, the last; they are dense */
};

static void see(void *user, const struct vdb_commit *entry)
{
    struct seen *seen = user;
    seen->rows++;
    assert_in_range(entry->room, 1, ROOMS);
    assert_int_equal(entry->seq, seen->seq[entry->room] + 1);
    seen->seq[entry->room] = entry->seq;
}

static uint64_t rows(void)
{
    struct seen seen = {.rows = 0};
    vdb_log(vdb, see, &seen);
    return seen.rows;
}

static uint32_t commits(void)
{
    const struct vdb_commit *ignored;
    return vdb_commits(vdb, &ignored);
}

static void a_refused_message_never_happened(void **state)
{
    (void)state;
    assert_int_equal(say(1, 1, "a", STAMP, true), HB_OK);
    assert_int_equal(commits(), 1);

    assert_int_equal(say(1, 2, "b", STAMP, true), HB_ESTAMP); /* the node's stamp again */
    assert_int_equal(commits(), 0);
    assert_int_equal(rows(), ROOMS * MEMBERS + 1);

    assert_int_equal(say(1, 2, "b", STAMP + 1, true), HB_OK);
    assert_int_equal(answer.calls[3].values[0].integer, MEMBERS + 2); /* the head */
    assert_int_equal(rows(), ROOMS * MEMBERS + 2);
}

static void what_is_not_to_be_committed_never_happened(void **state)
{
    (void)state;
    assert_int_equal(say(1, 1, "a", STAMP, true), HB_OK);
    for (int64_t i = 1; i < 50; i++) {
        assert_int_equal(say(1, 1, "b", STAMP + i, false), HB_OK);
        assert_int_equal(commits(), 0);
    }
    assert_int_equal(rows(), ROOMS * MEMBERS + 1);
    assert_int_equal(say(1, 1, "b", STAMP + 1, true), HB_OK);
    assert_int_equal(answer.calls[4].rows_len, 1);
    assert_int_equal(answer.calls[4].values[1].integer, MEMBERS + 2);
}

static void a_creation_refused_half_way_never_happened(void **state)
{
    (void)state;
    assert_int_equal(say(1, 1, "a", STAMP, true), HB_OK);
    for (int64_t stamp = STAMP; stamp <= STAMP + 1; stamp++) {
        struct db_tx *tx = db_tx_new(3, false);
        struct db_call *call = db_tx_call(tx, DB_ROOM_CREATE);
        db_tx_text(tx, call, TEXT(""));
        db_tx_int(tx, call, 0);
        db_tx_int(tx, call, 1);
        db_tx_int(tx, call, 256);
        db_tx_int(tx, call, 192);
        db_tx_text(tx, call, TEXT("new"));
        db_tx_int(tx, call, 0);
        db_tx_text(tx, call, TEXT("c"));
        db_tx_text(tx, db_tx_call(tx, DB_ROOM_LOCK_NAME), TEXT("new"));
        call = db_tx_call(tx, DB_CREATE_APPEND);
        db_tx_text(tx, call, TEXT("c"));
        db_tx_int(tx, call, 2);
        db_tx_int(tx, call, stamp);
        db_tx_int(tx, call, 1767225600000);
        db_tx_null(tx, call);
        db_tx_int(tx, call, 1);
        db_tx_text(tx, call, TEXT("new"));
        vdb_run(vdb, tx, true, &answer);
        assert_int_equal(answer.err, stamp == STAMP ? HB_ESTAMP : HB_OK);
        assert_int_equal(commits(), stamp != STAMP);
        db_tx_free(&tx);

        tx = db_tx_new(4, true);
        db_tx_text(tx, db_tx_call(tx, DB_ROOM_FIND), TEXT("new"));
        vdb_run(vdb, tx, true, &answer);
        assert_int_equal(answer.calls[0].rows_len, stamp != STAMP);
        db_tx_free(&tx);
    }
}

/* Runs `sql`, with one text for a parameter, in the place of a statement that has one too. */
static void rewrite(const char *sql, const char *client_id, bool commit)
{
    struct db_tx *tx = db_tx_new(5, false);
    (void)sqlite3_finalize(vdb->stmts[DB_USER_ADD]);
    vdb->stmts[DB_USER_ADD] = vdb_prepare(vdb, sql);
    db_tx_text(tx, db_tx_call(tx, DB_USER_ADD), text_of(client_id));
    vdb_run(vdb, tx, commit, &answer);
    assert_int_equal(answer.err, HB_OK);
    db_tx_free(&tx);
}

static void what_changes_the_log_is_told(void **state)
{
    (void)state;
    const struct vdb_rewrite *rewrites;

    assert_int_equal(say(3, 1, "a", STAMP, true), HB_OK);
    assert_int_equal(say(3, 1, "b", STAMP + 1, true), HB_OK);
    assert_int_equal(vdb_rewrites(vdb, &rewrites), 0);

    rewrite("UPDATE entries SET content = 'x' WHERE client_id = $1", "a", false);
    assert_int_equal(vdb_rewrites(vdb, &rewrites), 0); /* it never happened */
    rewrite("UPDATE entries SET content = 'x' WHERE client_id = $1", "a", true);
    assert_int_equal(vdb_rewrites(vdb, &rewrites), 1);
    assert_int_equal(rewrites[0].room, 3);
    assert_int_equal(rewrites[0].seq, MEMBERS + 1);
    assert_false(rewrites[0].removed);

    rewrite("DELETE FROM entries WHERE client_id = $1", "b", true);
    assert_int_equal(vdb_rewrites(vdb, &rewrites), 1);
    assert_int_equal(rewrites[0].seq, MEMBERS + 2);
    assert_true(rewrites[0].removed);
    assert_int_equal(commits(), 0);

    assert_int_equal(say(3, 1, "c", STAMP + 2, true), HB_OK);
    assert_int_equal(vdb_rewrites(vdb, &rewrites), 0);
}

static void the_log_holds_what_was_written(void **state)
{
    (void)state;
    const uint64_t count = 6000;
    uint64_t committed = 0;
    for (uint64_t i = 0; i < count; i++) {
        char client_id[32];
        const uint64_t mixed = i * UINT64_C(2654435761) % UINT64_C(1000003);
        const bool commit = i % 7 != 0;
        (void)snprintf(client_id, sizeof client_id, "k%u", (unsigned)mixed);
        assert_int_equal(say((int64_t)(mixed % ROOMS) + 1, (int64_t)(mixed / 8 % MEMBERS) + 1,
                             client_id, STAMP + (int64_t)i, commit),
                         HB_OK);
        assert_int_equal(answer.calls[4].rows_len, 1);
        assert_int_equal(answer.calls[4].values[4].integer, STAMP + (int64_t)i);
        committed += commit;
    }
    assert_int_equal(rows(), ROOMS * MEMBERS + committed);
}

static int64_t count_of(const char *table)
{
    char sql[64];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
    sqlite3_stmt *stmt = vdb_prepare(vdb, sql);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    const int64_t count = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return count;
}

static void one_that_was_kept_is_as_new(void **state)
{
    static const char *const tables[] = {"users",    "rooms",    "members", "entries",
                                         "presence", "received", "reads",   "revoked"};
    struct vdb *kept = NULL;
    (void)state;

    for (int round = 0; round < 2; round++) {
        assert_int_equal(say(1, 1, "k1", STAMP + 1, true), HB_OK);
        assert_int_equal(say(2, 1, "k2", STAMP + 2, false), HB_OK);
        assert_int_equal(rows(), ROOMS * MEMBERS + 1);
        vdb_give(&vdb, &kept);
        assert_null(vdb);
        vdb = vdb_take(&kept, 1);
        assert_null(kept);
        for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
            assert_int_equal(count_of(tables[i]), 0);
        }
        assert_int_equal(count_of("meta"), 1);
        assert_int_equal(count_of("nodes"), 1);
        assert_int_equal(count_of("sqlite_schema WHERE type = 'table'"), 10);
        seed();
    }
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_refused_message_never_happened),
        TEST(what_is_not_to_be_committed_never_happened),
        TEST(a_creation_refused_half_way_never_happened),
        TEST(what_changes_the_log_is_told),
        TEST(the_log_holds_what_was_written),
        TEST(one_that_was_kept_is_as_new),
    };
    vdb_single_thread(); /* with the page cache of the program */
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
