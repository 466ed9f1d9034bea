/* Settings that cannot hold together are told with the least value that works. */
#include "server/base/tests/test.h"
#include "sim/explore/scenario.h"

#include <string.h>

#define LATENCY                                                                                    \
    "\"latency\":{\"client\":[\"1ms\",\"100ms\"],\"publish\":\"5ms\",\"redis\":[\"1ms\",\"20ms\"]" \
    ","                                                                                            \
    "\"database\":\"10ms\"},"
#define HEAD                                                                                       \
    "{\"name\":\"t\",\"clients\":20,\"rooms\":2,\"membersPerRoom\":10,\"nodes\":2,"                \
    "\"duration\":\"20s\"," LATENCY
#define TAIL          "\"workload\":{\"send\":{\"every\":\"1s\"},\"corpus\":\"c.txt\"}"
#define CLIENT(it)    HEAD "\"client\":{" it "}," TAIL "}"
#define SERVER(it)    HEAD "\"server\":{" it "}," TAIL "}"
#define SLOW_ANNOUNCE "\"server\":{\"announce\":[\"1s\",\"20s\"]},"

static const struct {
    const char *text, *why; /* why NULL: it fits */
} cases[] = {
    {HEAD TAIL "}", NULL},
    {CLIENT("\"answer\":\"220ms\""), NULL},
    {CLIENT("\"answer\":\"219ms\""),
     "client.answer: expected at least 220ms (2 * L + 2 * D: a frame, what a sync asks of the "
     "database, and the answer), got 219ms"},
    {CLIENT("\"answer\":[\"200ms\",\"9s\"]"),
     "client.answer: expected at least 220ms (2 * L + 2 * D: a frame, what a sync asks of the "
     "database, and the answer), got 200ms"},
    {SERVER("\"redisTimeout\":\"25ms\""), NULL},
    {SERVER("\"redisTimeout\":\"24ms\""),
     "server.redisTimeout: expected at least 25ms (R: a word to Redis and back), got 24ms"},
    {SERVER("\"pingTimeout\":\"200ms\""), NULL},
    {SERVER("\"pingTimeout\":\"199ms\""),
     "server.pingTimeout: expected at least 200ms (2 * L: a ping and its answer), got 199ms"},
    {SERVER("\"hello\":\"200ms\""), NULL},
    {SERVER("\"hello\":\"199ms\""),
     "server.hello: expected at least 200ms (2 * L: a connection is made, and the hello "
     "follows), got 199ms"},
    {HEAD SLOW_ANNOUNCE "\"settle\":\"60s\"," TAIL "}", NULL},
    {HEAD TAIL ",\"small\":{\"client\":{\"answer\":\"100ms\"}}}",
     "small: client.answer: expected at least 220ms (2 * L + 2 * D: a frame, what a sync asks of "
     "the "
     "database, and the answer), got 100ms"},
};

static enum hb_err fits(const char *text, struct buf *why)
{
    struct scenario *scenario = NULL;
    if (scenario_parse(text, strlen(text), &scenario, why) != HB_OK) {
        fail_msg("%s", why->bytes);
    }
    const enum hb_err err = scenario_fits(scenario, why);
    scenario_free(&scenario);
    return err;
}

static void each_setting_that_cannot_hold_is_told_with_what_works(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf why = {0};
        const enum hb_err err = fits(cases[i].text, &why);
        if (cases[i].why == NULL) {
            assert_int_equal(err, HB_OK);
        } else {
            assert_int_equal(err, HB_EFIELD);
            assert_string_equal(why.bytes, cases[i].why);
        }
        buf_deinit(&why);
    }
}

/* Whatever the bound of rest is: what is told as the least works, and what is below it does not. */
static void the_settle_that_is_told_works(void **state)
{
    struct buf why = {0};
    struct buf text = {0};
    const char *expected = "settle: expected at least ";
    (void)state;

    assert_int_equal(fits(HEAD SLOW_ANNOUNCE "\"settle\":\"10s\"," TAIL "}", &why), HB_EFIELD);
    assert_memory_equal(why.bytes, expected, strlen(expected));
    const char *least = why.bytes + strlen(expected);
    buf_printf(&text, "%s\"settle\":\"%.*s\",%s}", HEAD SLOW_ANNOUNCE, (int)strcspn(least, " "),
               least, TAIL);
    buf_clear(&why);
    assert_int_equal(fits(text.bytes, &why), HB_OK);
    buf_deinit(&why);
    buf_deinit(&text);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_setting_that_cannot_hold_is_told_with_what_works),
        cmocka_unit_test(the_settle_that_is_told_works),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
