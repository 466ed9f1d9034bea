/* What waits at a device goes out: each way to break it, and the near twins. A way is 10 ms. */
#include "server/base/tests/test.h"
#include "sim/check/tests/story.h"

static struct story s;

static int setup(void **state)
{
    (void)state;
    story_begin(&s);
    at(&s, 1000);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    story_end(&s);
    return 0;
}

/* Of device 0. */
static void about(enum obs_kind kind, uint32_t room, uint64_t client_id, uint8_t flags)
{
    struct obs obs = OBS((uint8_t)kind, 0);
    obs.device = 0;
    obs.user = 0;
    obs.room = room;
    obs.client_id = client_id;
    obs.flags = flags;
    obs.node = kind == OBS_PUT || kind == OBS_RESEND ? 0 : OBS_NODE_NONE;
    tell(&s, obs);
}

/* Device 0 writes 31 and 32 to room 0; the first is on the wire. */
static void writes_two(void)
{
    online(&s, 0, 0);
    writes(&s, 0, 0, 31);
    about(OBS_PUT, 0, 31, 0);
    writes(&s, 0, 0, 32);
}

static void first_is_acked(void)
{
    commits(&s, (struct commit){.seq = 3, .client_id = 31});
    acked(&s, 0, 0, 3, 31);
}

static int found_at(int64_t ms, enum invariant invariant)
{
    at(&s, ms);
    simple(&s, OBS_CALM, OBS_NONE, OBS_NONE, 0, 0, 0);
    return (int)found(&s, invariant);
}

static void liv_05_a_message_that_stays_where_it_was_written_fires(void **state)
{
    (void)state;
    online(&s, 0, 0);
    writes(&s, 0, 0, 31);
    about(OBS_PUT, 0, 31, 0); /* such a history says what is put */
    first_is_acked();
    writes(&s, 0, 0, 32);
    assert_int_equal(found_at(1010, LIV_05), 0);
    assert_int_equal(found_at(1011, LIV_05), 1);
}

static void liv_05_the_next_that_is_not_put_after_an_ack_fires(void **state)
{
    (void)state;
    writes_two();
    at(&s, 1020);
    first_is_acked();
    assert_int_equal(found_at(1030, LIV_05), 0);
    assert_int_equal(found_at(1031, LIV_05), 1);
    assert_int_equal(found(&s, LIV_12), 0);
}

static void liv_05_the_next_that_is_not_put_after_a_refusal_fires(void **state)
{
    (void)state;
    writes_two();
    at(&s, 1020);
    about(OBS_NACK, 0, 31, 0);
    about(OBS_FAILED, 0, 31, 0);
    assert_int_equal(found_at(1031, LIV_05), 1);
}

static void liv_05_what_is_not_put_after_a_welcome_fires(void **state)
{
    (void)state;
    writes_two();
    at(&s, 1010);
    closes(&s, 0);
    at(&s, 1500);
    online(&s, 0, 0);
    about(OBS_RESEND, 0, 31, 0);
    at(&s, 1520);
    closes(&s, 0);
    at(&s, 1600);
    online(&s, 0, 0);
    assert_int_equal(found_at(1610, LIV_05), 0);
    assert_int_equal(found_at(1611, LIV_05), 1);
}

static void liv_05_is_silent_when_each_follows_at_once(void **state)
{
    (void)state;
    writes_two();
    at(&s, 1020);
    first_is_acked();
    shown(&s, 0, 0, 3, ANA, 31);
    about(OBS_PUT, 0, 32, 0);
    assert_int_equal(found_at(1045, LIV_05), 0);
    assert_held(&s, LIV_05);
}

static void liv_05_is_silent_while_the_first_waits_for_its_answer_or_a_pause(void **state)
{
    (void)state;
    writes_two();
    assert_int_equal(found_at(1500, LIV_05), 0); /* that is LIV-01's */
    about(OBS_NACK, 0, 31, OBS_TEMPORARY);
    assert_int_equal(found_at(2000, LIV_05), 0);
}

static void liv_05_is_silent_while_the_device_is_offline(void **state)
{
    (void)state;
    writes_two();
    at(&s, 1010);
    closes(&s, 0);
    writes(&s, 0, 1, 33);
    assert_int_equal(found_at(2000, LIV_05), 0);
}

static void liv_12_a_room_that_waits_for_another_ones_answer_fires(void **state)
{
    (void)state;
    writes_two();
    writes(&s, 0, 1, 33);
    assert_int_equal(found_at(1010, LIV_12), 0);
    assert_int_equal(found_at(1011, LIV_12), 1);
    assert_int_equal(found(&s, LIV_05), 0);
}

static void liv_12_a_room_that_waits_for_another_ones_pause_fires(void **state)
{
    (void)state;
    writes_two();
    at(&s, 1020);
    about(OBS_NACK, 0, 31, OBS_TEMPORARY);
    writes(&s, 0, 1, 33);
    assert_int_equal(found_at(1031, LIV_12), 1);
}

static void liv_12_is_silent_when_each_room_has_its_own_queue(void **state)
{
    (void)state;
    writes_two();
    writes(&s, 0, 1, 33);
    about(OBS_PUT, 1, 33, 0);
    assert_int_equal(found_at(1020, LIV_12), 0);
    assert_held(&s, LIV_12);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        STORY(liv_05_a_message_that_stays_where_it_was_written_fires),
        STORY(liv_05_the_next_that_is_not_put_after_an_ack_fires),
        STORY(liv_05_the_next_that_is_not_put_after_a_refusal_fires),
        STORY(liv_05_what_is_not_put_after_a_welcome_fires),
        STORY(liv_05_is_silent_when_each_follows_at_once),
        STORY(liv_05_is_silent_while_the_first_waits_for_its_answer_or_a_pause),
        STORY(liv_05_is_silent_while_the_device_is_offline),
        STORY(liv_12_a_room_that_waits_for_another_ones_answer_fires),
        STORY(liv_12_a_room_that_waits_for_another_ones_pause_fires),
        STORY(liv_12_is_silent_when_each_room_has_its_own_queue),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
