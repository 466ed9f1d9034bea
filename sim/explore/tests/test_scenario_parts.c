/* Scenarios, part by part: which field is refused why; chances, ranges, overrides, small forms. */
#include "server/base/tests/test.h"
#include "sim/explore/scenario.h"

#include <string.h>

#define CORPUS "hello\nworld\n"
#define HEAD                                                                                       \
    "{\"name\":\"t\",\"clients\":20,\"rooms\":2,\"membersPerRoom\":10,\"nodes\":2,"                \
    "\"duration\":\"20s\","
#define WORKLOAD          "\"workload\":{\"send\":{\"every\":\"1s\"},\"corpus\":\"c.txt\"}"
#define WITH_FAULTS(list) HEAD "\"faults\":[" list "]," WORKLOAD "}"
#define WITH_EVERY(every) HEAD "\"workload\":{\"corpus\":\"c\",\"send\":{\"every\":" every "}}}"
#define WITH_ROOMS(shares)                                                                         \
    "{\"name\":\"t\",\"clients\":5,\"rooms\":2,\"roomsPerPerson\":" shares                         \
    ",\"nodes\":2,\"duration\":\"20s\"," WORKLOAD "}"
#define CUT "{\"kind\":\"redis_cut\",\"at\":\"1s\",\"for\":\"1s\"}"

