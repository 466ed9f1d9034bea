/* What no fault touches needs no repair. */
#include "server/base/tests/test.h"
#include "server/node/effects.h"
#include "sim/explore/run.h"
#include "sim/explore/scenario.h"

#include <string.h>

static const struct obs_sink nobody = {.observe = NULL};
static const struct run_progress silent = {NULL, NULL};

/* Entries of one room come from four nodes at once, so that they overtake each other; the rooms are
 * compared with the log all the time, so that heads are read whose publications are on their way. */
static const char busy[] =
    "{\"name\":\"busy\",\"clients\":24,\"rooms\":2,\"membersPerRoom\":12,\"nodes\":4,"
    "\"duration\":\"6s\",\"settle\":\"20s\",\"connectSpread\":\"3s\","
    "\"workload\":{\"send\":{\"every\":[\"50ms\",\"300ms\"]},\"corpus\":\"c\"},"
    "\"latency\":{\"client\":[\"1ms\",\"60ms\"],\"publish\":[\"1ms\",\"3ms\"],"
    "\"redis\":[\"1ms\",\"10ms\"],\"database\":[\"1ms\",\"10ms\"]},"
    "\"server\":{\"fullPass\":\"100ms\",\"announce\":\"50ms\",\"gap\":[\"60ms\",\"300ms\"]},"
    "\"faults\":[]}";

static void run_seed(const struct scenario *scenario, uint64_t seed, struct run_result *ret)
{
    static const struct scenario_overrides none = {0};
    struct buf why = {0};
    struct plan plan = {0};

    if (scenario_plan(scenario, seed, &none, "hello\n", 6, &plan, &why) != HB_OK) {
        fail_msg("%s", why.bytes);
    }
    run_plan(&plan, NULL, 0, nobody, silent, ret);
    plan_deinit(&plan);
    buf_deinit(&why);
}

static uint64_t count_of(const struct run_result *result, enum note_code note)
{
    for (size_t i = 0; i < result->tally.points_len; i++) {
        if (strcmp(result->tally.points[i].name, note_text(note)) == 0) {
            return result->tally.points[i].count;
        }
    }
    fail_msg("no such point");
    return 0;
}

static void without_faults_there_is_no_gap_and_no_repair(void **state)
{
    struct scenario *scenario = NULL;
    struct buf why = {0};
    uint64_t overtaken = 0;
    (void)state;

    if (scenario_parse(busy, strlen(busy), &scenario, &why) != HB_OK) {
        fail_msg("%s", why.bytes);
    }
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct run_result result;
        run_seed(scenario, seed, &result);
        assert_int_equal(result.judgement.verdict, VERDICT_HELD);
        assert_int_equal(count_of(&result, NOTE_GAP), 0);
        assert_int_equal(count_of(&result, NOTE_REPAIRED), 0);
        overtaken += count_of(&result, NOTE_HELD);
        run_result_deinit(&result);
    }
    assert_true(overtaken > 1000); /* it was put to the test */
    scenario_free(&scenario);
    buf_deinit(&why);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_faults_there_is_no_gap_and_no_repair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
