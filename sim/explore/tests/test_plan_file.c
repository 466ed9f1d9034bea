/* Repro files: what is written is read back, and nothing else is taken for one. */
#include "server/base/tests/test.h"
#include "sim/explore/plan_file.h"
#include "sim/explore/scenario.h"
#include "sim/explore/schema.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static const char scenario_text[] =
    "{\"name\":\"storm\",\"clients\":20,\"rooms\":2,\"membersPerRoom\":10,\"nodes\":2,"
    "\"duration\":\"20s\",\"workload\":{\"send\":{\"every\":\"1s\"},\"corpus\":\"c.txt\"},"
    "\"faults\":[{\"kind\":\"clock_jump\",\"at\":\"3s\",\"amount\":\"-5s\"},"
    "{\"kind\":\"db_slow\",\"at\":\"3s\",\"for\":\"2s\",\"amount\":\"5ms\"},"
    "{\"kind\":\"redis_cut\",\"count\":2,\"at\":[\"1s\",\"9s\"],\"for\":\"1s\"},"
    "{\"kind\":\"half_open\",\"every\":\"5s\",\"from\":\"1s\",\"away\":[\"1s\",\"4s\"]}],"
    "\"mustReach\":[\"redis_cut\"]}";
static const char corpus[] =
    "a \"quoted\" line\n\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \\ \xf0\x9f\x8c\x8d\n";

/* The file of a plan of seed 2^64 - 1 with one fault and one action dropped. */
static struct buf file_of_storm(void)
{
    static const struct scenario_overrides none = {0};
    struct scenario *scenario = NULL;
    struct buf why = {0};
    struct buf out = {0};
    struct plan plan;
    assert_int_equal(scenario_parse(scenario_text, strlen(scenario_text), &scenario, &why), HB_OK);
    assert_int_equal(
        scenario_plan(scenario, UINT64_MAX, &none, corpus, strlen(corpus), &plan, &why), HB_OK);
    plan.drop_faults = hb_calloc(1, sizeof *plan.drop_faults);
    plan.drop_faults[0] = 2;
    plan.drop_faults_len = 1;
    plan.drop_actions = hb_calloc(1, sizeof *plan.drop_actions);
    plan.drop_actions[0] = (struct plan_action_name){17, FAULT_HALF_OPEN, 3};
    plan.drop_actions_len = 1;
    plan_write(&plan, scenario, NULL, &out);
    plan_deinit(&plan);
    scenario_free(&scenario);
    buf_deinit(&why);
    return out;
}

/* Reads the file, and demands that it is written again byte for byte; frees it. */
static void read_again(struct buf *file, struct plan *ret, struct scenario **ret_scenario)
{
    struct buf why = {0};
    struct buf again = {0};
    if (plan_read(file->bytes, file->len, ret, ret_scenario, NULL, &why) != HB_OK) {
        fail_msg("%s", why.bytes);
    }
    plan_write(ret, *ret_scenario, NULL, &again);
    assert_string_equal(file->bytes, again.bytes);
    buf_deinit(file);
    buf_deinit(&again);
    buf_deinit(&why);
}

static void what_was_written_is_read_and_written_again_byte_for_byte(void **state)
{
    struct buf file = file_of_storm();
    struct scenario *scenario = NULL;
    const char *const *words;
    struct plan plan;
    (void)state;
    read_again(&file, &plan, &scenario);
    assert_true(plan.seed == UINT64_MAX);
    assert_string_equal(plan.scenario, "storm");
    assert_int_equal(plan.faults_len, 4);
    assert_int_equal(plan.faults[0].amount, -5000);
    assert_int_equal(plan.faults[1].target, OBS_NONE);
    assert_int_equal(plan.generators_len, 2);
    assert_int_equal(plan.generators[1].away_us.high, 4000000);
    assert_int_equal(plan.corpus_len, 2);
    assert_memory_equal(plan.corpus[0].bytes, "a \"quoted\" line", plan.corpus[0].len);
    assert_int_equal(scenario_must_reach(scenario, &words), 1);
    plan_deinit(&plan);
    scenario_free(&scenario);
}