static const struct {
    const char *text, *why;
} refused[] = {
    {"", "line 1, column 1: there is nothing: expected a JSON object"},
    {"{", "line 1, column 2: it ends here: expected the rest of its JSON"},
    {"{\"name\":\"t\",\n}",
     "line 2, column 1: a comma before the end: expected another member, or none"},
    {"{\n/* no */ \"name\":\"t\"}", "line 2, column 1: JSON has no comments: expected none"},
    {"{\"name\":\"t\", \"clients\": "
     "0.000000000000000000000000000000000000000000000000000000000000001}",
     "line 1, column 25: a number of 65 characters: expected at most 63"},
    {"\xef\xbb\xbf{}", "line 1, column 1: a byte order mark (BOM): expected UTF-8 without one"},
    {"{\"name\":7}", "name: expected a text, got 7"},
    {"{\"name\":\"t\"}", "clients: expected an integer from 1 to 1000000, got nothing"},
    {HEAD "\"settle\":\"10\"," WORKLOAD "}",
     "settle: expected a duration such as \"5s\", got \"10\""},
    {HEAD "\"settle\":\"-1s\"," WORKLOAD "}",
     "settle: expected a duration from 1s to 86400s, got \"-1s\""},
    {HEAD "\"workload\":[]}", "workload: expected an object, got an array"},
    {WITH_EVERY("[\"5s\",\"1s\"]"),
     "workload.send.every: expected [low, high] with low <= high, got an array"},
    {WITH_EVERY("[\"5s\"]"),
     "workload.send.every: expected one value, or an array of two: [low, high], got an array"},
    {WITH_EVERY("[\"1s\",null]"),
     "workload.send.every[1]: expected a duration such as \"5s\", got null"},
    {HEAD "\"workload\":{\"send\":{\"every\":\"1s\"}}}",
     "workload.corpus: expected a text, got nothing"},
    {HEAD "\"latency\":{\"moon\":\"1s\"}," WORKLOAD "}",
     "latency.moon: unknown field; expected one of client, publish, redis, database"},
    {HEAD "\"server\":{\"skewMs\":0}," WORKLOAD "}",
     "server.skewMs: expected an integer from 1 to 86400000, got 0"},
    {HEAD "\"server\":{\"redisBackoffMin\":\"9s\"}," WORKLOAD "}",
     "server.redisBackoffMax: expected no less than redisBackoffMin, got nothing"},
    {"{\"name\":\"t\",\"clients\":5,\"rooms\":2,\"membersPerRoom\":10,\"nodes\":2,"
     "\"duration\":\"20s\"," WORKLOAD "}",
     "membersPerRoom: expected no more members of a room than users, got 10"},
    {HEAD "\"roomsPerPerson\":[{\"rooms\":1,\"permille\":1000}]," WORKLOAD "}",
     "membersPerRoom: expected who is in which room by this or by roomsPerPerson, one of them, got "
     "10"},
    {"{\"name\":\"t\",\"clients\":5,\"rooms\":2,\"nodes\":2,\"duration\":\"20s\"," WORKLOAD "}",
     "membersPerRoom: expected who is in which room by this or by roomsPerPerson, one of them, got "
     "nothing"},
    {WITH_ROOMS("7"), "roomsPerPerson: expected an array, got 7"},
    {WITH_ROOMS("[]"), "roomsPerPerson: expected shares whose permille are 1000 together, got an "
                       "array"},
    {WITH_ROOMS("[{\"rooms\":1,\"permille\":400},{\"rooms\":2,\"permille\":601}]"),
     "roomsPerPerson: expected shares whose permille are 1000 together, got an array"},
    {WITH_ROOMS("[{\"rooms\":0,\"permille\":1000}]"),
     "roomsPerPerson[0].rooms: expected an integer from 1 to 256, got 0"},
    {WITH_ROOMS("[{\"rooms\":[1,3],\"permille\":1000}]"),
     "roomsPerPerson[0].rooms: expected no more than there are, got an array"},
    {WITH_ROOMS("[{\"permille\":1000}]"),
     "roomsPerPerson[0].rooms: expected an integer from 1 to 256, got nothing"},
    {WITH_ROOMS("[{\"rooms\":1}]"),
     "roomsPerPerson[0].permille: expected an integer from 1 to 1000, got nothing"},
    {WITH_ROOMS("[{\"rooms\":1,\"permille\":1000,\"share\":1}]"),
     "roomsPerPerson[0].share: unknown field; expected one of rooms, permille"},
    {"{\"name\":\"t\",\"clients\":5,\"rooms\":1,\"membersPerRoom\":5,\"posters\":5,\"nodes\":2,"
     "\"duration\":\"20s\"," WORKLOAD "}",
     "posters: expected fewer posters than clients: the others read, got 5"},
    {"{\"name\":\"t\",\"clients\":1,\"rooms\":300,\"membersPerRoom\":1,\"nodes\":2,"
     "\"duration\":\"20s\"," WORKLOAD "}",
     "rooms: expected no more than 256 rooms a user, got 300"},
    {WITH_FAULTS("{\"kind\":\"earthquake\"}"),
     "faults[0].kind: expected the name of a fault (hubbub list faults), got \"earthquake\""},
    {WITH_FAULTS("{\"kind\":\"send\",\"every\":\"1s\"}"),
     "faults[0].kind: expected the name of a fault (hubbub list faults), got \"send\""},
    {WITH_FAULTS("{\"kind\":\"redis_cut\",\"for\":\"1s\"}"),
     "faults[0].at: expected a duration such as \"5s\", got nothing"},
    {WITH_FAULTS("{\"kind\":\"clock_jump\",\"at\":\"1s\"}"),
     "faults[0].amount: expected a duration such as \"5s\", got nothing"},
    {WITH_FAULTS("{\"kind\":\"clock_drift\",\"ppm\":[0,100001]}"),
     "faults[0].ppm[1]: expected an integer from -100000 to 100000, got 100001"},
    {WITH_FAULTS("{\"kind\":\"db_refuse\",\"at\":\"1s\",\"for\":\"1s\",\"permille\":1001}"),
     "faults[0].permille: expected an integer from 1 to 1000, got 1001"},
    {WITH_FAULTS("{\"kind\":\"redis_restart\",\"nodes\":\"all\",\"at\":\"1s\",\"for\":\"1s\"}"),
     "faults[0].nodes: expected nothing: this fault does not hit a node, got \"all\""},
    {WITH_FAULTS("{\"kind\":\"redis_cut\",\"nodes\":\"some\",\"at\":\"1s\",\"for\":\"1s\"}"),
     "faults[0].nodes: expected \"all\", got \"some\""},
    {WITH_FAULTS("{\"kind\":\"redis_cut\",\"at\":\"1s\",\"for\":\"1s\",\"ppm\":5}"),
     "faults[0].ppm: expected nothing: this fault has no such parameter, got 5"},
    {WITH_FAULTS("{\"kind\":\"clock_drift\",\"ppm\":5,\"amount\":\"1s\"}"),
     "faults[0].amount: expected nothing: this fault has no such parameter, got \"1s\""},
    {WITH_FAULTS("{\"kind\":\"client_cut\",\"at\":\"1s\",\"permille\":5,\"for\":\"1s\"}"),
     "faults[0].for: expected nothing: this fault is momentary, got \"1s\""},
    {WITH_FAULTS("{\"kind\":\"clock_drift\",\"ppm\":5,\"nodes\":\"all\",\"count\":2}"),
     "faults[0].count: expected nothing: there is one for each node, got 2"},
    {WITH_FAULTS("{\"kind\":\"disconnect_abrupt\",\"every\":\"1s\",\"away\":\"1s\"}"),
     "faults[0].away: expected nothing: the device connects again by itself, got \"1s\""},
    {WITH_FAULTS("{\"kind\":\"half_open\",\"every\":\"1s\",\"away\":\"1s\",\"for\":\"1s\"}"),
     "faults[0].for: unknown field; expected one of kind, every, from, to, away, chance"},
    {WITH_FAULTS("{\"kind\":\"disconnect_abrupt\",\"every\":\"1s\",\"from\":\"9s\",\"to\":\"9s\"}"),
     "faults[0].to: expected an instant after `from`, got \"9s\""},
    {WITH_FAULTS("{\"kind\":\"redis_cutt\"}"), "faults[0].kind: expected the name of a fault "
                                               "(hubbub list faults), got \"redis_cutt\": did you "
                                               "mean \"redis_cut\"?"},
    {HEAD "\"mustReach\":[\"redis_cut\",\"redis cut\"]," WORKLOAD "}",
     "mustReach[1]: expected the name of a coverage point (hubbub list coverage) or a fault, got "
     "\"redis cut\": did you mean \"redis_cut\"?"},
    {HEAD "\"latency\":{\"Client\":\"1s\"}," WORKLOAD "}",
     "latency.Client: unknown field; expected one of client, publish, redis, database: did you "
     "mean "
     "\"client\"?"},
    {HEAD "\"mustReach\":[7]," WORKLOAD "}", "mustReach[0]: expected a text, got 7"},
    {HEAD WORKLOAD ",\"small\":{\"nodes\":0}}", "nodes: expected an integer from 1 to 64, got 0"},
    {HEAD WORKLOAD ",\"small\":{\"small\":{}}}",
     "small.small: unknown field; expected one of clients, devicesPerUser, rooms, membersPerRoom, "
     "posters, nodes, "
     "duration, "
     "settle, connectSpread, roomsPerPerson, workload, latency, server, client, faults, "
     "swarm"},
};

