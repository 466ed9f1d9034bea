/* Sync sessions: each way to break a page, and the near twin that does not. */
#include "server/base/tests/test.h"
#include "sim/check/tests/story.h"

static struct story s;

static int setup(void **state)
{
    (void)state;
    story_begin(&s);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    story_end(&s);
    return 0;
}

/* The log of room 0 has 10 entries; a page has 3 rows at most. */
static void ten_entries(void)
{
    for (uint64_t seq = 3; seq <= 10; seq++) {
        says(&s, 0, 0, seq, 10 * seq);
    }
}

#define SESSION 7

static void begins(uint32_t room, uint64_t position)
{
    simple(&s, OBS_SYNC_BEGIN, 1, room, position, SESSION, 0);
}

static void rows(uint64_t from, uint64_t to)
{
    for (uint64_t seq = from; seq <= to; seq++) {
        struct obs obs = row_of(OBS_SYNC_ROW, 1, 0, seq, ANA, 10 * seq);
        obs.value = SESSION;
        tell(&s, obs);
    }
}

static void head(uint64_t seq)
{
    simple(&s, OBS_SYNC_HEAD, 1, 0, seq, SESSION, 0);
}

static void cursor(uint64_t seq)
{
    simple(&s, OBS_SYNC_CURSOR, 1, 0, seq, SESSION, 0);
}

static void page(uint64_t count, bool more)
{
    simple(&s, OBS_SYNC_PAGE, 1, OBS_NONE, count, SESSION, more ? OBS_MORE : 0);
}

/* A page as it should be. */
static void good_page(uint64_t from, uint64_t to, bool more)
{
    rows(from, to);
    head(10);
    cursor(to);
    page(to - from + 1, more);
}

static void a_sync_in_pages_is_found_good(void **state)
{
    (void)state;
    ten_entries();
    begins(0, 3);
    good_page(4, 6, true);
    good_page(7, 9, true);
    good_page(10, 10, false);
    assert_held(&s, SYN_05);
    assert_held(&s, SYN_06);
    assert_held(&s, SYN_07);
    assert_held(&s, SYN_08);
}

static void syn_05_a_row_left_out_fires(void **state)
{
    (void)state;
    ten_entries();
    begins(0, 3);
    rows(4, 4);
    rows(6, 6);
    assert_only(&s, SYN_05);
}

static void syn_05_an_end_below_the_head_fires(void **state)
{
    (void)state;
    ten_entries();
    begins(0, 3);
    good_page(4, 6, true);
    rows(7, 9);
    head(10);
    cursor(9);
    page(3, false);
    assert_only(&s, SYN_05);
}

static void syn_05_is_silent_for_a_session_that_another_one_replaces(void **state)
{
    (void)state;
    ten_entries();
    begins(0, 3);
    good_page(4, 6, true);
    simple(&s, OBS_SYNC_BEGIN, 1, 0, 6, SESSION + 1, 0);
    assert_held(&s, SYN_05);
}

static void syn_05_is_silent_for_rows_committed_meanwhile(void **state)
{
    (void)state;
    ten_entries();
    begins(0, 7);
    good_page(8, 10, true);
    says(&s, 0, 0, 11, 110);
    rows(11, 11);
    head(11);
    cursor(11);
    page(1, false);
    assert_held(&s, SYN_05);
}

/* Entry `seq`, of this time as people are told it. */
static void entry_of(uint64_t seq, int64_t timestamp_ms)
{
    const uint64_t stamp = HLC(WALL_MS, seq);
    struct obs obs = row_of(OBS_COMMIT, OBS_NONE, 0, seq, ANA, 10 * seq);

    writes(&s, 0, 0, 10 * seq);
    stamps(&s, 0, 0, 10 * seq, stamp, WALL_MS);
    obs.user = 0;
    obs.node = 0;
    obs.value = (int64_t)stamp;
    obs.timestamp = timestamp_ms;
    tell(&s, obs);
}

/* 4, 5 and 6 are of one millisecond; 8 is of a node whose clock is behind. */
static void entries_of_a_time(void)
{
    static const int64_t times[] = {400, 500, 500, 500, 510, 450};

    for (uint64_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        entry_of(3 + i, times[i]);
    }
}

static void begins_by_time(uint64_t has, int64_t since_ms)
{
    struct obs obs = row_of(OBS_SYNC_BEGIN, 1, 0, has, 0, 0);

    obs.id = 0;
    obs.hlc = 0;
    obs.value = SESSION;
    obs.timestamp = since_ms;
    tell(&s, obs);
}

static void syn_09_a_row_of_the_same_time_left_out_fires(void **state)
{
    (void)state;
    entries_of_a_time();
    begins_by_time(6, 500);
    rows(7, 7);
    assert_only(&s, SYN_09);
}

static void syn_09_is_silent_for_rows_that_come_again(void **state)
{
    (void)state;
    entries_of_a_time();
    begins_by_time(6, 500);
    rows(4, 6);
    head(8);
    cursor(6);
    page(3, true);
    rows(7, 8);
    head(8);
    cursor(8);
    page(2, false);
    assert_held(&s, SYN_09);
    assert_held(&s, SYN_05);
    assert_held(&s, SYN_06);
    assert_held(&s, SYN_08);
}

