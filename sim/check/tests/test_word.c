/* What a node names and answers, held against the log and what was asked. */
#include "server/base/tests/test.h"
#include "sim/check/tests/edge_story.h"

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

#define REF UINT64_C(77)

/* Device 1 is there, the log of room 0 ends at 5. */
static void five(void)
{
    greeted(&s, 1, 2, 2);
    for (uint64_t seq = 3; seq <= 5; seq++) {
        stands(&s, seq);
    }
}

static void asks(uint64_t seq, uint8_t flags)
{
    position(&s, 1, 0, seq);
    heard(&s, 1, "sync_request", REF, flags);
}

static void page(uint64_t head, uint64_t cursor, uint8_t flags)
{
    said_head(&s, 1, 0, head);
    said_cursor(&s, 1, 0, cursor);
    said(&s, 1, "sync_response", REF, flags);
}

static void ack_is_sent(uint32_t device, uint64_t seq)
{
    struct obs obs = row_of(OBS_ACK_SENT, device, 0, seq, 0, 100 + seq);
    obs.node = 1;
    obs.content = 0;
    tell(&s, obs);
}

static void a_true_answer_breaks_nothing(void **state)
{
    (void)state;
    five();
    ack_is_sent(0, 5);
    asks(2, 0);
    page(5, 4, OBS_MORE);
    asks(4, OBS_MORE);
    page(5, 5, 0);
    assert_held(&s, ORD_12);
    assert_held(&s, ORD_15);
    assert_held(&s, SYN_13);
    assert_held(&s, SYN_15);
    assert_held(&s, SYN_18);
}

static void ord_15_a_welcome_with_a_head_beyond_the_log_fires(void **state)
{
    (void)state;
    arrives(&s, 1);
    heard(&s, 1, "hello", 0, 0);
    said_head(&s, 1, 0, 3);
    assert_only(&s, ORD_15);
}

static void ord_15_a_page_with_a_head_beyond_the_log_fires(void **state)
{
    (void)state;
    five();
    asks(2, 0);
    said_head(&s, 1, 0, 6);
    assert_only(&s, ORD_15);
}

static void announces(uint64_t seq)
{
    struct obs obs = OBS(OBS_ANNOUNCED, 0);
    obs.node = 0;
    obs.room = 0;
    obs.seq = seq;
    tell(&s, obs);
}

static void ord_15_an_announcement_of_a_head_beyond_the_log_fires(void **state)
{
    (void)state;
    five();
    announces(6);
    assert_only(&s, ORD_15);
}

static void ord_15_an_announcement_may_be_behind_the_log(void **state)
{
    (void)state;
    five();
    announces(5);
    announces(4);
    assert_held(&s, ORD_15);
}

static void ord_12_a_head_that_goes_back_fires(void **state)
{
    (void)state;
    for (uint64_t seq = 3; seq <= 5; seq++) {
        stands(&s, seq);
    }
    greeted(&s, 1, 5, 2);
    said_head(&s, 1, 0, 4);
    assert_only(&s, ORD_12);
}

static void ord_12_another_connection_may_be_told_less(void **state)
{
    (void)state;
    five();
    said_head(&s, 1, 0, 5);
    greeted(&s, 0, 3, 2);
    assert_nothing(&s);
}

static void ord_12_a_cursor_behind_what_was_asked_fires(void **state)
{
    (void)state;
    five();
    asks(4, 0);
    page(5, 3, OBS_MORE);
    assert_only(&s, ORD_12);
}

static void syn_13_a_reset_of_a_position_in_the_log_fires(void **state)
{
    (void)state;
    five();
    asks(4, 0);
    said(&s, 1, "reset", REF, 0);
    assert_only(&s, SYN_13);
}

static void syn_13_a_reset_of_a_position_beyond_the_log_is_right(void **state)
{
    (void)state;
    five();
    asks(6, 0);
    said(&s, 1, "reset", REF, 0);
    assert_held(&s, SYN_13);
}

static void syn_13_a_page_for_a_position_of_another_log_fires(void **state)
{
    (void)state;
    five();
    heard(&s, 1, "sync_request", REF, OBS_LEFT);
    said(&s, 1, "sync_response", REF, 0);
    assert_only(&s, SYN_13);
}

static void syn_13_a_reset_for_a_position_of_another_log_is_right(void **state)
{
    (void)state;
    five();
    heard(&s, 1, "sync_request", REF, OBS_LEFT);
    said(&s, 1, "reset", REF, 0);
    simple(&s, OBS_RESET, 1, 0, 0, 0, 0);
    assert_held(&s, SYN_13);
}

