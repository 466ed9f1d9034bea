/* A plan with more of it left out. */
#include "server/base/tests/test.h"
#include "sim/explore/variant.h"

#include <stdio.h>
#include <string.h>

static const char scenario_text[] =
    "{\"name\":\"tiny\",\"clients\":4,\"rooms\":1,\"membersPerRoom\":4,\"nodes\":2,"
    "\"duration\":\"5s\",\"settle\":\"20s\",\"workload\":{\"send\":{\"every\":\"500ms\"},"
    "\"corpus\":\"c\"},\"faults\":[{\"kind\":\"redis_restart\",\"at\":\"2s\",\"for\":\"1s\"},"
    "{\"kind\":\"node_crash\",\"at\":\"3s\",\"for\":\"1s\"}]}";

struct rig {
    struct scenario *scenario;
    struct plan plan, variant;
    struct buf why;
};

static void rig_init(struct rig *rig)
{
    static const struct scenario_overrides none = {0};

    *rig = (struct rig){.scenario = NULL};
    if (scenario_parse(scenario_text, strlen(scenario_text), &rig->scenario, &rig->why) != HB_OK ||
        scenario_plan(rig->scenario, 1, &none, "hello\n", 6, &rig->plan, &rig->why) != HB_OK) {
        fail_msg("%s", rig->why.bytes);
    }
    assert_int_equal(rig->plan.faults_len, 2);
}

static void rig_deinit(struct rig *rig)
{
    plan_deinit(&rig->plan);
    plan_deinit(&rig->variant);
    scenario_free(&rig->scenario);
    buf_deinit(&rig->why);
}

static void names_are_added_to_what_is_dropped_already(void **state)
{
    struct rig rig;
    struct plan more = {0};
    char faults[2][16];
    const char *first[] = {faults[0], "c1.send#0"};
    const char *second[] = {faults[1]};
    (void)state;
    rig_init(&rig);
    for (uint32_t i = 0; i < 2; i++) {
        (void)snprintf(faults[i], sizeof faults[i], "fault%u", (unsigned)rig.plan.faults[i].id);
    }
    assert_int_equal(plan_variant(&rig.plan, rig.scenario, first, 2, &rig.variant, &rig.why),
                     HB_OK);
    assert_int_equal(rig.variant.drop_faults_len, 1);
    assert_int_equal(rig.variant.drop_faults[0], rig.plan.faults[0].id);
    assert_int_equal(rig.variant.drop_actions_len, 1);
    assert_int_equal(rig.variant.drop_actions[0].client, 1);
    assert_int_equal(rig.variant.seed, rig.plan.seed);
    assert_int_equal(rig.variant.faults_len, 2);
    assert_int_equal(plan_variant(&rig.variant, rig.scenario, second, 1, &more, &rig.why), HB_OK);
    assert_int_equal(more.drop_faults_len, 2);
    assert_int_equal(more.drop_actions_len, 1);
    plan_deinit(&more);
    rig_deinit(&rig);
}

static void what_is_not_there_or_is_no_name_is_refused(void **state)
{
    static const char *const bad[] = {"fault99", "c1.send#99", "c9.send#0", "x",
                                      "",        "\"",         "\xff",      "fault1\\"};
    struct rig rig;
    (void)state;
    rig_init(&rig);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        buf_clear(&rig.why);
        assert_int_equal(plan_variant(&rig.plan, rig.scenario, &bad[i], 1, &rig.variant, &rig.why),
                         HB_EFIELD);
        assert_non_null(strstr(rig.why.bytes, "drop"));
    }
    rig_deinit(&rig);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_added_to_what_is_dropped_already),
        cmocka_unit_test(what_is_not_there_or_is_no_name_is_refused),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
