/* Markers, pages backwards and rooms on screen: each way to break them, and the near twin that does not. */
#include "server/base/tests/test.h"
#include "sim/check/tests/story.h"

static struct story s;

#define BACK 7 /* sessions */
#define SYNC 8

/* The log of room 0 has 12 entries; bob's device was shown 3 and 4, was away, and is back. */
static int setup(void **state)
{
    (void)state;
    story_begin(&s);
    online(&s, 1, 1);
    says(&s, 0, 0, 3, 30);
    shown(&s, 1, 0, 3, ANA, 30);
    says(&s, 0, 0, 4, 40);
    shown(&s, 1, 0, 4, ANA, 40);
    closes(&s, 1);
    for (uint64_t seq = 5; seq <= 12; seq++) {
        says(&s, 0, 0, seq, 10 * seq);
    }
    opens(&s, 1, 1);
    welcomed(&s, 1, 12, 2);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    story_end(&s);
    return 0;
}

static void marker(uint64_t low, int64_t high)
{
    simple(&s, OBS_GAP, 1, 0, low, high, 0);
}

static void not_the_persons(uint64_t low, int64_t high)
{
    simple(&s, OBS_GAP, 1, 0, low, high, OBS_LEFT);
}

static void shows(uint64_t seq)
{
    shown(&s, 1, 0, seq, ANA, 10 * seq);
}

static void shows_down(uint64_t from, uint64_t to)
{
    for (uint64_t seq = from; seq >= to; seq--) {
        shows(seq);
    }
}

/* Shown up to 4, and 10 to 12 above a marker. */
static void marked(void)
{
    marker(5, 9);
    shows(10);
    shows(11);
    shows(12);
}

static void end(uint64_t head)
{
    for (uint64_t seq = 3; seq <= head; seq++) {
        acked(&s, 0, 0, seq, 10 * seq);
    }
    simple(&s, OBS_END, OBS_NONE, OBS_NONE, 0, 0, OBS_QUIET);
}

/* --- Places ---------------------------------------------------------------------------------- */

static void a_marker_that_is_filled_from_both_edges_is_found_good(void **state)
{
    (void)state;
    marked();
    shows(5);
    shows_down(9, 7);
    says(&s, 0, 0, 13, 130);
    shows(13);
    shows(6);
    says(&s, 0, 0, 14, 140);
    shows(14);
    tick(&s, 20000);
    end(14);
    assert_held(&s, ORD_03);
    assert_held(&s, ORD_04);
    assert_held(&s, SYN_02);
    assert_held(&s, SYN_11);
}

static void a_second_marker_above_the_first_is_found_good(void **state)
{
    (void)state;
    marker(5, 7);
    shows(8);
    marker(9, 10);
    shows(11);
    shows(12);
    shows_down(10, 9);
    shows_down(7, 5);
    end(12);
    assert_held(&s, ORD_04);
    assert_held(&s, SYN_11);
}

static void ord_04_a_marker_that_is_not_where_the_list_ends_fires(void **state)
{
    (void)state;
    marker(6, 9);
    assert_only(&s, ORD_04);
}

static void ord_04_a_marker_for_nothing_fires(void **state)
{
    (void)state;
    marker(5, 4);
    assert_only(&s, ORD_04);
}

static void ord_04_a_hole_beside_the_marker_fires(void **state)
{
    (void)state;
    marker(5, 9);
    shows(11);
    assert_now(&s, ORD_04);
}

static void ord_04_an_entry_amid_the_marker_fires(void **state)
{
    (void)state;
    marked();
    shows(7);
    assert_now(&s, ORD_04);
}

static void ord_08_what_stands_above_the_marker_shown_again_fires(void **state)
{
    (void)state;
    marked();
    shows(11);
    assert_now(&s, ORD_08);
}

static void ord_03_an_entry_below_what_was_filled_fires(void **state)
{
    (void)state;
    marked();
    shows_down(9, 8);
    shows(9);
    assert_now(&s, ORD_03);
}

static void ord_04_a_marker_that_ends_for_what_is_the_persons_fires(void **state)
{
    (void)state;
    marked();
    not_the_persons(7, 9);
    assert_now(&s, ORD_04);
}

static void ord_04_is_silent_where_the_person_was_not_there(void **state)
{
    (void)state;
    marker(5, 9);
    simple(&s, OBS_MEMBER, 1, 0, 9, 0, 0); /* again, with the entry before the page */
    shows(10);
    shows(11);
    shows(12);
    not_the_persons(6, 9);
    shows(5);
    assert_held(&s, ORD_04);
}

static void syn_11_a_marker_that_is_left_at_rest_fires(void **state)
{
    (void)state;
    marked();
    shows_down(9, 6);
    end(12);
    assert_only(&s, SYN_11);
}

static void syn_02_what_a_marker_stands_for_has_its_time(void **state)
{
    (void)state;
    marked();
    tick(&s, 20000);
    assert_int_equal(found(&s, SYN_02), 5); /* 5 to 9, and not those above */
}