static void each_part_that_is_wrong_is_told_in_one_line(void **state)
{
    struct buf why = {0};
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct scenario *scenario = NULL;
        assert_int_equal(scenario_parse(refused[i].text, strlen(refused[i].text), &scenario, &why),
                         HB_EFIELD);
        assert_string_equal(why.bytes, refused[i].why);
        assert_null(scenario);
    }
    buf_deinit(&why);
}

static struct plan drawn(const char *text, uint64_t seed, struct scenario_overrides overrides)
{
    struct scenario *scenario = NULL;
    struct buf why = {0};
    struct plan plan;
    if (scenario_parse(text, strlen(text), &scenario, &why) != HB_OK) {
        fail_msg("%s", why.bytes);
    }
    assert_int_equal(scenario_plan(scenario, seed, &overrides, CORPUS, strlen(CORPUS), &plan, &why),
                     HB_OK);
    scenario_free(&scenario);
    buf_deinit(&why);
    return plan;
}

static void a_chance_turns_a_fault_off_in_some_seeds_and_ids_stay(void **state)
{
    const struct scenario_overrides none = {0};
    uint32_t on = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct plan plan =
            drawn(WITH_FAULTS("{\"kind\":\"redis_restart\",\"count\":3,\"at\":\"1s\","
                              "\"for\":\"1s\",\"chance\":500}," CUT),
                  seed, none);
        on += plan.faults_len > 1;
        assert_true(plan.faults_len == 1 || plan.faults_len == 4);
        assert_int_equal(plan.faults[plan.faults_len - 1].id, 3);
        plan_deinit(&plan);
    }
    assert_in_range(on, 30, 70);
}