static void how_many_rooms_people_are_in_is_written_and_read(void **state)
{
    struct buf file = file_of_storm();
    struct scenario *scenario = NULL;
    struct plan plan;
    struct plan again;
    (void)state;
    read_again(&file, &plan, &scenario);
    assert_int_equal(plan.rooms_per_person_len, 0);
    plan.members_per_room = 0;
    plan.rooms_per_person[0] = (struct rooms_share){{1, 1}, 300};
    plan.rooms_per_person[1] = (struct rooms_share){{1, 2}, 700};
    plan.rooms_per_person_len = 2;
    plan_write(&plan, scenario, NULL, &file);
    scenario_free(&scenario);
    read_again(&file, &again, &scenario);
    assert_int_equal(again.members_per_room, 0);
    assert_int_equal(again.rooms_per_person_len, 2);
    assert_int_equal(again.rooms_per_person[1].rooms.high, 2);
    assert_int_equal(again.rooms_per_person[1].permille, 700);
    plan_deinit(&plan);
    plan_deinit(&again);
    scenario_free(&scenario);
}

/* The file of a plan with one fault of each kind there is. */
static struct buf file_of_every_fault(void)
{
    static const struct scenario_overrides none = {0};
    struct scenario *scenario = NULL;
    struct buf why = {0};
    struct buf out = {0};
    struct plan plan;
    assert_int_equal(scenario_parse(scenario_text, strlen(scenario_text), &scenario, &why), HB_OK);
    assert_int_equal(scenario_plan(scenario, 1, &none, corpus, strlen(corpus), &plan, &why), HB_OK);
    plan.faults = hb_realloc(plan.faults, FAULT_KIND_COUNT * sizeof *plan.faults);
    plan.faults_len = 0;
    for (uint32_t i = 0; i < FAULT_KIND_COUNT; i++) {
        const struct fault_row *row = fault_row((enum fault_kind)i);
        if (row->target != HITS_CLIENT) {
            plan.faults[plan.faults_len] =
                (struct plan_fault){.id = plan.faults_len,
                                    .kind = (enum fault_kind)i,
                                    .at_us = 1000000 + i,
                                    .for_us = row->lasts == MOMENT ? 0 : 1000,
                                    .target = row->target == HITS_NODE ? 1 : OBS_NONE,
                                    .amount = row->unit == NO_AMOUNT ? 0
                                              : row->least > 7       ? row->least
                                                                     : 7};
            plan.faults_len++;
        }
    }
    plan_write(&plan, scenario, NULL, &out);
    plan_deinit(&plan);
    scenario_free(&scenario);
    buf_deinit(&why);
    return out;
}

static void every_kind_of_fault_is_written_and_read(void **state)
{
    struct buf file = file_of_every_fault();
    struct scenario *scenario = NULL;
    struct plan plan;
    (void)state;
    read_again(&file, &plan, &scenario);
    assert_int_equal(plan.faults_len, FAULT_KIND_COUNT - GENERATORS_MAX);
    plan_deinit(&plan);
    scenario_free(&scenario);
}

static void another_reader_finds_every_text_of_a_plan(void **state)
{
    static const struct scenario_overrides none = {0};
    static const char nasty[] =
        "\"q' \\ \b\f\t\x01\x1f\x7f \xe2\x80\xa8\xe2\x80\xa9 </script> \xd7\xa9";
    struct scenario *scenario = NULL;
    struct buf why = {0};
    struct buf out = {0};
    struct plan plan;
    cJSON *asked = cJSON_Parse(scenario_text);
    (void)state;
    (void)cJSON_ReplaceItemInObject(asked, "name", cJSON_CreateString(nasty));
    (void)cJSON_AddStringToObject(asked, "description", nasty);
    char *text = cJSON_Print(asked);
    if (scenario_parse(text, strlen(text), &scenario, &why) != HB_OK ||
        scenario_plan(scenario, 1, &none, nasty, strlen(nasty), &plan, &why) != HB_OK) {
        fail_msg("%s", why.bytes);
    }
    plan_write(&plan, scenario, NULL, &out);
    cJSON *tree = cJSON_ParseWithLengthOpts(out.bytes, out.len + 1, NULL, true);
    const cJSON *theirs = cJSON_GetObjectItemCaseSensitive(tree, "scenario");
    const cJSON *lines = cJSON_GetObjectItemCaseSensitive(tree, "corpus");
    assert_true(cJSON_Compare(theirs, asked, true));
    assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(lines, 0)), nasty);
    cJSON_Delete(tree);
    cJSON_Delete(asked);
    cJSON_free(text);
    plan_deinit(&plan);
    scenario_free(&scenario);
    buf_deinit(&why);
    buf_deinit(&out);
}