static void syn_08_a_sync_from_above_a_marker_fires(void **state)
{
    (void)state;
    marked();
    simple(&s, OBS_SYNC_BEGIN, 1, 0, 12, SYNC, 0);
    assert_now(&s, SYN_08);
}

static void syn_08_is_silent_for_one_from_below(void **state)
{
    (void)state;
    marked();
    shows(5);
    simple(&s, OBS_SYNC_BEGIN, 1, 0, 5, SYNC, 0);
    assert_int_equal(found(&s, SYN_08), 0);
}

static void ord_06_what_stands_above_a_marker_was_seen_too(void **state)
{
    (void)state;
    marked();
    writes(&s, 1, 0, 77);
    simple(&s, OBS_REWRITTEN, OBS_NONE, 0, 12, 0, OBS_LEFT); /* so that its place is free again */
    commits(&s, (struct commit){.user = 1, .room = 0, .seq = 12, .client_id = 77, .node = 1});
    assert_true(found(&s, ORD_06) > 0);
}

/* --- Pages backwards ------------------------------------------------------------------------- */

static void asks(uint64_t below)
{
    simple(&s, OBS_BACK, 1, 0, below, BACK, 0);
}

static void gives(uint64_t from, uint64_t to, uint64_t head, bool more)
{
    for (uint64_t seq = from; seq <= to; seq++) {
        struct obs obs = row_of(OBS_SYNC_ROW, 1, 0, seq, ANA, 10 * seq);
        obs.value = BACK;
        tell(&s, obs);
    }
    simple(&s, OBS_SYNC_HEAD, 1, 0, head, BACK, 0);
    simple(&s, OBS_SYNC_PAGE, 1, OBS_NONE, to + 1 - from, BACK, more ? OBS_MORE : 0);
}

static void pages_backwards_are_found_good(void **state)
{
    (void)state;
    asks(0);
    gives(10, 12, 12, true);
    asks(10);
    gives(8, 9, 12, true); /* by bytes */
    asks(5);
    gives(3, 4, 12, false);
    asks(3);
    gives(3, 2, 12, false);                       /* nothing: the person is there since 2 */
    simple(&s, OBS_SYNC_BEGIN, 1, 1, 2, SYNC, 0); /* evidence that this device tells of its syncs */
    assert_held(&s, SYN_05);
    assert_held(&s, SYN_07);
    assert_held(&s, LIV_03);
}

static void syn_05_a_row_left_out_of_a_page_backwards_fires(void **state)
{
    (void)state;
    asks(9);
    gives(6, 6, 12, true);
    assert_only(&s, SYN_05); /* 7 and 8 */
}

static void syn_05_a_hole_in_a_page_backwards_fires(void **state)
{
    struct obs obs = row_of(OBS_SYNC_ROW, 1, 0, 6, ANA, 60);
    (void)state;
    asks(9);
    obs.value = BACK;
    tell(&s, obs);
    gives(8, 8, 12, true);
    assert_int_equal(found(&s, SYN_05), 1);
}

static void syn_05_a_newest_page_below_the_head_it_names_fires(void **state)
{
    (void)state;
    asks(0);
    gives(9, 11, 12, true);
    assert_only(&s, SYN_05);
}

static void syn_07_a_page_backwards_that_hides_what_is_older_fires(void **state)
{
    (void)state;
    asks(10);
    gives(7, 9, 12, false);
    assert_only(&s, SYN_07);
}

static void syn_07_more_rows_than_a_page_has_fire(void **state)
{
    (void)state;
    asks(10);
    gives(6, 9, 12, true);
    assert_only(&s, SYN_07);
}

static void liv_03_a_page_backwards_that_does_not_come_fires(void **state)
{
    (void)state;
    marked();
    asks(10);
    tick(&s, 20000);
    assert_true(found(&s, LIV_03) > 0);
}

/* --- On screen ------------------------------------------------------------------------------- */

static void on_screen(uint32_t room, int64_t session)
{
    simple(&s, OBS_FOCUS, 1, room, 0, session, 0);
}

/* Away again; room 1 has 5 entries by now. What is missing in both follows the welcome, if it does. */
static void back_with_focus(uint32_t room, uint8_t flags)
{
    closes(&s, 1);
    for (uint64_t seq = 3; seq <= 5; seq++) {
        says(&s, 0, 1, seq, 1000 * seq);
    }
    opens(&s, 1, 1);
    on_screen(room, 0);
    struct obs obs = OBS(OBS_WELCOME, 0);
    obs.device = 1;
    obs.user = 1;
    obs.node = 1;
    obs.value = 1;
    tell(&s, obs);
    simple(&s, OBS_HEAD, 1, 0, 12, 0, flags);
    simple(&s, OBS_HEAD, 1, 1, 5, 0, flags);
}

