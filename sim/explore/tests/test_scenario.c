/* Scenarios: what is read, what is drawn, and what a bad one is told. */
#include "server/base/tests/test.h"
#include "sim/explore/config.h"
#include "sim/explore/plan_file.h"
#include "sim/explore/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD                                                                                       \
    "{\"name\":\"t\",\"clients\":10,\"rooms\":2,\"membersPerRoom\":5,\"nodes\":3,"                 \
    "\"duration\":\"20s\",\"workload\":{\"send\":{\"every\":\"1s\"},\"corpus\":\"c\"}"
#define CRASH                                                                                      \
    "{\"kind\":\"node_crash\",\"count\":2,\"at\":[\"2s\",\"15s\"],\"for\":[\"1s\",\"3s\"]}"
#define CUT   "{\"kind\":\"redis_cut\",\"count\":3,\"at\":[\"1s\",\"15s\"],\"for\":[\"1ms\",\"3s\"]}"
#define ABORT "{\"kind\":\"disconnect_abrupt\",\"every\":[\"5s\",\"50s\"]}"

static struct scenario *scenario_of(const char *text)
{
    struct scenario *scenario = NULL;
    struct buf why = {0};
    if (scenario_parse(text, strlen(text), &scenario, &why) != HB_OK) {
        fail_msg("%s", why.bytes);
    }
    buf_deinit(&why);
    return scenario;
}

static struct plan plan_of(const char *text, uint64_t seed, const struct scenario_overrides *over)
{
    struct scenario *scenario = scenario_of(text);
    struct buf why = {0};
    struct plan plan;
    assert_int_equal(scenario_plan(scenario, seed, over, "one\ntwo\n", 8, &plan, &why), HB_OK);
    scenario_free(&scenario);
    buf_deinit(&why);
    return plan;
}

static const struct scenario_overrides none = {.small = false};

static void a_bad_scenario_is_told_where_and_what(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"[]", "line 1, column 1: expected a JSON object"},
        {"{\"a\":1,\"a\":1}", "line 1, column 9: the key \"a\" is there twice"},
        {"{}", "name: expected a text, got nothing"},
        {HEAD ",\"clients2\":1}", NULL},
        {HEAD ",\"settle\":\"soon\"}", "settle: expected a duration such as \"5s\", got \"soon\""},
        {HEAD ",\"settle\":\"25h\"}", "settle: expected a duration from 1s to 86400s, got \"25h\""},
        {HEAD ",\"settle\":5}", "settle: expected a duration such as \"5s\", got 5"},
        {HEAD ",\"server\":{\"pageRows\":101}}",
         "server.pageRows: expected an integer from 1 to 100, got 101"},
        {HEAD ",\"server\":[]}", "server: expected an object, got an array"},
        {HEAD ",\"server\":{\"gap\":[\"1ms\",\"soon\"]}}",
         "server.gap[1]: expected a duration such as \"5s\", got \"soon\""},
        {HEAD ",\"client\":{\"backoffMin\":\"9s\"}}",
         "client.backoffMax: expected no less than backoffMin, got nothing"},
        {HEAD ",\"faults\":{}}", "faults: expected an array, got an object"},
        {HEAD ",\"faults\":[5]}", "faults[0]: expected an object, got 5"},
        {HEAD ",\"faults\":[" CUT "," CUT
              ",{\"kind\":\"redis_cut\",\"at\":\"soon\",\"for\":\"1s\"}]}",
         "faults[2].at: expected a duration such as \"5s\", got \"soon\""},
        {HEAD ",\"faults\":[{\"kind\":\"redis_cut\",\"at\":\"1s\"}]}",
         "faults[0].for: expected a duration such as \"5s\", got nothing"},
        {HEAD ",\"faults\":[{\"kind\":\"redis_cut\",\"at\":\"20s\",\"for\":\"1s\"}]}",
         "faults[0].at: expected a duration from 0s to 19999999us, got \"20s\""},
        {HEAD ",\"faults\":[{\"kind\":\"clock_drift\",\"ppm\":1.5}]}",
         "faults[0].ppm: expected an integer from -100000 to 100000, got another number"},
        {HEAD ",\"faults\":[" ABORT "," ABORT "]}",
         "faults[1].kind: expected each kind of client action once, got \"disconnect_abrupt\""},
        {HEAD ",\"mustReach\":[\"the moon\"]}", "mustReach[0]: expected the name of a coverage "
                                                "point (hubbub list coverage) or a fault, got "
                                                "\"the moon\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scenario *scenario = NULL;
        struct buf why = {0};
        print_message("case: %s\n", cases[i].text);
        assert_int_equal(scenario_parse(cases[i].text, strlen(cases[i].text), &scenario, &why),
                         HB_EFIELD);
        assert_null(scenario);
        if (cases[i].why != NULL) {
            assert_string_equal(why.bytes, cases[i].why);
        } else {
            assert_memory_equal(why.bytes, "clients2: unknown field", 23);
        }
        buf_deinit(&why);
    }
}

