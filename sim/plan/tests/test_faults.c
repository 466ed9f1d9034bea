/* The rows of faults fit one another. */
#include "server/base/tests/test.h"
#include "sim/plan/faults.h"

#include <string.h>

static void each_word_finds_its_row_and_no_other_does(void **state)
{
    (void)state;

    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        const char *word = fault_word((enum fault_kind)i);
        enum fault_kind kind = FAULT_KIND_COUNT;
        assert_true(fault_find(word, strlen(word), &kind));
        assert_int_equal(kind, i);
        assert_false(fault_find(word, strlen(word) - 1, &kind));
        assert_true(strlen(word) < 40 && fault_row(kind)->what[0] != 0);
    }
}

static void a_row_has_a_range_if_it_has_an_amount(void **state)
{
    (void)state;

    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        const struct fault_row *row = fault_row((enum fault_kind)i);
        assert_int_equal(fault_unit_row(row->unit)->field != NULL, row->least < row->most);
        assert_int_equal(row->unit != NO_AMOUNT, row->least < row->most);
        assert_true(fault_unit_row(row->unit)->us <= 1000);
    }
}

static void what_ends_a_node_hits_one_and_lasts(void **state)
{
    (void)state;

    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        const struct fault_row *row = fault_row((enum fault_kind)i);
        assert_true(!row->ends_node || (row->target == HITS_NODE && row->lasts == LASTS));
        assert_true(!row->pauses || (row->target == HITS_NODE && row->lasts == LASTS));
    }
}

static void what_clients_do_is_drawn_as_generators_without_an_amount(void **state)
{
    int generated = 0;
    (void)state;

    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        const struct fault_row *row = fault_row((enum fault_kind)i);
        if (row->target == HITS_CLIENT) {
            assert_true(row->unit == NO_AMOUNT && row->path == 0 && row->lasts != MAY_STAY);
            generated++;
        }
        assert_true(!row->workload || row->target == HITS_CLIENT);
        assert_true(!row->posters || row->workload);
    }
    assert_int_equal(generated, GENERATORS_MAX);
}

/* Recorded runs and histories hold these numbers. */
static void rows_keep_their_places(void **state)
{
    static const char *const words[] = {"clock_offset",
                                        "clock_drift",
                                        "clock_jump",
                                        "node_crash",
                                        "redis_cut",
                                        "redis_restart",
                                        "db_refuse",
                                        "db_unknown",
                                        "db_slow",
                                        "client_cut",
                                        "node_drain",
                                        "send",
                                        "disconnect_clean",
                                        "disconnect_abrupt",
                                        "half_open",
                                        "touch",
                                        "choose",
                                        "watch",
                                        "node_pause",
                                        "type",
                                        "direct"};
    (void)state;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_string_equal(fault_word((enum fault_kind)i), words[i]);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_word_finds_its_row_and_no_other_does),
        cmocka_unit_test(a_row_has_a_range_if_it_has_an_amount),
        cmocka_unit_test(what_ends_a_node_hits_one_and_lasts),
        cmocka_unit_test(what_clients_do_is_drawn_as_generators_without_an_amount),
        cmocka_unit_test(rows_keep_their_places),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