static void another_reader_takes_every_file_that_is_written(void **state)
{
    struct buf files[] = {file_of_storm(), file_of_every_fault(), {0}};
    (void)state;
    schema_write(&files[2]);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        cJSON *tree = cJSON_ParseWithLengthOpts(files[i].bytes, files[i].len + 1, NULL, true);
        assert_true(cJSON_IsObject(tree));
        cJSON_Delete(tree);
        buf_deinit(&files[i]);
    }
}

/* The file with the first `from` replaced by `to`. */
static struct buf edited(const char *from, const char *to)
{
    struct buf file = file_of_storm();
    struct buf out = {0};
    const char *at = strstr(file.bytes, from);
    if (at == NULL) {
        fail_msg("the file has no %s", from);
        return out;
    }
    buf_add(&out, file.bytes, (size_t)(at - file.bytes));
    buf_add_text(&out, to);
    buf_add_text(&out, at + strlen(from));
    buf_deinit(&file);
    return out;
}

static void names_in_drop_are_read(void **state)
{
    struct buf file = edited("\"fault2\", \"c17.half_open#3\"",
                             "\"c0.send#0\", \"fault3\", \"c19.half_open#1\", \"fault0\"");
    struct scenario *scenario = NULL;
    struct buf why = {0};
    struct plan plan;
    (void)state;
    if (plan_read(file.bytes, file.len, &plan, &scenario, NULL, &why) != HB_OK) {
        fail_msg("%s", why.bytes);
    }
    assert_int_equal(plan.drop_faults_len, 2);
    assert_int_equal(plan.drop_faults[0], 3);
    assert_int_equal(plan.drop_faults[1], 0);
    assert_int_equal(plan.drop_actions_len, 2);
    assert_int_equal(plan.drop_actions[0].client, 0);
    assert_int_equal(plan.drop_actions[0].kind, WORKLOAD_SEND);
    assert_int_equal(plan.drop_actions[0].n, 0);
    assert_int_equal(plan.drop_actions[1].client, 19);
    assert_int_equal(plan.drop_actions[1].kind, FAULT_HALF_OPEN);
    assert_int_equal(plan.drop_actions[1].n, 1);
    plan_deinit(&plan);
    scenario_free(&scenario);
    buf_deinit(&file);
    buf_deinit(&why);
}