static void the_same_seed_gives_the_same_plan_and_another_another(void **state)
{
    (void)state;
    static const char text[] = HEAD ",\"faults\":[" CRASH "," CUT "," ABORT "]}";
    struct plan a = plan_of(text, 5, &none);
    struct plan b = plan_of(text, 5, &none);
    struct plan c = plan_of(text, 6, &none);
    assert_int_equal(a.faults_len, 5);
    assert_memory_equal(a.faults, b.faults, a.faults_len * sizeof *a.faults);
    assert_memory_not_equal(a.faults, c.faults, a.faults_len * sizeof *a.faults);
    assert_int_equal(a.generators[1].mean_us, b.generators[1].mean_us);
    plan_deinit(&a);
    plan_deinit(&b);
    plan_deinit(&c);
}

static void taking_a_kind_of_fault_out_leaves_the_others_where_they_were(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct plan both = plan_of(HEAD ",\"faults\":[" CRASH "," CUT "," ABORT "]}", seed, &none);
        struct plan cut = plan_of(HEAD ",\"faults\":[" CUT "]}", seed, &none);
        assert_int_equal(cut.faults_len, 3);
        for (uint32_t i = 0; i < 3; i++) {
            assert_int_equal(both.faults[i + 2].at_us, cut.faults[i].at_us);
            assert_int_equal(both.faults[i + 2].for_us, cut.faults[i].for_us);
            assert_int_equal(both.faults[i + 2].target, cut.faults[i].target);
        }
        plan_deinit(&both);
        plan_deinit(&cut);
    }
}

static void two_nodes_are_never_down_at_once(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct plan plan = plan_of(
            HEAD ",\"faults\":[{\"kind\":\"node_crash\",\"count\":5,\"at\":[\"0s\",\"19s\"],"
                 "\"for\":[\"1s\",\"6s\"]}]}",
            seed, &none);
        for (uint32_t i = 0; i < plan.faults_len; i++) {
            for (uint32_t k = 0; k < i; k++) {
                const struct plan_fault *a = &plan.faults[i];
                const struct plan_fault *b = &plan.faults[k];
                assert_true(a->at_us >= b->at_us + b->for_us || b->at_us >= a->at_us + a->for_us);
            }
        }
        plan_deinit(&plan);
    }
}

static void overrides_share_the_clients_out(void **state)
{
    (void)state;
    const struct scenario_overrides over = {
        .clients = 100, .rooms = 4, .nodes = 2, .duration_us = 7000000};
    struct plan plan = plan_of(HEAD ",\"faults\":[" CRASH "," CUT "]}", 1, &over);
    assert_int_equal(plan.clients, 100);
    assert_int_equal(plan.members_per_room, 25);
    assert_int_equal(plan.nodes, 2);
    for (uint32_t i = 0; i < plan.faults_len; i++) {
        assert_true(plan.faults[i].at_us < 7000000);
        assert_true(plan.faults[i].target < 2);
    }
    plan_deinit(&plan);
}

static void durations_have_units(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us; /* -1: none */
    } cases[] = {{"5s", 5000000},   {"250ms", 250000},  {"10us", 10},
                 {"2m", 120000000}, {"1h", 3600000000}, {"+3s", 3000000},
                 {"0s", 0},         {"5", -1},          {"s", -1},
                 {"", -1},          {"5 s", -1},        {"5S", -1},
                 {"1.5s", -1},      {"5sx", -1},        {"99999999999999s", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t us = -1;
        assert_int_equal(duration_parse(cases[i].text, &us), cases[i].us >= 0);
        assert_int_equal(us, cases[i].us);
    }
    int64_t us = 0;
    assert_true(duration_parse("-200ms", &us));
    assert_int_equal(us, -200000);
}

/* --- Plan files ----------------------------------------------------------------------------- */

