/* What arrived and what was read: each way to break it, and the near twins. Bob writes seq 3 of room 0, ana reads. */
#include "server/base/tests/test.h"
#include "sim/check/tests/story.h"

#define WRITTEN_MS (WALL_MS - 1000 + 3) /* by its stamp */
#define TOLD_MS    1240                 /* repair 290, and 300 + 20 + 10 + 500 + 2 * 60 */
#define SAID_MS    2270                 /* 1000 + 30 + 1000 + 2 * 60 + 10 + 20 + 20, and some */

static struct story s;

static void message(uint32_t user, uint64_t seq, uint64_t client_id)
{
    writes(&s, user, 0, client_id);
    commits(&s, (struct commit){.user = user, .seq = seq, .client_id = client_id});
}

/* Devices 0 of ana and 1 of bob are online; bob's message 31 is shown to both. */
static int setup(void **state)
{
    (void)state;
    story_begin(&s);
    at(&s, 1000);
    online(&s, 0, 0);
    online(&s, 1, 1);
    message(1, 3, 31);
    shown(&s, 0, 0, 3, BOB, 31);
    shown(&s, 1, 0, 3, BOB, 31);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    story_end(&s);
    return 0;
}

static struct obs about(enum obs_kind kind, uint32_t device, uint32_t user, uint64_t seq)
{
    struct obs obs = OBS((uint8_t)kind, 0);

    obs.device = device;
    obs.user = user;
    obs.room = 0;
    obs.seq = seq;
    return obs;
}

static void says_read(uint32_t device, uint64_t seq, int64_t before)
{
    struct obs obs = about(OBS_READ_SAID, device, device % 2, 0);

    obs.id = ID_OF(0, seq);
    obs.value = before;
    tell(&s, obs);
}

static void read_row(uint32_t user, uint64_t seq, int64_t read_ms)
{
    struct obs obs = about(OBS_READ_ROW, OBS_NONE, user, seq);

    obs.node = 0;
    obs.timestamp = read_ms;
    obs.value = WALL_MS + s.now_us / 1000;
    tell(&s, obs);
}

static void read_told(uint32_t device, uint32_t user, uint64_t seq, int64_t read_ms)
{
    struct obs obs = about(OBS_READ_TOLD, device, user, 0);

    obs.id = ID_OF(0, seq);
    obs.timestamp = read_ms;
    tell(&s, obs);
}

static void arrived_row(uint32_t user, uint64_t seq)
{
    struct obs obs = about(OBS_ARRIVED_ROW, OBS_NONE, user, seq);

    obs.node = 0;
    tell(&s, obs);
}

static void arrived_told(uint32_t device, uint32_t user, uint64_t seq)
{
    tell(&s, about(OBS_ARRIVED_TOLD, device, user, seq));
}

/* Ana's device says that she read bob's message, and the database has it. */
static void ana_reads(void)
{
    says_read(0, 3, 0);
    read_row(0, 3, WALL_MS + 1000);
}

/* --- Whose, of what -------------------------------------------------------------------------- */

static void what_was_shown_and_said_is_read(void **state)
{
    (void)state;
    ana_reads();
    read_told(1, 0, 3, WALL_MS + 1000);
    assert_nothing(&s);
    assert_held(&s, RCP_01);
    assert_held(&s, RCP_02);
    assert_held(&s, RCP_03);
    assert_held(&s, RCP_08);
    assert_held(&s, RCP_09);
    assert_held(&s, RCP_10);
}

static void rcp_01_what_nobody_said_is_not_read(void **state)
{
    (void)state;
    read_row(0, 3, WALL_MS + 1000);
    assert_only(&s, RCP_01);
}

static void rcp_01_what_was_not_shown_is_not_read(void **state)
{
    (void)state;
    message(1, 4, 32);
    says_read(0, 4, 0);
    read_row(0, 4, WALL_MS + 1000);
    assert_only(&s, RCP_01);
}

static void rcp_01_what_another_device_was_shown_may_be_read_here(void **state)
{
    (void)state;
    online(&s, 2, 0);
    says_read(2, 3, 0);
    read_row(0, 3, WALL_MS + 1000);
    assert_nothing(&s);
}

static void member_left(uint32_t user, uint64_t seq)
{
    struct obs obs = about(OBS_MEMBER, OBS_NONE, user, seq);

    obs.flags = OBS_LEFT;
    tell(&s, obs);
}

static void rcp_02_who_left_does_not_read(void **state)
{
    (void)state;
    says_read(0, 3, 0);
    member_left(0, 4);
    read_row(0, 3, WALL_MS + 1000);
    assert_only(&s, RCP_02);
}

static void rcp_02_another_may_leave(void **state)
{
    (void)state;
    says_read(0, 3, 0);
    member_left(1, 4);
    read_row(0, 3, WALL_MS + 1000);
    assert_nothing(&s);
}

static void rcp_03_a_second_row_fires(void **state)
{
    (void)state;
    ana_reads();
    read_row(0, 3, WALL_MS + 1000);
    assert_only(&s, RCP_03);
}