static void syn_09_a_late_row_left_out_fires(void **state)
{
    (void)state;
    entries_of_a_time();
    begins_by_time(7, 511); /* it lacks 8, whose time is earlier */
    head(8);
    cursor(8);
    assert_only(&s, SYN_09);
}

static void syn_09_is_silent_for_what_the_device_has_and_is_earlier(void **state)
{
    (void)state;
    entries_of_a_time();
    begins_by_time(8, 511);
    head(8);
    cursor(8);
    page(0, false);
    assert_held(&s, SYN_09);
    assert_held(&s, SYN_05);
}

static void syn_09_is_silent_for_what_is_committed_after_it_began(void **state)
{
    (void)state;
    entries_of_a_time();
    begins_by_time(8, 511);
    entry_of(9, 520);
    head(9);
    cursor(9);
    assert_held(&s, SYN_09);
}

static void a_chain_by_time_that_stands_still_fires_as_any(void **state)
{
    (void)state;
    entries_of_a_time();
    begins_by_time(6, 500);
    rows(4, 6);
    head(8);
    cursor(6);
    page(3, true);
    head(8);
    cursor(6);
    page(0, true);
    assert_only(&s, SYN_07);
}

static void syn_06_more_pages_than_the_rows_need_fire(void **state)
{
    (void)state;
    ten_entries();
    begins(0, 4); /* 6 rows: 2 pages, one for the room, one more */
    for (uint64_t seq = 5; seq <= 8; seq++) {
        good_page(seq, seq, true);
    }
    assert_nothing(&s);
    good_page(9, 9, true);
    good_page(10, 10, false);
    assert_true(found(&s, SYN_06) > 0);
}

static void syn_06_is_silent_for_the_pages_that_are_needed_and_one(void **state)
{
    (void)state;
    ten_entries();
    begins(0, 3); /* 7 rows: 3 pages */
    good_page(4, 6, true);
    good_page(7, 9, true);
    good_page(10, 10, true);
    simple(&s, OBS_SYNC_HEAD, 1, 0, 10, SESSION, 0);
    cursor(10);
    page(0, false);
    assert_int_equal(found(&s, SYN_06), 0);
}

static void syn_07_a_page_above_the_limit_fires(void **state)
{
    (void)state;
    ten_entries();
    begins(0, 3);
    rows(4, 7);
    head(10);
    cursor(7);
    page(4, true);
    assert_only(&s, SYN_07);
}

static void syn_07_a_cursor_that_stands_still_while_there_is_more_fires(void **state)
{
    (void)state;
    ten_entries();
    begins(0, 3);
    good_page(4, 6, true);
    head(10);
    cursor(6);
    page(0, true);
    assert_only(&s, SYN_07);
}

static void syn_07_a_cursor_that_goes_back_fires(void **state)
{
    (void)state;
    ten_entries();
    begins(0, 3);
    good_page(4, 6, true);
    rows(7, 9);
    head(10);
    cursor(5);
    assert_only(&s, SYN_07);
}

static void syn_08_a_cursor_above_what_was_given_fires(void **state)
{
    (void)state;
    ten_entries();
    begins(0, 3);
    rows(4, 6);
    head(10);
    cursor(7);
    assert_only(&s, SYN_08);
}

static void syn_08_a_cursor_above_the_log_fires(void **state)
{
    (void)state;
    ten_entries();
    begins(0, 11); /* a position that the log never had */
    head(10);
    cursor(11);
    assert_only(&s, SYN_08);
}

static void syn_08_is_silent_at_what_was_given(void **state)
{
    (void)state;
    ten_entries();
    begins(0, 3);
    rows(4, 6);
    head(10);
    cursor(6);
    assert_held(&s, SYN_08);
}

static void ord_01_also_judges_the_rows_of_a_sync(void **state)
{
    (void)state;
    ten_entries();
    begins(0, 3);
    struct obs obs = row_of(OBS_SYNC_ROW, 1, 0, 4, ANA, 40);
    obs.value = SESSION;
    obs.id++;
    tell(&s, obs);
    assert_true(found(&s, ORD_01) + found(&s, SYN_05) > 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_sync_in_pages_is_found_good, setup, teardown),
        cmocka_unit_test_setup_teardown(syn_05_a_row_left_out_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(syn_05_an_end_below_the_head_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(syn_05_is_silent_for_a_session_that_another_one_replaces,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(syn_05_is_silent_for_rows_committed_meanwhile, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(syn_09_a_row_of_the_same_time_left_out_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(syn_09_is_silent_for_rows_that_come_again, setup, teardown),
        cmocka_unit_test_setup_teardown(syn_09_a_late_row_left_out_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(syn_09_is_silent_for_what_the_device_has_and_is_earlier,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(syn_09_is_silent_for_what_is_committed_after_it_began,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_chain_by_time_that_stands_still_fires_as_any, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(syn_06_more_pages_than_the_rows_need_fire, setup, teardown),
        cmocka_unit_test_setup_teardown(syn_06_is_silent_for_the_pages_that_are_needed_and_one,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(syn_07_a_page_above_the_limit_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(syn_07_a_cursor_that_stands_still_while_there_is_more_fires,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(syn_07_a_cursor_that_goes_back_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(syn_08_a_cursor_above_what_was_given_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(syn_08_a_cursor_above_the_log_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(syn_08_is_silent_at_what_was_given, setup, teardown),
        cmocka_unit_test_setup_teardown(ord_01_also_judges_the_rows_of_a_sync, setup, teardown),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
