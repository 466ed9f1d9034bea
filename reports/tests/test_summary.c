/* summary.json: its fields, their order of magnitude, and that no text can break it. */
#include "reports/report.h"
#include "reports/swarm.h"
#include "server/base/tests/test.h"
#include "server/protocol/frame.h"
#include "server/protocol/json.h"

#include <cJSON.h>
#include <stdio.h>
#include <string.h>

static const char nasty[] =
    "a \"quoted\" \\ line\n\x1b[31m \xf0\x9f\x99\x82 \x01\x7f \xe2\x80\xa8\xe2\x80\xa9 </script>";

struct told {
    struct judgement judgement;
    struct tally tally;
};

static struct report full(struct told *told)
{
    static const struct tally_fault faults[] = {
        {"redis_cut", 3, 2, 1, false}, {"crash", 0, 0, 0, false}, {"half_open", 9, 8, 7, true}};
    static const struct tally_point coverage[] = {{"gap repaired from the log", 5}};
    struct invariant_result *invariants = told->judgement.invariants;
    static struct violation violations[2];
    violations[0] = (struct violation){.invariant = ORD_06,
                                       .at_us = 1234567,
                                       .room = 4,
                                       .devices = {17, 3},
                                       .devices_len = 2,
                                       .node = 1};
    memcpy(violations[0].summary, nasty, sizeof nasty);
    violations[1] =
        (struct violation){.invariant = SYN_16, .room = OBS_NONE, .node = OBS_NODE_NONE};
    invariants[ORD_01] = (struct invariant_result){.state = JUDGED_HELD, .judged = 42};
    invariants[ORD_06] =
        (struct invariant_result){.state = JUDGED_VIOLATED, .judged = 7, .violations = 2};
    invariants[LIV_02] = (struct invariant_result){
        .state = JUDGED_HELD, .judged = 1, .used_us = 250, .bound_us = 1000};
    invariants[LIV_04].state = JUDGED_NOT_EXERCISED;
    invariants[LIV_11].state = JUDGED_NO_EVIDENCE;
    told->judgement.verdict = VERDICT_VIOLATED;
    told->judgement.violations = violations;
    told->judgement.violations_len = 2;
    told->tally = (struct tally){.length_us = 30000000,
                                 .messages = 100,
                                 .deliveries = 1000,
                                 .frames = 3000,
                                 .events = 4000,
                                 .resends = 1,
                                 .reconnects = 2,
                                 .sync_pages = 3,
                                 .transactions = 4,
                                 .faults = faults,
                                 .faults_len = 3,
                                 .points = coverage,
                                 .points_len = 1};
    return (struct report){.version = "0.1.0",
                           .scenario = nasty,
                           .seed = UINT64_MAX,
                           .hash = "0123456789abcdef0123456789abcdef",
                           .wall_us = 500000,
                           .clients = 10,
                           .nodes = 3,
                           .rooms = 2,
                           .peak_rss_bytes = 5000000,
                           .judgement = &told->judgement,
                           .tally = &told->tally,
                           .repro = "out/\"plan\".json",
                           .command = "hubbub run x",
                           .form = "small",
                           .verdict = "violated",
                           .failed = "",
                           .known = "",
                           .replay = "",
                           .replay_why = "",
                           .exit_code = 1};
}

static void assert_has(const struct buf *json, const char *line)
{
    if (strstr(json->bytes, line) == NULL) {
        fail_msg("no %s in\n%s", line, json->bytes);
    }
}

