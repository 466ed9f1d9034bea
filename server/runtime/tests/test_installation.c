/* Whose database it is: drawn once, kept, drawn anew for a copy; keys that are none of its nodes'. */
/* labels: runtime */
/* timeout: 120 */
#include "server/base/tests/test.h"
#include "server/runtime/installation.h"
#include "server/runtime/tests/store_run.h"
#include "server/runtime/tests/store_server.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct store_server server;
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

/* A node of these keys, each by its first byte. */
static struct node_config of(const char *keys)
{
    struct node_config config = {.cursor_keys_len = (uint32_t)strlen(keys)};

    for (uint32_t i = 0; i < config.cursor_keys_len; i++) {
        config.cursor_keys[i] =
            (struct cursor_key){.id = (uint8_t)keys[i], .bytes = {(uint8_t)keys[i]}};
    }
    return config;
}

/* 0: refused. */
static uint64_t take(const char *keys)
{
    struct node_config config = of(keys);

    if (installation_take(where.bytes, &config, &said) != HB_OK) {
        assert_int_equal(config.identity, 0);
        return 0;
    }
    assert_true(config.identity > 0 && config.identity <= INT64_MAX);
    return config.identity;
}

static uint64_t epoch(void)
{
    struct store_run run;

    assert_int_equal(store_run_open(&run, where.bytes, NULL), HB_OK);
    struct db_tx *tx = store_run_tx(&run, true);
    store_run_call(&run, tx, DB_INSTALLATION, "");
    (void)store_run_do(&run, tx);
    const uint64_t epoch = run.epoch;
    store_run_close(&run);
    return epoch;
}

static void an_identity_is_drawn_once(void **state)
{
    uint64_t drawn[2 * STORE_KIND_COUNT];

    (void)state;
    for (int i = 0; i < 2 * STORE_KIND_COUNT; i++) {
        (void)store_server_new(&server, (enum store_kind)(i / 2), &where);
        drawn[i] = take("a");
        assert_true(drawn[i] != 0);
        assert_int_equal(said.len, 0);
        assert_true(take("a") == drawn[i]);
        for (int k = 0; k < i; k++) {
            assert_true(drawn[k] != drawn[i]);
        }
    }
}

static void a_copy_that_is_adopted_is_another_installation_with_another_epoch(void **state)
{
    (void)state;
    for (int kind = 0; kind < STORE_KIND_COUNT; kind++) {
        (void)store_server_new(&server, (enum store_kind)kind, &where);
        const uint64_t before = take("a");
        const uint64_t epoch_before = epoch();
        const struct node_config other = of("b");
        assert_int_equal(installation_adopt(where.bytes, &other, &said), HB_OK);
        assert_non_null(strstr(said.bytes, "adopted"));
        assert_int_equal(take("a"), 0);
        const uint64_t after = take("b");
        assert_true(after != 0 && after != before);
        assert_true(epoch() != epoch_before);
        char hex[32];
        (void)snprintf(hex, sizeof hex, "%016llx", (unsigned long long)after);
        assert_int_equal(installation_adopt(where.bytes, &other, &said), HB_OK);
        assert_null(strstr(said.bytes, hex));
    }
}

/* Lives that go on beside an adoption are over. */
static void an_adoption_fences_the_lives_that_there_are(void **state)
{
    (void)state;
    for (int kind = 0; kind < STORE_KIND_COUNT; kind++) {
        struct store_run run;
        (void)store_server_new(&server, (enum store_kind)kind, &where);
        assert_true(take("a") != 0);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(store_run_open(&run, where.bytes, NULL), HB_OK);
            struct db_tx *tx = store_run_tx(&run, false);
            if (i == 0) {
                store_run_call(&run, tx, DB_NODE_REGISTER, "ti", "n1", I(1));
                assert_string_equal(store_run_do(&run, tx), "ok {[1 1]}");
            } else {
                store_run_call(&run, tx, DB_NODE_FIND, "t", "n1");
                assert_string_equal(store_run_do(&run, tx), "ok {[1 2]}");
            }
            store_run_close(&run);
            const struct node_config own = of("a");
            assert_int_equal(installation_adopt(where.bytes, &own, &said), HB_OK);
        }
    }
}

static void keys_that_its_nodes_do_not_write_with_are_refused(void **state)
{
    (void)state;
    for (int kind = 0; kind < STORE_KIND_COUNT; kind++) {
        (void)store_server_new(&server, (enum store_kind)kind, &where);
        const uint64_t identity = take("a");
        assert_int_equal(take("b"), 0);
        assert_non_null(strstr(said.bytes, "another cursor key"));
        assert_non_null(strstr(said.bytes, "--keys"));
        assert_non_null(strstr(said.bytes, "--adopt"));
        assert_true(take("a") == identity);
        /* The three rounds of another key: each node takes each step when it starts again. */
        assert_true(take("ab") == identity && take("a") == identity && take("ab") == identity);
        assert_true(take("ba") == identity && take("ab") == identity && take("ba") == identity);
        assert_true(take("b") == identity && take("ba") == identity && take("b") == identity);
        assert_int_equal(take("a"), 0);
    }
}

/* The tables may belong to somebody else. */
static void a_user_who_may_only_read_whose_it_is_starts_where_nothing_is_to_be_written(void **state)
{
    char database[16];
    struct buf out = {0};

    (void)state;
    (void)store_server_new(&server, STORE_POSTGRESQL, &where);
    (void)snprintf(database, sizeof database, "t%u", server.databases_count);
    const uint64_t identity = take("a");
    assert_true(store_server_sql(&server, database,
                                 "CREATE ROLE app LOGIN PASSWORD 'right';"
                                 "GRANT SELECT ON ALL TABLES IN SCHEMA public TO app",
                                 &out));
    store_server_uri(&server, "app:right", database, &where);
    assert_true(take("ba") == 0);
    assert_non_null(strstr(said.bytes, "may change"));
    assert_true(take("ab") == identity);
    buf_deinit(&out);
}

static void what_cannot_be_opened_is_told_as_by_the_store(void **state)
{
    (void)state;
    static const char *const places[] = {"", ":memory:", "mysql://x", "/no/such/folder/x.db"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        buf_clear(&where);
        buf_add_text(&where, places[i]);
        assert_int_equal(take("a"), 0);
        assert_non_null(strstr(said.bytes, "give"));
        const struct node_config own = of("a");
        assert_int_equal(installation_adopt(where.bytes, &own, &said), HB_EDENIED);
    }
    (void)store_server_new(&server, STORE_SQLITE, &where); /* a copy that is somewhere else */
    const struct node_config own = of("a");
    assert_int_equal(installation_adopt(where.bytes, &own, &said), HB_EDENIED);
    assert_non_null(strstr(said.bytes, "no database"));
    assert_int_not_equal(access(where.bytes, F_OK), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_identity_is_drawn_once),
        cmocka_unit_test(a_copy_that_is_adopted_is_another_installation_with_another_epoch),
        cmocka_unit_test(an_adoption_fences_the_lives_that_there_are),
        cmocka_unit_test(keys_that_its_nodes_do_not_write_with_are_refused),
        cmocka_unit_test(
            a_user_who_may_only_read_whose_it_is_starts_where_nothing_is_to_be_written),
        cmocka_unit_test(what_cannot_be_opened_is_told_as_by_the_store),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
