/* What a seed of a swarm draws of a form, and what it leaves as it is. */
#include "server/base/tests/test.h"
#include "sim/explore/scenario.h"

#include <string.h>

#define CORPUS "hello\nworld\n"
#define FORM(more)                                                                                 \
    "{\"name\":\"t\",\"clients\":40,\"posters\":4,\"rooms\":8,\"roomsPerPerson\":"                 \
    "[{\"rooms\":[1,8],\"permille\":1000}],\"nodes\":3,\"duration\":\"20s\",\"settle\":\"60s\","   \
    "\"workload\":{\"send\":{\"every\":\"1s\"},\"type\":{\"every\":\"2s\"},\"corpus\":\"c\"},"     \
    "\"server\":{\"lease\":\"3s\"},\"faults\":["                                                   \
    "{\"kind\":\"node_crash\",\"count\":2,\"at\":[\"1s\",\"19s\"],\"for\":[\"1s\",\"2s\"]},"       \
    "{\"kind\":\"redis_cut\",\"count\":3,\"at\":[\"1s\",\"19s\"],\"for\":[\"1ms\",\"4s\"],"        \
    "\"chance\":100},"                                                                             \
    "{\"kind\":\"db_slow\",\"at\":[\"1s\",\"19s\"],\"for\":\"1s\",\"amount\":\"9ms\",\"chance\":"  \
    "0},"                                                                                          \
    "{\"kind\":\"half_open\",\"every\":\"9s\",\"away\":\"1s\",\"chance\":500}]" more "}"
#define SMALL(more) FORM(",\"small\":{\"clients\":20" more "}")
#define SEEDS       300

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

static struct plan plan_of(const struct scenario *scenario, uint64_t seed, bool small, bool written)
{
    const struct scenario_overrides overrides = {.small = small, .written = written};
    struct buf why = {0};
    struct plan plan;

    assert_int_equal(
        scenario_plan(scenario, seed, &overrides, CORPUS, sizeof CORPUS - 1, &plan, &why), HB_OK);
    buf_deinit(&why);
    return plan;
}

static uint32_t faults_of(const struct plan *plan, enum fault_kind kind)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < plan->faults_len; i++) {
        count += plan->faults[i].kind == kind;
    }
    for (uint32_t i = 0; i < plan->generators_len; i++) {
        count += plan->generators[i].kind == kind;
    }
    return count;
}

static bool same(const struct plan *a, const struct plan *b)
{
    return a->clients == b->clients && a->rooms == b->rooms && a->nodes == b->nodes &&
           a->faults_len == b->faults_len && a->generators_len == b->generators_len &&
           memcmp(&a->server, &b->server, sizeof a->server) == 0 &&
           memcmp(&a->client, &b->client, sizeof a->client) == 0;
}

/* Seeds whose plan is not that of the form as it is written. */
static uint32_t others(const char *text, bool small)
{
    struct scenario *scenario = scenario_of(text);
    uint32_t count = 0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct plan plan = plan_of(scenario, seed, small, false);
        struct plan again = plan_of(scenario, seed, small, false);
        struct plan written = plan_of(scenario, seed, small, true);
        struct buf told = {0};
        scenario_drawn(scenario, seed, &told);
        assert_true(same(&plan, &again));
        assert_true(!small || same(&plan, &written) || told.len > 0);
        count += !same(&plan, &written);
        buf_deinit(&told);
        plan_deinit(&plan);
        plan_deinit(&again);
        plan_deinit(&written);
    }
    scenario_free(&scenario);
    return count;
}

static void so_many_seeds_draw_as_the_form_says(void **state)
{
    (void)state;
    assert_in_range(others(SMALL(",\"swarm\":{\"seeds\":500}"), true), SEEDS / 2 - 40,
                    SEEDS / 2 + 40);
}

static void a_form_is_as_it_is_written_unless_it_says_otherwise(void **state)
{
    (void)state;
    assert_int_equal(others(SMALL(""), false), 0);
    assert_int_equal(others(SMALL(""), true), 0);
    assert_int_equal(others(SMALL(",\"swarm\":{}"), true), 0);
    assert_in_range(others(FORM(",\"swarm\":{\"seeds\":1000}"), false), SEEDS - 10, SEEDS);
}