static void syn_23_another_room_before_the_one_on_screen_fires(void **state)
{
    (void)state;
    back_with_focus(0, OBS_MORE);
    shows(5);
    shown(&s, 1, 1, 3, ANA, 3000);
    assert_only(&s, SYN_23);
}

static void syn_23_is_silent_behind_it_and_where_nothing_follows(void **state)
{
    (void)state;
    back_with_focus(0, 0);
    shown(&s, 1, 1, 3, ANA, 3000);
    shown(&s, 1, 1, 4, ANA, 4000);
    shown(&s, 1, 1, 5, ANA, 5000);
    closes(&s, 1);
    opens(&s, 1, 1);
    on_screen(1, 0);
    welcomed(&s, 1, 12, 5);
    shows(5);
    assert_int_equal(found(&s, SYN_23), 0);
}

static void a_page_of_both(uint64_t to, uint64_t others)
{
    simple(&s, OBS_SYNC_BEGIN, 1, 0, 4, SYNC, 0);
    simple(&s, OBS_SYNC_BEGIN, 1, 1, 2, SYNC, 0);
    on_screen(0, SYNC);
    for (uint64_t seq = 5; seq <= to; seq++) {
        struct obs obs = row_of(OBS_SYNC_ROW, 1, 0, seq, ANA, 10 * seq);
        obs.value = SYNC;
        tell(&s, obs);
    }
    for (uint64_t seq = 3; seq < 3 + others; seq++) {
        struct obs obs = row_of(OBS_SYNC_ROW, 1, 1, seq, ANA, 1000 * seq);
        obs.value = SYNC;
        tell(&s, obs);
    }
    simple(&s, OBS_SYNC_HEAD, 1, 0, 7, SYNC, 0);
    simple(&s, OBS_SYNC_HEAD, 1, 1, 5, SYNC, 0);
    simple(&s, OBS_SYNC_CURSOR, 1, 0, to, SYNC, 0);
    simple(&s, OBS_SYNC_CURSOR, 1, 1, 2 + others, SYNC, 0);
    simple(&s, OBS_SYNC_PAGE, 1, OBS_NONE, to - 4 + others, SYNC, OBS_MORE);
}

static void
syn_23_a_page_with_another_room_while_the_one_on_screen_lacks_something_fires(void **state)
{
    (void)state;
    for (uint64_t seq = 3; seq <= 5; seq++) {
        says(&s, 0, 1, seq, 1000 * seq);
    }
    a_page_of_both(6, 1);
    assert_only(&s, SYN_23);
}

static void syn_23_is_silent_for_pages_that_have_it_all_or_it_alone(void **state)
{
    (void)state;
    for (uint64_t seq = 3; seq <= 5; seq++) {
        says(&s, 0, 1, seq, 1000 * seq);
    }
    a_page_of_both(6, 0);
    simple(&s, OBS_SYNC_BEGIN, 1, 0, 4, SYNC + 1, 0);
    a_page_of_both(7, 0);
    assert_held(&s, SYN_23);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_marker_that_is_filled_from_both_edges_is_found_good),
        TEST(a_second_marker_above_the_first_is_found_good),
        TEST(ord_04_a_marker_that_is_not_where_the_list_ends_fires),
        TEST(ord_04_a_marker_for_nothing_fires),
        TEST(ord_04_a_hole_beside_the_marker_fires),
        TEST(ord_04_an_entry_amid_the_marker_fires),
        TEST(ord_08_what_stands_above_the_marker_shown_again_fires),
        TEST(ord_03_an_entry_below_what_was_filled_fires),
        TEST(ord_04_a_marker_that_ends_for_what_is_the_persons_fires),
        TEST(ord_04_is_silent_where_the_person_was_not_there),
        TEST(syn_11_a_marker_that_is_left_at_rest_fires),
        TEST(syn_02_what_a_marker_stands_for_has_its_time),
        TEST(syn_08_a_sync_from_above_a_marker_fires),
        TEST(syn_08_is_silent_for_one_from_below),
        TEST(ord_06_what_stands_above_a_marker_was_seen_too),
        TEST(pages_backwards_are_found_good),
        TEST(syn_05_a_row_left_out_of_a_page_backwards_fires),
        TEST(syn_05_a_hole_in_a_page_backwards_fires),
        TEST(syn_05_a_newest_page_below_the_head_it_names_fires),
        TEST(syn_07_a_page_backwards_that_hides_what_is_older_fires),
        TEST(syn_07_more_rows_than_a_page_has_fire),
        TEST(liv_03_a_page_backwards_that_does_not_come_fires),
        TEST(syn_23_another_room_before_the_one_on_screen_fires),
        TEST(syn_23_is_silent_behind_it_and_where_nothing_follows),
        TEST(syn_23_a_page_with_another_room_while_the_one_on_screen_lacks_something_fires),
        TEST(syn_23_is_silent_for_pages_that_have_it_all_or_it_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