static void every_field_is_there_with_its_value(void **state)
{
    static const char *const lines[] = {
        "  \"hubbub\": \"0.1.0\",\n",
        "  \"seed\": 18446744073709551615,\n",
        "  \"seedText\": \"18446744073709551615\",\n",
        "  \"form\": \"small\",\n",
        "  \"verdict\": \"violated\",\n",
        "  \"exit_code\": 1,\n",
        "  \"command\": \"hubbub run x\",\n",
        "  \"hash\": \"0123456789abcdef0123456789abcdef\",\n",
        "  \"virtual_us\": 30000000,\n",
        "  \"clients\": 10,\n",
        "  \"nodes\": 3,\n",
        "  \"rooms\": 2,\n",
        "  \"messages\": 100,\n",
        "  \"deliveries\": 1000,\n",
        "  \"frames\": 3000,\n",
        "  \"events\": 4000,\n",
        "  \"resends\": 1,\n",
        "  \"reconnects\": 2,\n",
        "  \"sync_pages\": 3,\n",
        "  \"transactions\": 4,\n",
        "  \"wall_us\": 500000,\n",
        "  \"deliveries_per_second\": 2000,\n",
        "  \"peak_rss_bytes\": 5000000,\n",
        "    \"ORD-01\": {\"state\": \"held\", \"judged\": 42, \"violations\": 0, "
        "\"margin_permille\": null}",
        "    \"ORD-06\": {\"state\": \"violated\", \"judged\": 7, \"violations\": 2, "
        "\"margin_permille\": null}",
        "    \"LIV-02\": {\"state\": \"held\", \"judged\": 1, \"violations\": 0, "
        "\"margin_permille\": 250}",
        "    \"LIV-04\": {\"state\": \"not exercised\"",
        "    \"LIV-11\": {\"state\": \"not judged\"",
        "    {\"invariant\": \"ORD-06\", \"at_us\": 1234567, \"entities\": [\"d17\", \"d3\", "
        "\"r4\", \"n1\"], \"summary\": \"a \\\"quoted\\\" \\\\ line\\n",
        "    {\"invariant\": \"SYN-16\", \"at_us\": 0, \"entities\": [], \"summary\": \"\"}",
        "    \"redis_cut\": {\"planned\": 3, \"fired\": 2, \"mattered\": 1},\n",
        "    \"half_open\": {\"planned\": 9, \"fired\": 8, \"mattered\": 7}\n",
        "    \"gap repaired from the log\": 5\n",
        "  \"repro\": \"out/\\\"plan\\\".json\"\n}\n",
    };
    struct told told = {0};
    struct report report = full(&told);
    struct buf json = {0};
    (void)state;
    report_summary(&report, &json);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_has(&json, lines[i]);
    }
    assert_null(strstr(json.bytes, "\"inconclusive\""));
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        assert_has(&json, invariant_info((enum invariant)i)->id);
    }
    buf_deinit(&json);
}

static void it_is_json_whatever_the_texts_and_however_little_there_is(void **state)
{
    struct told told = {0};
    struct report report = full(&told);
    struct buf json = {0};
    (void)state;
    report_summary(&report, &json);
    assert_int_equal(json_check(json.bytes, json.len), HB_OK);
    assert_null(memchr(json.bytes, 0x1b, json.len));

    told.judgement.violations_len = 0;
    told.tally.faults_len = 0;
    told.tally.points_len = 0;
    report.repro = NULL;
    report.wall_us = 0;
    (void)snprintf(told.judgement.inconclusive_why, sizeof told.judgement.inconclusive_why, "%s",
                   nasty);
    told.tally.deliveries = UINT64_MAX / 2000000;
    buf_clear(&json);
    report_summary(&report, &json);
    assert_int_equal(json_check(json.bytes, json.len), HB_OK);
    assert_has(&json, "  \"repro\": null\n}\n");
    assert_has(&json, "  \"inconclusive\": \"a \\\"quoted\\\"");
    assert_has(&json, "  \"violations\": [],\n");
    assert_has(&json, "  \"faults\": {},\n");
    buf_deinit(&json);
}

static cJSON *read_by_another(struct buf *json)
{
    cJSON *tree = cJSON_ParseWithLengthOpts(json->bytes, json->len + 1, NULL, true);
    assert_non_null(tree);
    buf_deinit(json);
    *json = (struct buf){0};
    return tree;
}