static void kinds_sizes_and_what_is_not_named_differ_from_seed_to_seed(void **state)
{
    (void)state;
    struct scenario *scenario = scenario_of(SMALL(",\"swarm\":{\"seeds\":1000}"));
    uint32_t crashes = 0;
    uint32_t cuts = 0;
    uint32_t typing = 0;
    uint32_t small_pages = 0;
    uint32_t nodes[PLAN_NODES_MAX] = {0};

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct plan plan = plan_of(scenario, seed, true, false);
        assert_in_range(plan.clients, 5, 20);
        assert_in_range(plan.rooms, 1, 8);
        assert_in_range(plan.nodes, 1, 5);
        assert_true(plan.posters < plan.clients);
        assert_in_range(plan.rooms_per_person[0].rooms.high, 1, plan.rooms);
        assert_int_equal(plan.server.lease_us, 3 * SECOND); /* it is named */
        assert_int_equal(faults_of(&plan, FAULT_DB_SLOW), 0);
        assert_int_equal(faults_of(&plan, WORKLOAD_SEND), 1);
        assert_true(plan.settle_us >= 60 * SECOND);
        crashes += plan.nodes > 1 && faults_of(&plan, FAULT_NODE_CRASH) > 0;
        cuts += faults_of(&plan, FAULT_REDIS_CUT) > 0;
        typing += faults_of(&plan, WORKLOAD_TYPE) > 0;
        small_pages += plan.server.repair_rows <= 3;
        nodes[plan.nodes]++;
        plan_deinit(&plan);
    }
    assert_in_range(crashes, SEEDS / 2, SEEDS - SEEDS / 8); /* in full it is always on */
    assert_in_range(cuts, SEEDS / 3, SEEDS * 2 / 3);        /* whatever its chance */
    assert_in_range(typing, SEEDS / 2, SEEDS - SEEDS / 8);
    assert_in_range(small_pages, SEEDS / 3, SEEDS * 2 / 3);
    for (uint32_t i = 1; i <= 5; i++) {
        assert_true(nodes[i] > 0);
    }
    scenario_free(&scenario);
}

static void faults_that_come_together_come_within_seconds(void **state)
{
    (void)state;
    struct scenario *scenario =
        scenario_of(SMALL(",\"swarm\":{\"seeds\":1000,\"together\":1000,\"faults\":1000}"));

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct plan plan = plan_of(scenario, seed, true, false);
        int64_t first_us = INT64_MAX;
        int64_t last_us = 0;
        for (uint32_t i = 0; i < plan.faults_len; i++) {
            first_us = plan.faults[i].at_us < first_us ? plan.faults[i].at_us : first_us;
            last_us = plan.faults[i].at_us > last_us ? plan.faults[i].at_us : last_us;
        }
        assert_true(plan.faults_len == 0 || last_us - first_us <= 5 * SECOND);
        plan_deinit(&plan);
    }
    scenario_free(&scenario);
}

static void what_it_may_draw_is_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } refused[] = {
        {SMALL(",\"swarm\":{\"seeds\":1001}"),
         "swarm.seeds: expected an integer from 0 to 1000, got 1001"},
        {FORM(",\"swarm\":{\"seed\":1}"),
         "swarm.seed: unknown field; expected one of seeds, sizes, parameters, faults, together: "
         "did you mean \"seeds\"?"},
        {FORM(",\"swarm\":7"), "swarm: expected an object, got 7"},
    };

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct scenario *scenario = NULL;
        struct buf why = {0};
        assert_int_equal(scenario_parse(refused[i].text, strlen(refused[i].text), &scenario, &why),
                         HB_EFIELD);
        assert_string_equal(why.bytes, refused[i].why);
        buf_deinit(&why);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_seeds_draw_as_the_form_says),
        cmocka_unit_test(a_form_is_as_it_is_written_unless_it_says_otherwise),
        cmocka_unit_test(kinds_sizes_and_what_is_not_named_differ_from_seed_to_seed),
        cmocka_unit_test(faults_that_come_together_come_within_seconds),
        cmocka_unit_test(what_it_may_draw_is_read_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