static void ranges_are_drawn_within_their_ends_and_vary(void **state)
{
    const struct scenario_overrides none = {0};
    int64_t least = INT64_MAX;
    int64_t most = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct plan plan =
            drawn(HEAD "\"server\":{\"lease\":[\"2s\",\"6s\"]}," WORKLOAD "}", seed, none);
        least = plan.server.lease_us < least ? plan.server.lease_us : least;
        most = plan.server.lease_us > most ? plan.server.lease_us : most;
        plan_deinit(&plan);
    }
    assert_in_range(least, 2000000, 3000000);
    assert_in_range(most, 5000000, 6000000);
}

static void overrides_change_what_they_name_and_what_cannot_be_any_more(void **state)
{
    static const char text[] =
        WITH_FAULTS("{\"kind\":\"clock_offset\",\"nodes\":\"all\",\"amount\":\"1s\"},"
                    "{\"kind\":\"node_crash\",\"at\":\"9s\",\"for\":\"1s\"}");
    (void)state;

    struct plan plan = drawn(text, 1, (struct scenario_overrides){.clients = 1});
    assert_int_equal(plan.members_per_room, 1);
    assert_int_equal(plan.nodes, 2);
    plan_deinit(&plan);

    plan = drawn(text, 1, (struct scenario_overrides){.nodes = 5});
    assert_int_equal(plan.faults_len, 6); /* an offset a node, and the crash */
    assert_int_equal(plan.faults[4].target, 4);
    plan_deinit(&plan);

    plan = drawn(text, 1, (struct scenario_overrides){.nodes = 1});
    assert_int_equal(plan.faults_len, 1); /* no second node: no crash */
    plan_deinit(&plan);

    plan = drawn(text, 1, (struct scenario_overrides){.duration_us = 5000000});
    assert_int_equal(plan.duration_us, 5000000);
    assert_int_equal(plan.faults_len, 2); /* the crash would come after the end */
    assert_int_equal(plan.generators[0].to_us, 5000000);
    plan_deinit(&plan);
}

static void the_small_form_is_the_full_one_but_for_what_it_names(void **state)
{
    static const char text[] =
        HEAD "\"settle\":\"7s\"," WORKLOAD ",\"small\":{\"clients\":10,\"membersPerRoom\":5}}";
    (void)state;
    struct plan plan = drawn(text, 1, (struct scenario_overrides){.small = true});
    assert_int_equal(plan.clients, 10);
    assert_int_equal(plan.members_per_room, 5);
    assert_int_equal(plan.rooms, 2);
    assert_int_equal(plan.settle_us, 7000000);
    plan_deinit(&plan);
    plan = drawn(text, 1, (struct scenario_overrides){.small = false});
    assert_int_equal(plan.clients, 20);
    plan_deinit(&plan);
}

static void overrides_and_corpora_that_do_not_fit_are_refused(void **state)
{
    static const char empty[] = "the corpus: expected at least one line of text, got an empty file";
    static const struct {
        struct scenario_overrides overrides;
        const char *corpus, *why;
    } cases[] = {
        {{.clients = 1, .rooms = 257},
         CORPUS,
         "too many rooms for so few users: at most 256 a user"},
        {{0}, "", empty},
        {{0}, "\n\n", empty},
        {{0},
         "good\n\nbad \xff\n",
         "line 3 of the corpus: expected UTF-8 text of at most 8192 bytes without NUL"},
    };
    struct scenario *scenario = NULL;
    struct buf why = {0};
    struct plan plan;
    (void)state;
    assert_int_equal(scenario_parse(HEAD WORKLOAD "}", strlen(HEAD WORKLOAD "}"), &scenario, &why),
                     HB_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(scenario_plan(scenario, 1, &cases[i].overrides, cases[i].corpus,
                                       strlen(cases[i].corpus), &plan, &why),
                         HB_EFIELD);
        assert_string_equal(why.bytes, cases[i].why);
    }
    scenario_free(&scenario);
    buf_deinit(&why);
}