static void a_file_that_is_no_plan_is_refused_with_one_line(void **state)
{
    static const char dropped[] = "\"fault2\", \"c17.half_open#3\"";
    static const char bad_name[] =
        "drop[0]: expected a name such as \"fault4\", \"c17\", \"room3\", \"n2\", \"send\" or "
        "\"c17.send#3\", got \"";
    static const struct {
        const char *from, *to, *why;
    } cases[] = {
        {"\"hubbub_plan\": 2", "\"hubbub_plan\": 1",
         "hubbub_plan: expected format 2, got another: run the scenario again with this version"},
        {"\"hubbub_plan\": 2", "\"hubbub_plan\": \"1\"",
         "hubbub_plan: expected an integer from 1 to 1000000, got \"1\""},
        {"\"hubbub_plan\": 2,", "",
         "hubbub_plan: expected a plan written by `hubbub run --out`, got JSON of another kind"},
        {"\"18446744073709551615\"", "\"18446744073709551616\"",
         "seed: expected an integer below 2^64, as text, got \"18446744073709551616\""},
        {"\"18446744073709551615\"", "7", "seed: expected a text, got 7"},
        {"\"18446744073709551615\"", "\" 7\"",
         "seed: expected an integer below 2^64, as text, got \" 7\""},
        {dropped, "\"fault\"", bad_name},
        {dropped, "\"fault4x\"", bad_name},
        {dropped, "\"fault4294967296\"", bad_name},
        {dropped, "\"c17.\"", bad_name},
        {dropped, "\"c9..c4\"", bad_name},
        {dropped, "\"c4..room9\"", bad_name},
        {dropped, "\"fault0..fault1\"", bad_name},
        {dropped, "\"redis_cut\"", bad_name},
        {dropped, "\"c17.send#4294967295\"", bad_name},
        {dropped, "\"c20\"", "drop[0]: expected one of c0 to c19, got \"c20\""},
        {dropped, "\"c4..c20\"", "drop[0]: expected one of c0 to c19, got \"c4..c20\""},
        {dropped, "\"room2\"", "drop[0]: expected one of room0 to room1, got \"room2\""},
        {dropped, "\"n2\"", "drop[0]: expected one of n0 to n1, got \"n2\""},
        {dropped, "\"type\"",
         "drop[0]: expected what some client does: none has \"type\", got \"type\""},
        {dropped, "\"c1.type\"",
         "drop[0]: expected what the client does: it has no \"type\", got \"c1.type\""},
        {dropped, "\"c0..c19\"", "drop: expected at least one client that is left, got an array"},
        {dropped, "\"n0\", \"n1\"", "drop: expected at least one node that is left, got an array"},
        {dropped, "\"c17.sing#1\"", bad_name},
        {dropped, "\"c.send#1\"", bad_name},
        {dropped, "\"c17.send#\"", bad_name},
        {dropped, "\"\"", bad_name},
        {dropped, "7", "drop[0]: expected a text, got 7"},
        {dropped, "\"fault0\", \"fault4\"",
         "drop[1]: expected the name of one of the plan's faults, got \"fault4\""},
        {dropped, "\"c20.send#0\"",
         "drop[0]: expected one of the clients c0 to c19, got \"c20.send#0\""},
        {dropped, "\"c4294967295.send#0\"",
         "drop[0]: expected one of the clients c0 to c19, got \"c4294967295.send#0\""},
        {dropped, "\"c1.disconnect_clean#0\"",
         "drop[0]: expected what the client does: it has no \"disconnect_clean\", got "
         "\"c1.disconnect_clean#0\""},
        {dropped, "\"c1.send#1000\"",
         "drop[0]: expected what the client does: its last one is c1.send#21, got "
         "\"c1.send#1000\""},
        {"\"durationUs\": 20000000", "\"durationUs\": 999999",
         "drawn.durationUs: expected an integer from 1000000 to 2592000000000, got 999999"},
        {"\"settleUs\": 30000000", "\"settleUs\": 0",
         "drawn.settleUs: expected an integer from 1000000 to 86400000000, got 0"},
        {"\"connectSpreadUs\": 2000000", "\"connectSpreadUs\": 2592000000001",
         "drawn.connectSpreadUs: expected an integer from 0 to 2592000000000, got 2592000000001"},
        {"\"clients\": 20", "\"clients\": 1000001",
         "drawn.clients: expected an integer from 1 to 1000000, got 1000001"},
        {"\"rooms\": 2", "\"rooms\": 513",
         "drawn.rooms: expected no more than 256 rooms a user, got 513"},
        {"\"clientLatencyUs\": [5000,", "\"clientLatencyUs\": [-1,",
         "drawn.clientLatencyUs[0]: expected an integer from 0 to 10000000, got -1"},
        {"\"databaseLatencyUs\": [1000, 5000]", "\"databaseLatencyUs\": 10000001",
         "drawn.databaseLatencyUs: expected an integer from 0 to 10000000, got 10000001"},
        {"\"atUs\": 3000000", "\"atUs\": -1",
         "drawn.faults[0].atUs: expected an integer from 0 to 19999999, got -1"},
        {"\"forUs\": 0", "\"forUs\": 1",
         "drawn.faults[0].forUs: expected 0: this fault is momentary, got 1"},
        {"\"forUs\": 2000000", "\"forUs\": 0",
         "drawn.faults[1].forUs: expected an integer from 1 to 2592000000000, got 0"},
        {"\"forUs\": 2000000", "\"forUs\": 2592000000001",
         "drawn.faults[1].forUs: expected an integer from 1 to 2592000000000, got 2592000000001"},
        {"\"amount\": -5000", "\"amount\": -86400001",
         "drawn.faults[0].amount: expected an integer from -86400000 to 86400000, got -86400001"},
        {"\"amount\": 0", "\"amount\": 1",
         "drawn.faults[2].amount: expected 0: this fault has no such parameter, got 1"},
        {"\"id\": 1,", "\"id\": 0,",
         "drawn.faults[1].id: expected a greater number than that of the fault before it, got 0"},
        {"\"meanUs\": 1000000", "\"meanUs\": 9999",
         "drawn.generators[0].meanUs: expected an integer from 10000 to 604800000000, got 9999"},
        {"\"fromUs\": 1000000", "\"fromUs\": 20000000",
         "drawn.generators[1].fromUs: expected an integer from 0 to 19999999, got 20000000"},
        {"\"fromUs\": 1000000, \"toUs\": 20000000", "\"fromUs\": 1000000, \"toUs\": 1000000",
         "drawn.generators[1].toUs: expected an integer from 1000001 to 20000000, got 1000000"},
        {"\"awayUs\": [0, 0]", "\"awayUs\": [0, 1]",
         "drawn.generators[0].awayUs[1]: expected an integer from 0 to 0, got 1"},
        {"\"awayUs\": [1000000,", "\"awayUs\": [0,",
         "drawn.generators[1].awayUs[0]: expected an integer from 1 to 2592000000000, got 0"},
        {"\"kind\": \"half_open\"", "\"kind\": \"send\"",
         "drawn.generators[1].kind: expected each kind of action once, got \"send\""},
        {"\"corpus\": [", "\"corpus\": [\"a\", \"\",",
         "corpus[1]: expected a text of 1 to 8192 bytes, got \"\""},
        {"\"nodes\": 2", "\"nodes\": 65", "drawn.nodes: expected an integer from 1 to 64, got 65"},
        {"\"devicesPerUser\": 1", "\"devicesPerUser\": 17",
         "drawn.devicesPerUser: expected an integer from 1 to 16, got 17"},
        {"\"devicesPerUser\": 1", "\"devicesPerUser\": 3",
         "drawn.devicesPerUser: expected a divisor of clients: each is a device of a user, got 3"},
        {"\"devicesPerUser\": 1", "\"devicesPerUser\": 4",
         "drawn.membersPerRoom: expected no more members of a room than users, got 10"},
        {"\"clients\": 20", "\"clients\": 5",
         "drawn.membersPerRoom: expected no more members of a room than users, got 10"},
        {"\"atUs\": 3000000", "\"atUs\": 20000000",
         "drawn.faults[0].atUs: expected an integer from 0 to 19999999, got 20000000"},
        {"\"amount\": 5000", "\"node\": 1, \"amount\": 5000",
         "drawn.faults[1].node: expected nothing: this fault does not hit a node, got 1"},
        {"\"kind\": \"clock_jump\"", "\"kind\": \"quake\"",
         "drawn.faults[0].kind: expected the name of a fault (hubbub list faults), got \"quake\""},
        {"\"kind\": \"clock_jump\"", "\"kind\": \"half_open\"",
         "drawn.faults[0].kind: expected the name of a fault (hubbub list faults), got "
         "\"half_open\""},
        {"\"kind\": \"half_open\"", "\"kind\": \"redis_cut\"",
         "drawn.generators[1].kind: expected the name of an action, got \"redis_cut\""},
        {"\"amount\": 5000", "\"amount\": 0",
         "drawn.faults[1].amount: expected an integer from 1 to 3600000000, got 0"},
        {"\"name\":\"storm\"", "\"nom\":\"storm\"",
         "scenario.nom: unknown field; expected one of $schema, name, description, clients, "
         "devicesPerUser, rooms, "
         "membersPerRoom, posters, nodes, duration, settle, connectSpread, roomsPerPerson, "
         "workload, latency, "
         "server, "
         "client, faults, swarm, mustReach, small"},
    };
    struct buf why = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf file = edited(cases[i].from, cases[i].to);
        struct scenario *scenario = NULL;
        struct plan plan;
        assert_int_equal(plan_read(file.bytes, file.len, &plan, &scenario, NULL, &why), HB_EFIELD);
        if (cases[i].why == bad_name) {
            assert_memory_equal(why.bytes, bad_name, strlen(bad_name));
        } else {
            assert_string_equal(why.bytes, cases[i].why);
        }
        assert_null(scenario);
        buf_deinit(&file);
    }
    buf_deinit(&why);
}