static void rcp_03_another_time_fires(void **state)
{
    (void)state;
    ana_reads();
    read_told(1, 0, 3, WALL_MS + 1000);
    read_told(1, 0, 3, WALL_MS + 1000); /* told again is the same */
    assert_nothing(&s);
    read_told(1, 0, 3, WALL_MS + 1001);
    assert_only(&s, RCP_03);
}

static void rcp_05_a_batch_too_soon_fires(void **state)
{
    (void)state;
    message(1, 4, 32);
    shown(&s, 0, 0, 4, BOB, 32);
    shown(&s, 1, 0, 4, BOB, 32);
    at(&s, 1200);
    says_read(0, 3, 0);
    at(&s, 1699);
    says_read(0, 4, 0);
    assert_only(&s, RCP_05);
}

static void rcp_05_one_in_time_and_another_rooms_do_not(void **state)
{
    (void)state;
    message(1, 4, 32);
    shown(&s, 0, 0, 4, BOB, 32);
    shown(&s, 1, 0, 4, BOB, 32);
    at(&s, 1200);
    says_read(0, 3, 0);
    struct obs other = about(OBS_READ_SAID, 0, 0, 0);
    other.room = 1;
    other.id = ID_OF(1, 3);
    tell(&s, other);
    at(&s, 1700);
    says_read(0, 4, 0);
    assert_nothing(&s);
}

static void rcp_05_the_same_twice_in_one_fires(void **state)
{
    (void)state;
    says_read(0, 3, 0);
    says_read(0, 3, 1);
    assert_only(&s, RCP_05);
}

static void rcp_05_too_many_at_once_fire(void **state)
{
    (void)state;
    for (int64_t i = 0; i < RECEIPT_IDS_MAX; i++) {
        says_read(0, 100 + (uint64_t)i, i);
    }
    assert_nothing(&s);
    says_read(0, 99, RECEIPT_IDS_MAX);
    assert_only(&s, RCP_05);
}

static void rcp_08_read_when_it_was_written_fires(void **state)
{
    (void)state;
    says_read(0, 3, 0);
    read_row(0, 3, WRITTEN_MS);
    assert_only(&s, RCP_08);
}

static void rcp_08_read_just_after_it_does_not(void **state)
{
    (void)state;
    says_read(0, 3, 0);
    read_row(0, 3, WRITTEN_MS + 1);
    assert_nothing(&s);
}

static void rcp_08_read_in_the_future_fires(void **state)
{
    (void)state;
    says_read(0, 3, 0);
    read_row(0, 3, WALL_MS + s.now_us / 1000 + 1);
    assert_only(&s, RCP_08);
}

static void rcp_09_another_for_the_one_who_read_fires(void **state)
{
    (void)state;
    ana_reads();
    read_told(0, 1, 3, WALL_MS + 1000);
    assert_only(&s, RCP_09);
}

static void rcp_09_what_is_told_before_it_is_there_fires(void **state)
{
    (void)state;
    says_read(0, 3, 0);
    read_told(1, 0, 3, WALL_MS + 1000);
    assert_only(&s, RCP_09);
}

static void rcp_10_ones_own_message_fires(void **state)
{
    (void)state;
    says_read(1, 3, 0);
    read_row(1, 3, WALL_MS + 1000);
    assert_only(&s, RCP_10);
}

static void rcp_11_what_was_not_shown_did_not_arrive(void **state)
{
    (void)state;
    message(1, 4, 32);
    shown(&s, 1, 0, 4, BOB, 32);
    arrived_row(0, 3);
    assert_nothing(&s);
    assert_held(&s, RCP_11);
    arrived_row(0, 4);
    assert_only(&s, RCP_11);
}

static void rcp_11_more_than_arrived_is_told_fires(void **state)
{
    (void)state;
    message(1, 4, 32);
    shown(&s, 0, 0, 4, BOB, 32);
    arrived_row(0, 3);
    arrived_told(1, 0, 3);
    assert_nothing(&s);
    arrived_told(1, 0, 4);
    assert_only(&s, RCP_11);
}

static void rcp_12_what_arrived_does_not_fall(void **state)
{
    (void)state;
    message(1, 4, 32);
    shown(&s, 0, 0, 4, BOB, 32);
    arrived_row(0, 4);
    assert_nothing(&s);
    arrived_row(0, 3);
    assert_only(&s, RCP_12);
}

static void rcp_12_nor_does_what_is_told(void **state)
{
    (void)state;
    message(1, 4, 32);
    shown(&s, 0, 0, 4, BOB, 32);
    arrived_row(0, 4);
    arrived_told(1, 0, 4);
    arrived_told(1, 0, 4);
    assert_nothing(&s);
    arrived_told(1, 0, 3);
    assert_only(&s, RCP_12);
}

/* --- In time --------------------------------------------------------------------------------- */

static void rcp_04_who_wrote_it_is_not_told(void **state)
{
    (void)state;
    ana_reads();
    tick(&s, 1000 + TOLD_MS);
    assert_int_equal(found(&s, RCP_04), 0);
    tick(&s, 1000 + TOLD_MS + 1);
    assert_int_equal(found(&s, RCP_04), 1);
    tick(&s, 9000);
    assert_int_equal(found(&s, RCP_04), 1); /* once */
}

