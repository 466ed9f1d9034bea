/* The log: what is gone, changed or told in two ways, and the near twins that are not. */
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

static struct obs final_of(uint64_t seq, uint64_t client_id)
{
    struct obs obs = row_of(OBS_FINAL, OBS_NONE, 0, seq, ANA, client_id);
    obs.timestamp = 5;
    return obs;
}

/* What the log of room 0 began with, and all of room 1. */
static void finals(void)
{
    for (uint32_t room = 0; room < 2; room++) {
        for (uint64_t seq = 1; seq <= 2; seq++) {
            tell(&s, row_of(OBS_FINAL, OBS_NONE, room, seq, seq == 1 ? ANA : BOB, 0));
        }
    }
}

/* Seq 3 of room 0, with the timestamp 5. */
static void says_at_5(void)
{
    writes(&s, 0, 0, 31);
    stamps(&s, 0, 0, 31, HLC(WALL_MS, 3), WALL_MS);
    struct obs obs = row_of(OBS_COMMIT, OBS_NONE, 0, 3, ANA, 31);
    obs.user = 0;
    obs.node = 0;
    obs.value = (int64_t)HLC(WALL_MS, 3);
    obs.timestamp = 5;
    tell(&s, obs);
}

static void ends(void)
{
    tell(&s, OBS(OBS_END, 0));
}

static void syn_01_an_acked_message_that_is_gone_at_the_end_fires(void **state)
{
    (void)state;
    says_at_5();
    acked(&s, 0, 0, 3, 31);
    finals();
    ends();
    assert_only(&s, SYN_01);
}

static void syn_01_an_acked_place_that_holds_another_message_at_the_end_fires(void **state)
{
    (void)state;
    says_at_5();
    acked(&s, 0, 0, 3, 31);
    finals();
    struct obs obs = final_of(3, 31);
    obs.id++;
    tell(&s, obs);
    ends();
    assert_only(&s, SYN_01);
}

static void syn_01_an_ack_is_held_to_the_room_that_it_named(void **state)
{
    (void)state;
    says_at_5();
    struct obs obs = row_of(OBS_ACK, 0, 1, 3, ANA, 31);
    obs.id = ID_OF(0, 3); /* the right message and place, of another room */
    tell(&s, obs);
    finals();
    tell(&s, final_of(3, 31));
    ends();
    assert_now(&s, SYN_01);
}

static void syn_01_a_committed_row_that_is_gone_at_the_end_fires_without_an_ack(void **state)
{
    (void)state;
    says_at_5();
    finals();
    ends();
    assert_only(&s, SYN_01);
}

static void syn_01_is_silent_when_it_is_there_and_for_what_was_never_committed(void **state)
{
    (void)state;
    says_at_5();
    acked(&s, 0, 0, 3, 31);
    writes(&s, 0, 0, 41);
    finals();
    tell(&s, final_of(3, 31));
    ends();
    assert_held(&s, SYN_01);
    assert_held(&s, SYN_21);
}

static void syn_21_a_row_that_is_changed_fires(void **state)
{
    (void)state;
    says_at_5();
    simple(&s, OBS_REWRITTEN, OBS_NONE, 0, 3, 0, 0);
    assert_only(&s, SYN_21);
}

static void syn_21_a_row_that_is_removed_fires(void **state)
{
    (void)state;
    says_at_5();
    simple(&s, OBS_REWRITTEN, OBS_NONE, 0, 3, 0, OBS_LEFT);
    assert_only(&s, SYN_21);
}

static void syn_21_a_row_at_the_end_that_nobody_committed_fires(void **state)
{
    (void)state;
    finals();
    tell(&s, final_of(3, 31));
    assert_only(&s, SYN_21);
}

static struct obs shown_with(uint64_t hlc, int64_t timestamp)
{
    struct obs obs = row_of(OBS_SHOWN, 1, 0, 3, ANA, 31);
    obs.hlc = hlc != 0 ? hlc : obs.hlc;
    obs.timestamp = timestamp;
    return obs;
}

static void ord_09_a_row_with_another_stamp_fires(void **state)
{
    (void)state;
    says_at_5();
    tell(&s, shown_with(HLC(WALL_MS + 1, 0), 5));
    assert_only(&s, ORD_09);
}

static void ord_09_a_row_with_another_timestamp_fires(void **state)
{
    (void)state;
    says_at_5();
    tell(&s, shown_with(0, 6));
    assert_only(&s, ORD_09);
}

static void ord_09_an_ack_with_another_timestamp_fires(void **state)
{
    (void)state;
    says_at_5();
    struct obs obs = row_of(OBS_ACK, 0, 0, 3, 0, 31);
    obs.content = 0;
    obs.timestamp = 6;
    tell(&s, obs);
    assert_only(&s, ORD_09);
}

static void ord_09_a_row_of_a_page_with_another_content_fires(void **state)
{
    (void)state;
    says_at_5();
    simple(&s, OBS_SYNC_BEGIN, 1, 0, 2, 1, 0);
    struct obs obs = row_of(OBS_SYNC_ROW, 1, 0, 3, ANA, 31);
    obs.content++;
    obs.value = 1;
    tell(&s, obs);
    assert_only(&s, ORD_09);
}

static void ord_09_a_row_that_has_another_writer_at_the_end_fires(void **state)
{
    (void)state;
    says_at_5();
    struct obs obs = final_of(3, 31);
    obs.sender = BOB;
    tell(&s, obs);
    assert_only(&s, ORD_09);
}

static void ord_09_is_silent_when_all_say_the_same_and_where_no_timestamp_is_known(void **state)
{
    (void)state;
    says_at_5();
    tell(&s, shown_with(0, 5));
    acked(&s, 0, 0, 3, 31); /* as of a history of the first format */
    assert_held(&s, ORD_09);
}

static void ord_09_two_devices_that_are_shown_another_timestamp_fire_without_a_log(void **state)
{
    (void)state;
    story_end(&s);
    story_begin_black_box(&s);
    for (uint32_t device = 0; device < 2; device++) {
        struct obs obs = row_of(OBS_SHOWN, device, 0, 1, ANA, 0);
        obs.flags = OBS_EVENT;
        obs.timestamp = 5 + device;
        tell(&s, obs);
    }
    assert_only(&s, ORD_09);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(syn_01_an_acked_message_that_is_gone_at_the_end_fires),
        TEST(syn_01_an_acked_place_that_holds_another_message_at_the_end_fires),
        TEST(syn_01_an_ack_is_held_to_the_room_that_it_named),
        TEST(syn_01_a_committed_row_that_is_gone_at_the_end_fires_without_an_ack),
        TEST(syn_01_is_silent_when_it_is_there_and_for_what_was_never_committed),
        TEST(syn_21_a_row_that_is_changed_fires),
        TEST(syn_21_a_row_that_is_removed_fires),
        TEST(syn_21_a_row_at_the_end_that_nobody_committed_fires),
        TEST(ord_09_a_row_with_another_stamp_fires),
        TEST(ord_09_a_row_with_another_timestamp_fires),
        TEST(ord_09_an_ack_with_another_timestamp_fires),
        TEST(ord_09_a_row_of_a_page_with_another_content_fires),
        TEST(ord_09_a_row_that_has_another_writer_at_the_end_fires),
        TEST(ord_09_is_silent_when_all_say_the_same_and_where_no_timestamp_is_known),
        TEST(ord_09_two_devices_that_are_shown_another_timestamp_fire_without_a_log),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