static void a_cut_file_is_refused_wherever_it_is_cut(void **state)
{
    struct buf file = file_of_storm();
    struct buf why = {0};
    (void)state;
    for (size_t len = 0; len + 2 < file.len; len += len < 400 ? 1 : 13) {
        struct scenario *scenario = NULL;
        struct plan plan;
        assert_int_equal(plan_read(file.bytes, len, &plan, &scenario, NULL, &why), HB_EFIELD);
        assert_true(why.len > 0);
    }
    buf_deinit(&file);
    buf_deinit(&why);
}

/* Every single byte changed, to each of a few others: taken or refused, and whole either way. */
static void a_damaged_file_is_taken_or_refused_and_nothing_worse(void **state)
{
    static const char damages[] = "\0\"7{]-";
    struct buf file = file_of_storm();
    struct buf why = {0};
    uint32_t refused = 0;
    (void)state;
    for (size_t at = 0; at < file.len; at += 5) {
        const char was = file.bytes[at];
        struct scenario *scenario = NULL;
        struct plan plan;
        file.bytes[at] = damages[at % (sizeof damages - 1)];
        if (plan_read(file.bytes, file.len, &plan, &scenario, NULL, &why) == HB_OK) {
            plan_deinit(&plan);
            scenario_free(&scenario);
        } else {
            assert_true(why.len > 0);
            assert_null(memchr(why.bytes, '\n', why.len));
            refused++;
        }
        file.bytes[at] = was;
    }
    assert_true(refused > 100);
    buf_deinit(&file);
    buf_deinit(&why);
}