static void syn_13_a_welcome_of_another_log_fires(void **state)
{
    (void)state;
    arrives(&s, 1);
    heard(&s, 1, "hello", 0, 0);
    said(&s, 1, "welcome", 0, OBS_LEFT);
    assert_only(&s, SYN_13);
}

static void syn_13_a_client_that_begins_again_by_itself_fires(void **state)
{
    (void)state;
    five();
    simple(&s, OBS_RESET, 1, 0, 0, 0, 0);
    assert_only(&s, SYN_13);
}

static void syn_15_a_head_below_what_was_acked_before_fires(void **state)
{
    (void)state;
    greeted(&s, 0, 2, 2);
    stands(&s, 3);
    ack_is_sent(2, 3); /* to ana's other device */
    position(&s, 0, 0, 2);
    heard(&s, 0, "sync_request", REF, 0);
    said_head(&s, 0, 0, 2);
    said_cursor(&s, 0, 0, 2);
    said(&s, 0, "sync_response", REF, 0);
    assert_now(&s, SYN_15);
}

static void syn_15_what_is_acked_after_the_request_may_be_missing(void **state)
{
    (void)state;
    greeted(&s, 0, 2, 2);
    position(&s, 0, 0, 1);
    heard(&s, 0, "sync_request", REF, 0);
    stands(&s, 3);
    ack_is_sent(2, 3);
    said_head(&s, 0, 0, 2);
    said_cursor(&s, 0, 0, 2);
    said(&s, 0, "sync_response", REF, 0);
    assert_held(&s, SYN_15);
}

static void syn_18_an_empty_answer_to_a_second_request_fires(void **state)
{
    (void)state;
    five();
    asks(2, 0);
    position(&s, 1, 0, 2);
    heard(&s, 1, "sync_request", REF + 1, 0);
    said_head(&s, 1, 0, 2);
    said_cursor(&s, 1, 0, 2);
    said(&s, 1, "sync_response", REF + 1, 0);
    assert_only(&s, SYN_18);
}

static void syn_18_a_second_request_may_be_refused(void **state)
{
    (void)state;
    five();
    asks(2, 0);
    position(&s, 1, 0, 2);
    heard(&s, 1, "sync_request", REF + 1, 0);
    said(&s, 1, "try_again", REF + 1, 0);
    page(5, 5, 0);
    assert_held(&s, SYN_18);
}

static void syn_18_a_second_answer_fires(void **state)
{
    (void)state;
    five();
    asks(2, 0);
    page(5, 5, 0);
    page(5, 5, 0);
    assert_only(&s, SYN_18);
}

static void syn_18_an_end_short_of_its_own_head_fires(void **state)
{
    (void)state;
    five();
    asks(2, 0);
    page(5, 4, 0);
    assert_only(&s, SYN_18);
}

static void syn_18_an_answer_that_leaves_out_a_room_fires(void **state)
{
    (void)state;
    five();
    asks(2, 0);
    said(&s, 1, "sync_response", REF, 0);
    assert_only(&s, SYN_18);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_true_answer_breaks_nothing),
        TEST(ord_15_a_welcome_with_a_head_beyond_the_log_fires),
        TEST(ord_15_a_page_with_a_head_beyond_the_log_fires),
        TEST(ord_15_an_announcement_of_a_head_beyond_the_log_fires),
        TEST(ord_15_an_announcement_may_be_behind_the_log),
        TEST(ord_12_a_head_that_goes_back_fires),
        TEST(ord_12_another_connection_may_be_told_less),
        TEST(ord_12_a_cursor_behind_what_was_asked_fires),
        TEST(syn_13_a_reset_of_a_position_in_the_log_fires),
        TEST(syn_13_a_reset_of_a_position_beyond_the_log_is_right),
        TEST(syn_13_a_page_for_a_position_of_another_log_fires),
        TEST(syn_13_a_reset_for_a_position_of_another_log_is_right),
        TEST(syn_13_a_welcome_of_another_log_fires),
        TEST(syn_13_a_client_that_begins_again_by_itself_fires),
        TEST(syn_15_a_head_below_what_was_acked_before_fires),
        TEST(syn_15_what_is_acked_after_the_request_may_be_missing),
        TEST(syn_18_an_empty_answer_to_a_second_request_fires),
        TEST(syn_18_a_second_request_may_be_refused),
        TEST(syn_18_a_second_answer_fires),
        TEST(syn_18_an_end_short_of_its_own_head_fires),
        TEST(syn_18_an_answer_that_leaves_out_a_room_fires),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