static const cJSON *in(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static void another_reader_finds_every_text_of_a_summary(void **state)
{
    const struct tally_fault fault = {.name = nasty, .planned = 1};
    const struct tally_point point = {.name = nasty, .count = 1};
    struct told told = {0};
    struct report report = full(&told);
    struct buf json = {0};
    (void)state;
    told.tally.faults = &fault;
    told.tally.faults_len = 1;
    told.tally.points = &point;
    told.tally.points_len = 1;
    (void)snprintf(told.judgement.inconclusive_why, sizeof told.judgement.inconclusive_why, "%s",
                   nasty);
    report.repro = nasty;
    report_summary(&report, &json);
    cJSON *tree = read_by_another(&json);
    assert_string_equal(cJSON_GetStringValue(in(tree, "scenario")), nasty);
    assert_string_equal(cJSON_GetStringValue(in(tree, "inconclusive")), nasty);
    assert_string_equal(cJSON_GetStringValue(in(tree, "repro")), nasty);
    const cJSON *violation = cJSON_GetArrayItem(in(tree, "violations"), 0);
    assert_string_equal(cJSON_GetStringValue(in(violation, "summary")), nasty);
    assert_int_equal(in(in(in(tree, "faults"), nasty), "planned")->valueint, 1);
    assert_int_equal(in(in(tree, "coverage"), nasty)->valueint, 1);
    assert_int_equal(cJSON_GetArraySize(in(tree, "invariants")), INVARIANT_COUNT);
    cJSON_Delete(tree);
}

static void another_reader_finds_every_text_of_a_swarms_summary(void **state)
{
    const struct swarm_report report = {.version = "0.1.0",
                                        .scenario = nasty,
                                        .verdict = "violated",
                                        .form = "both",
                                        .early = nasty,
                                        .interrupted = true,
                                        .hash = "0123456789abcdef0123456789abcdef",
                                        .seeds_run = 3,
                                        .deliveries = 8,
                                        .wall_us = 1};
    static const bool two[INVARIANT_COUNT] = {[ORD_01] = true, [SYN_02] = true};
    static const bool none[INVARIANT_COUNT] = {false};
    const struct swarm_failure failures[] = {
        {UINT64_MAX, nasty, nasty, "small", "violated", "ORD-01", "ORD-01/shown", nasty, "", nasty,
         two},
        {2, "city", "\xff.json", "full", "stuck", "", "stuck", "", nasty, "hubbub replay x", none}};
    const struct swarm_group groups[] = {
        {"ORD-01/shown", two, 900, 3, UINT64_MAX, 7, nasty, "", nasty},
        {"stuck", none, 1, 2, 2, 0, "", nasty, "hubbub replay x"}};
    struct swarm_invariant invariants[INVARIANT_COUNT] = {[LIV_04] = {{2, 1, 0, 0}, 1203}};
    struct pairs pairs = {0};
    struct buf json = {0};
    (void)state;
    invariants[ORD_01].margin_permille = -1;
    swarm_begin(&report, &json);
    swarm_invariants(invariants, &pairs, &json);
    swarm_finish(&json);
    cJSON *tree = read_by_another(&json);
    assert_int_equal(cJSON_GetArraySize(in(tree, "failures")), 0);
    assert_true(cJSON_IsNull(in(in(tree, "delivery_pairs"), "bare_permille")));
    cJSON_Delete(tree);

    pairs = (struct pairs){
        .bare = 550, .extended = 180, .excused = 270, .online = 800, .excused_online = 80};
    swarm_begin(&report, &json);
    swarm_invariants(invariants, &pairs, &json);
    swarm_failure(&failures[0], true, &json);
    swarm_failure(&failures[1], false, &json);
    swarm_groups(&json);
    swarm_group(&groups[0], true, &json);
    swarm_group(&groups[1], false, &json);
    swarm_finish(&json);
    tree = read_by_another(&json);
    assert_string_equal(cJSON_GetStringValue(in(tree, "scenario")), nasty);
    assert_int_equal(in(tree, "deliveries_per_second")->valueint, 4000000);
    const cJSON *shares = in(tree, "delivery_pairs");
    assert_int_equal(in(shares, "bare_permille")->valueint, 550);
    assert_int_equal(in(shares, "extended_permille")->valueint, 180);
    assert_int_equal(in(shares, "excused_permille")->valueint, 270);
    assert_int_equal(in(shares, "excused_of_online_permille")->valueint, 100);
    assert_int_equal(cJSON_GetArraySize(in(tree, "failures")), 2);
    const cJSON *first = cJSON_GetArrayItem(in(tree, "failures"), 0);
    const cJSON *second = cJSON_GetArrayItem(in(tree, "failures"), 1);
    assert_string_equal(cJSON_GetStringValue(in(first, "summary")), nasty);
    assert_string_equal(cJSON_GetStringValue(in(first, "group")), "ORD-01/shown");
    assert_string_equal(cJSON_GetStringValue(in(first, "seedText")), "18446744073709551615");
    assert_string_equal(cJSON_GetStringValue(in(first, "command")), nasty);
    assert_int_equal(in(second, "seed")->valueint, 2);
    assert_string_equal(cJSON_GetStringValue(in(second, "group")), "stuck");
    assert_string_equal(cJSON_GetStringValue(in(second, "file")), "\xef\xbf\xbd.json");
    assert_true(cJSON_IsTrue(in(tree, "interrupted")));
    const cJSON *group = cJSON_GetArrayItem(in(tree, "groups"), 0);
    assert_int_equal(cJSON_GetArraySize(in(tree, "groups")), 2);
    assert_string_equal(cJSON_GetStringValue(in(group, "group")), "ORD-01/shown");
    assert_int_equal(in(group, "seeds")->valueint, 900);
    assert_string_equal(cJSON_GetStringValue(in(group, "smallestSeed")), "18446744073709551615");
    assert_string_equal(cJSON_GetStringValue(in(group, "summary")), nasty);
    assert_int_equal(cJSON_GetArraySize(in(group, "invariants")), 2);
    assert_string_equal(cJSON_GetStringValue(in(second, "repro")), nasty);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(in(first, "invariants"), 1)),
                        "SYN-02");
    assert_int_equal(cJSON_GetArraySize(in(first, "invariants")), 2);
    assert_int_equal(cJSON_GetArraySize(in(second, "invariants")), 0);
    const cJSON *held = in(in(tree, "invariants"), "LIV-04");
    assert_int_equal(in(held, "held")->valueint, 2);
    assert_int_equal(in(held, "violated")->valueint, 1);
    assert_int_equal(in(held, "margin_permille")->valueint, 1203);
    assert_true(cJSON_IsNull(in(in(in(tree, "invariants"), "ORD-01"), "margin_permille")));
    cJSON_Delete(tree);
}

static void the_page_of_a_run_names_what_was_violated_and_how_to_repeat_it(void **state)
{
    struct told told = {0};
    struct report report = full(&told);
    struct buf page = {0};
    (void)state;
    report.scenario = "city";
    report_terminal(&report, &(struct style){.colours = false}, &page);
    assert_has(&page, "ORD-06");
    assert_has(&page, "violated");
    assert_has(&page, "not judged");
    assert_has(&page, "hubbub run x");
    assert_has(&page, "0123456789abcdef0123456789abcdef");
    assert_null(memchr(page.bytes, 0x1b, page.len)); /* no colours, and no escape from a text */
    buf_clear(&page);
    report_terminal(&report, &(struct style){.colours = true}, &page);
    assert_non_null(memchr(page.bytes, 0x1b, page.len));
    buf_deinit(&page);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_there_with_its_value),
        cmocka_unit_test(it_is_json_whatever_the_texts_and_however_little_there_is),
        cmocka_unit_test(another_reader_finds_every_text_of_a_summary),
        cmocka_unit_test(another_reader_finds_every_text_of_a_swarms_summary),
        cmocka_unit_test(the_page_of_a_run_names_what_was_violated_and_how_to_repeat_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