static struct buf plan_text(void)
{
    static const char text[] = HEAD ",\"faults\":[" CRASH "," CUT "," ABORT "]}";
    struct scenario *scenario = scenario_of(text);
    struct plan plan = plan_of(text, UINT64_MAX, &none);
    struct buf out = {0};
    plan_write(&plan, scenario, NULL, &out);
    scenario_free(&scenario);
    plan_deinit(&plan);
    return out;
}

static void a_plan_is_written_as_it_is_read(void **state)
{
    (void)state;
    struct buf first = plan_text();
    struct buf second = {0};
    struct buf why = {0};
    struct plan plan;
    struct scenario *scenario = NULL;
    assert_int_equal(plan_read(first.bytes, first.len, &plan, &scenario, NULL, &why), HB_OK);
    assert_true(plan.seed == UINT64_MAX);
    plan_write(&plan, scenario, NULL, &second);
    assert_string_equal(first.bytes, second.bytes);
    plan_deinit(&plan);
    scenario_free(&scenario);
    buf_deinit(&first);
    buf_deinit(&second);
    buf_deinit(&why);
}

static void a_plan_cut_anywhere_is_refused(void **state)
{
    (void)state;
    struct buf text = plan_text();
    for (size_t len = 0; len + 2 < text.len; len += 13) {
        struct buf why = {0};
        struct plan plan;
        struct scenario *scenario = NULL;
        assert_int_equal(plan_read(text.bytes, len, &plan, &scenario, NULL, &why), HB_EFIELD);
        assert_true(why.len > 0);
        buf_deinit(&why);
    }
    buf_deinit(&text);
}

static void replaced(const char *from, const char *to, const char *want)
{
    struct buf text = plan_text();
    struct buf changed = {0};
    struct buf why = {0};
    struct plan plan;
    struct scenario *scenario = NULL;
    const char *at = strstr(text.bytes, from);
    assert_non_null(at);
    buf_add(&changed, text.bytes, (size_t)(at - text.bytes));
    buf_add_text(&changed, to);
    buf_add_text(&changed, at + strlen(from));
    print_message("case: %s\n", to);
    const enum hb_err err = plan_read(changed.bytes, changed.len, &plan, &scenario, NULL, &why);
    if (want == NULL) {
        assert_int_equal(err, HB_OK);
        assert_int_equal(plan.drop_faults[0], 4);
        assert_int_equal(plan.drop_actions[0].client, 7);
        assert_int_equal(plan.drop_actions[0].n, 3);
        plan_deinit(&plan);
        scenario_free(&scenario);
    } else {
        assert_int_equal(err, HB_EFIELD);
        assert_non_null(strstr(why.bytes, want));
    }
    buf_deinit(&text);
    buf_deinit(&changed);
    buf_deinit(&why);
}

static void a_plan_with_a_wrong_part_is_told_which(void **state)
{
    (void)state;
    replaced("\"drop\": []", "\"drop\": [\"fault4\", \"c7.send#3\"]", NULL);
    replaced("\"drop\": []", "\"drop\": [\"c7.sing#3\"]", "drop[0]: expected a name such as");
    replaced("\"drop\": []", "\"drop\": [\"fault\"]", "drop[0]: expected a name such as");
    replaced("\"drop\": []", "\"drop\": [5]", "drop[0]: expected a text");
    replaced("\"hubbub_plan\": 2", "\"hubbub_plan\": 9", "hubbub_plan: expected format 2");
    replaced("\"nodes\": 3", "\"nodes\": 0", "drawn.nodes: expected an integer from 1 to 64");
    replaced("\"kind\": \"node_crash\"", "\"kind\": \"flood\"", "drawn.faults[0].kind: expected");
    replaced("\"seed\": \"", "\"seed\": \"x", "seed: expected an integer");
    replaced("\"skewMs\": 60000,", "\"colour\": 1,", "drawn.colour: unknown field");
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_scenario_is_told_where_and_what),
        cmocka_unit_test(the_same_seed_gives_the_same_plan_and_another_another),
        cmocka_unit_test(taking_a_kind_of_fault_out_leaves_the_others_where_they_were),
        cmocka_unit_test(two_nodes_are_never_down_at_once),
        cmocka_unit_test(overrides_share_the_clients_out),
        cmocka_unit_test(durations_have_units),
        cmocka_unit_test(a_plan_is_written_as_it_is_read),
        cmocka_unit_test(a_plan_cut_anywhere_is_refused),
        cmocka_unit_test(a_plan_with_a_wrong_part_is_told_which),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