static void line_ends_and_marks_of_a_checkout_are_in_no_message(void **state)
{
    static const char *const spellings[] = {CORPUS, "hello\r\nworld\r\n",
                                            "\xef\xbb\xbfhello\nworld\n",
                                            "\xef\xbb\xbfhello\r\n\r\nworld\r", "\nhello\nworld"};
    static const struct scenario_overrides none = {0};
    struct scenario *scenario = NULL;
    struct buf why = {0};
    struct plan plan;
    (void)state;
    assert_int_equal(scenario_parse(HEAD WORKLOAD "}", strlen(HEAD WORKLOAD "}"), &scenario, &why),
                     HB_OK);
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        assert_int_equal(
            scenario_plan(scenario, 1, &none, spellings[i], strlen(spellings[i]), &plan, &why),
            HB_OK);
        assert_int_equal(plan.corpus_len, 2);
        assert_true(text_equal(plan.corpus[0], TEXT("hello")));
        assert_true(text_equal(plan.corpus[1], TEXT("world")));
        plan_deinit(&plan);
    }
    scenario_free(&scenario);
    buf_deinit(&why);
}

static void what_a_scenario_says_of_itself_is_given_back(void **state)
{
    static const char text[] =
        HEAD "\"description\":\"words\",\"mustReach\":[\"redis_cut\",\"half_open\"]," WORKLOAD "}";
    struct scenario *scenario = NULL;
    const char *const *words;
    struct buf why = {0};
    (void)state;
    assert_int_equal(scenario_parse(text, strlen(text), &scenario, &why), HB_OK);
    assert_string_equal(scenario_name(scenario), "t");
    assert_string_equal(scenario_description(scenario), "words");
    assert_string_equal(scenario_corpus_path(scenario), "c.txt");
    assert_int_equal(scenario_must_reach(scenario, &words), 2);
    assert_string_equal(words[0], "redis_cut");
    assert_string_equal(words[1], "half_open");
    scenario_free(&scenario);
    buf_deinit(&why);
}

static void fewer_rooms_than_people_want_are_all_theirs(void **state)
{
    struct plan plan = drawn(WITH_ROOMS("[{\"rooms\":[1,2],\"permille\":400},"
                                        "{\"rooms\":2,\"permille\":600}]"),
                             1, (struct scenario_overrides){.rooms = 1, .clients = 3});
    (void)state;
    assert_int_equal(plan.members_per_room, 0);
    assert_int_equal(plan.rooms_per_person_len, 2);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(plan.rooms_per_person[i].rooms.low, 1);
        assert_int_equal(plan.rooms_per_person[i].rooms.high, 1);
    }
    plan_deinit(&plan);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_that_is_wrong_is_told_in_one_line),
        cmocka_unit_test(a_chance_turns_a_fault_off_in_some_seeds_and_ids_stay),
        cmocka_unit_test(ranges_are_drawn_within_their_ends_and_vary),
        cmocka_unit_test(overrides_change_what_they_name_and_what_cannot_be_any_more),
        cmocka_unit_test(the_small_form_is_the_full_one_but_for_what_it_names),
        cmocka_unit_test(overrides_and_corpora_that_do_not_fit_are_refused),
        cmocka_unit_test(line_ends_and_marks_of_a_checkout_are_in_no_message),
        cmocka_unit_test(what_a_scenario_says_of_itself_is_given_back),
        cmocka_unit_test(fewer_rooms_than_people_want_are_all_theirs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