static void rcp_04_who_is_told_in_time_or_not_there_is_no_matter(void **state)
{
    (void)state;
    ana_reads();
    at(&s, 1000 + TOLD_MS);
    read_told(1, 0, 3, WALL_MS + 1000);
    tick(&s, 9000);
    assert_int_equal(found(&s, RCP_04), 0);
    assert_held(&s, RCP_04);
}

static void rcp_04_who_was_away_is_told_when_they_are_back(void **state)
{
    (void)state;
    ana_reads();
    closes(&s, 1);
    tick(&s, 5000);
    opens(&s, 1, 1);
    welcomed(&s, 1, 3, 2);
    tick(&s, 5000 + TOLD_MS);
    assert_int_equal(found(&s, RCP_04), 0);
    tick(&s, 9000);
    assert_int_equal(found(&s, RCP_04), 1);
}

static void rcp_12_somebody_is_not_told_what_arrived(void **state)
{
    (void)state;
    arrived_row(0, 3);
    arrived_told(0, 0, 3);
    tick(&s, 1000 + TOLD_MS);
    assert_int_equal(found(&s, RCP_12), 0);
    tick(&s, 1000 + TOLD_MS + 1);
    assert_int_equal(found(&s, RCP_12), 1);
}

static void rcp_12_everybody_is_told(void **state)
{
    (void)state;
    arrived_row(0, 3);
    arrived_told(0, 0, 3);
    arrived_told(1, 0, 3);
    tick(&s, 9000);
    assert_int_equal(found(&s, RCP_12), 0);
}

/* --- At rest --------------------------------------------------------------------------------- */

static void ends(int64_t ms)
{
    struct obs obs = OBS(OBS_END, 0);

    obs.flags = OBS_QUIET;
    at(&s, ms);
    tell(&s, obs);
}

static void ana_wishes(void)
{
    struct obs obs = about(OBS_READ, 0, 0, 3);

    obs.id = ID_OF(0, 3);
    tell(&s, obs);
}

static void rcp_06_what_was_read_is_lost(void **state)
{
    (void)state;
    ana_wishes();
    ends(1000 + SAID_MS);
    assert_int_equal(found(&s, RCP_06), 1);
}

static void rcp_06_what_was_just_read_is_not_lost_yet(void **state)
{
    (void)state;
    tick(&s, 1900);
    ana_wishes();
    ends(1000 + SAID_MS);
    assert_int_equal(found(&s, RCP_06), 0);
}

static void rcp_06_what_is_there_is_not_lost(void **state)
{
    (void)state;
    ana_wishes();
    ana_reads();
    read_told(1, 0, 3, WALL_MS + 1000);
    ends(9000);
    assert_int_equal(found(&s, RCP_06), 0);
    assert_int_equal(found(&s, RCP_07), 0);
}

static void rcp_07_a_reader_is_missing_at_rest(void **state)
{
    (void)state;
    ana_reads();
    ends(9000);
    assert_int_equal(found(&s, RCP_07), 1);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_was_shown_and_said_is_read),
        TEST(rcp_01_what_nobody_said_is_not_read),
        TEST(rcp_01_what_was_not_shown_is_not_read),
        TEST(rcp_01_what_another_device_was_shown_may_be_read_here),
        TEST(rcp_02_who_left_does_not_read),
        TEST(rcp_02_another_may_leave),
        TEST(rcp_03_a_second_row_fires),
        TEST(rcp_03_another_time_fires),
        TEST(rcp_04_who_wrote_it_is_not_told),
        TEST(rcp_04_who_is_told_in_time_or_not_there_is_no_matter),
        TEST(rcp_04_who_was_away_is_told_when_they_are_back),
        TEST(rcp_05_a_batch_too_soon_fires),
        TEST(rcp_05_one_in_time_and_another_rooms_do_not),
        TEST(rcp_05_the_same_twice_in_one_fires),
        TEST(rcp_05_too_many_at_once_fire),
        TEST(rcp_06_what_was_read_is_lost),
        TEST(rcp_06_what_was_just_read_is_not_lost_yet),
        TEST(rcp_06_what_is_there_is_not_lost),
        TEST(rcp_07_a_reader_is_missing_at_rest),
        TEST(rcp_08_read_when_it_was_written_fires),
        TEST(rcp_08_read_just_after_it_does_not),
        TEST(rcp_08_read_in_the_future_fires),
        TEST(rcp_09_another_for_the_one_who_read_fires),
        TEST(rcp_09_what_is_told_before_it_is_there_fires),
        TEST(rcp_10_ones_own_message_fires),
        TEST(rcp_11_what_was_not_shown_did_not_arrive),
        TEST(rcp_11_more_than_arrived_is_told_fires),
        TEST(rcp_12_what_arrived_does_not_fall),
        TEST(rcp_12_nor_does_what_is_told),
        TEST(rcp_12_somebody_is_not_told_what_arrived),
        TEST(rcp_12_everybody_is_told),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
