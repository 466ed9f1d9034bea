/* For whom a node takes who comes: each way to be somebody else, and the near twin that is not. */
#include "server/base/tests/test.h"
#include "server/protocol/id.h"
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

/* Device 0 is ana's, device 1 bob's. */
static void welcomed_as(uint32_t device, uint64_t user, const char *type)
{
    struct obs obs = OBS(OBS_SAID, 0);

    arrives(&s, device);
    heard(&s, device, "hello", 0, 0);
    said_head(&s, device, 0, 2);
    said_head(&s, device, 1, 2);
    obs.node = 0;
    obs.device = device;
    obs.user = device;
    obs.content = id_key(text_of(type));
    obs.sender = user;
    obs.value = 1;
    tell(&s, obs);
}

static void sec_12_who_is_welcomed_as_another_person_fires(void **state)
{
    (void)state;
    welcomed_as(1, ANA, "welcome");
    assert_only(&s, SEC_12);
}

static void sec_12_who_is_welcomed_as_nobody_who_is_known_fires(void **state)
{
    (void)state;
    welcomed_as(1, 0xc, "welcome");
    assert_only(&s, SEC_12);
}

static void sec_12_two_people_who_are_themselves_are_fine(void **state)
{
    (void)state;
    welcomed_as(0, ANA, "welcome");
    welcomed_as(1, BOB, "welcome");
    assert_held(&s, SEC_12);
}

static void sec_12_of_what_names_nobody_nothing_is_asked(void **state)
{
    (void)state;
    welcomed_as(1, 0, "welcome");
    welcomed_as(0, BOB, "draining"); /* another frame's `sender` is nothing */
    assert_int_equal(judge_result(s.judge, SEC_12).judged, 0);
    assert_int_equal(judge_result(s.judge, SEC_12).violations, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        TEST(sec_12_who_is_welcomed_as_another_person_fires),
        TEST(sec_12_who_is_welcomed_as_nobody_who_is_known_fires),
        TEST(sec_12_two_people_who_are_themselves_are_fine),
        TEST(sec_12_of_what_names_nobody_nothing_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