static void a_plan_from_before_people_had_several_devices_gives_them_one(void **state)
{
    struct buf file = edited("    \"devicesPerUser\": 1,\n", "");
    struct scenario *scenario = NULL;
    struct buf why = {0};
    struct plan plan;
    (void)state;
    assert_int_equal(plan_read(file.bytes, file.len, &plan, &scenario, NULL, &why), HB_OK);
    assert_int_equal(plan.devices_per_user, 1);
    plan_deinit(&plan);
    scenario_free(&scenario);
    buf_deinit(&file);
    buf_deinit(&why);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read_and_written_again_byte_for_byte),
        cmocka_unit_test(a_plan_from_before_people_had_several_devices_gives_them_one),
        cmocka_unit_test(another_reader_finds_every_text_of_a_plan),
        cmocka_unit_test(another_reader_takes_every_file_that_is_written),
        cmocka_unit_test(how_many_rooms_people_are_in_is_written_and_read),
        cmocka_unit_test(every_kind_of_fault_is_written_and_read),
        cmocka_unit_test(names_in_drop_are_read),
        cmocka_unit_test(a_file_that_is_no_plan_is_refused_with_one_line),
        cmocka_unit_test(a_cut_file_is_refused_wherever_it_is_cut),
        cmocka_unit_test(a_damaged_file_is_taken_or_refused_and_nothing_worse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
