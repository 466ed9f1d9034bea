/* What a scenario can come to follows from what it has on. */
#include "server/base/tests/test.h"
#include "sim/explore/reach.h"

#include <string.h>

#define BIT(kind) (UINT64_C(1) << (kind))
#define SCENARIO(clients, nodes, rooms, more)                                                      \
    "{\"name\":\"t\",\"clients\":" clients ",\"rooms\":4,\"nodes\":" nodes                         \
    ",\"duration\":\"20s\"," rooms more                                                            \
    "\"workload\":{\"send\":{\"every\":\"1s\"},\"corpus\":\"c.txt\"}}"
#define ONE      "\"membersPerRoom\":5,"
#define TWO      "\"membersPerRoom\":10,"
#define SHARES   "\"roomsPerPerson\":[{\"rooms\":[1,2],\"permille\":1000}],"
#define ALONE    "\"roomsPerPerson\":[{\"rooms\":1,\"permille\":1000}],"
#define FAULT(f) "\"faults\":[" f "],"
#define CUT      "{\"kind\":\"redis_cut\",\"at\":\"1s\",\"for\":\"10s\"}"
#define OFF      "{\"kind\":\"redis_cut\",\"at\":\"1s\",\"for\":\"10s\",\"chance\":0}"
#define CRASH    "{\"kind\":\"node_crash\",\"at\":\"1s\",\"for\":\"1s\"}"
#define AWAY     "{\"kind\":\"half_open\",\"every\":\"5s\",\"away\":\"3s\"}"
#define JUMP     "{\"kind\":\"clock_jump\",\"at\":\"1s\",\"amount\":\"5s\"}"

#define PAUSE(length) "{\"kind\":\"node_pause\",\"at\":\"1s\",\"for\":" length "}"
#define KEPT(more)    "\"server\":{\"presence\":1" more "},"

static struct reach of(const char *text)
{
    struct scenario *scenario = NULL;
    struct buf why = {0};
    if (scenario_parse(text, strlen(text), &scenario, &why) != HB_OK) {
        fail_msg("%s", why.bytes);
    }
    const struct reach reach = reach_of(scenario, false);
    scenario_free(&scenario);
    buf_deinit(&why);
    return reach;
}

static void a_point_can_be_reached_where_its_cause_is_on(void **state)
{
    static const struct {
        const char *text;
        enum note_code point;
        bool able;
    } cases[] = {
        {SCENARIO("20", "2", ONE, ""), NOTE_READY, true},
        {SCENARIO("20", "2", ONE, ""), NOTE_BAD_FRAME, false},
        {SCENARIO("20", "2", ONE, ""), NOTE_GAP, false},
        {SCENARIO("20", "2", ONE, FAULT(CUT)), NOTE_GAP, true},
        {SCENARIO("20", "2", ONE, FAULT(OFF)), NOTE_GAP, false},
        {SCENARIO("20", "1", ONE, FAULT(CUT)), NOTE_GAP, false},
        {SCENARIO("20", "2", ONE, FAULT(AWAY)), NOTE_SYNC_ROOMS, false},
        {SCENARIO("20", "2", TWO, FAULT(AWAY)), NOTE_SYNC_ROOMS, true},
        {SCENARIO("20", "2", SHARES, FAULT(AWAY)), NOTE_SYNC_ROOMS, true},
        {SCENARIO("20", "2", ALONE, FAULT(AWAY)), NOTE_SYNC_ROOMS, false},
        {SCENARIO("20", "2", SHARES, ""), NOTE_SYNC_ROOMS, false},
        {SCENARIO("20", "2", ONE, ""), NOTE_HTTP, false},
        {SCENARIO("20", "2", ONE, "\"posters\":1,"), NOTE_HTTP, true},
        {SCENARIO("20", "2", ONE, FAULT(JUMP)), NOTE_HLC_SKEW, false},
        {SCENARIO("20", "2", ONE, FAULT(JUMP) "\"server\":{\"skewMs\":[100,60000]},"),
         NOTE_HLC_SKEW, true},
        {SCENARIO("20", "3", ONE, "\"server\":{\"peers\":2},"), NOTE_PEERS_FULL, false},
        {SCENARIO("20", "3", ONE, "\"server\":{\"peers\":[1,2]},"), NOTE_PEERS_FULL, true},
        {SCENARIO("20", "2", ONE, FAULT(CUT)), NOTE_REPAIR_ON, false},
        {SCENARIO("20", "2", ONE, FAULT(CUT) "\"server\":{\"repairRows\":[1,3]},"), NOTE_REPAIR_ON,
         true},
        {SCENARIO("20", "2", ONE, FAULT(CRASH)), NOTE_PRESENCE_LIFE_ENDED, false},
        {SCENARIO("20", "2", ONE, FAULT(CRASH) KEPT("")), NOTE_PRESENCE_LIFE_ENDED, true},
        {SCENARIO("20", "2", ONE, KEPT("")), NOTE_PRESENCE_LIFE_ENDED, false},
        {SCENARIO("20", "2", ONE, KEPT("")), NOTE_PRESENCE_CROWD, false},
        {SCENARIO("20", "2", ONE, KEPT(",\"presenceRoomMax\":[2,40]")), NOTE_PRESENCE_CROWD, true},
        {SCENARIO("20", "2", SHARES, KEPT(",\"presenceRoomMax\":[2,40]")), NOTE_PRESENCE_CROWD,
         true},
        {SCENARIO("20", "2", ONE, "\"server\":{\"presenceRoomMax\":2},"), NOTE_PRESENCE_CROWD,
         false},
        {SCENARIO("20", "2", ONE, FAULT(PAUSE("\"1s\""))), NOTE_WOKE, false},
        {SCENARIO("20", "2", ONE, FAULT(PAUSE("[\"1s\",\"20s\"]"))), NOTE_WOKE, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const bool able = of(cases[i].text).points[cases[i].point];
        if (able != cases[i].able) {
            fail_msg("case %zu: %s", i, note_text(cases[i].point));
        }
    }
}

static void a_fault_can_be_reached_where_it_is_on(void **state)
{
    (void)state;
    assert_true(of(SCENARIO("20", "2", ONE, FAULT(CUT "," AWAY))).faults ==
                (BIT(FAULT_REDIS_CUT) | BIT(FAULT_HALF_OPEN)));
    assert_true(of(SCENARIO("20", "2", ONE, FAULT(OFF))).faults == 0);
    assert_true(of(SCENARIO("20", "2", ONE, FAULT(CRASH))).faults == BIT(FAULT_NODE_CRASH));
}

static void a_run_reached_what_it_counted(void **state)
{
    static const struct tally_point points[] = {{"a", 0}, {"b", 3}};
    static const struct tally_fault faults[] = {{"x", 2, 2, 1, false}, {"y", 2, 2, 0, false}};
    const struct tally tally = {
        .points = points, .points_len = 2, .faults = faults, .faults_len = 2};
    const struct reach reach = reach_of_run(&tally);
    (void)state;
    assert_true(!reach.points[0] && reach.points[1] && reach.faults == 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_point_can_be_reached_where_its_cause_is_on),
        cmocka_unit_test(a_fault_can_be_reached_where_it_is_on),
        cmocka_unit_test(a_run_reached_what_it_counted),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
