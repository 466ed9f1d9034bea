/* Shrinking by an oracle that is made up: what must be there for a plan to fail is known, so what must be left is
 * known too. */
#include "server/base/hash.h"
#include "server/base/rng.h"
#include "server/base/tests/test.h"
#include "sim/explore/plan_file.h"
#include "sim/plan/actions.h"
#include "sim/shrink/shrink.h"
#include "sim/shrink/tests/storm.h"

#include <string.h>

struct needs { /* a plan without any of these does not fail; 0: not needed */
    uint32_t faults[4];
    uint32_t faults_len;
    uint32_t users[4];
    uint32_t users_len;
    uint32_t rooms[2];
    uint32_t rooms_len;
    uint32_t nodes;    /* so many */
    uint32_t messages; /* `send` actions */
    int64_t duration_us;
    uint32_t together; /* people and `send` actions, counted by sixteen; 0: it does not matter */
    int64_t page_rows_most; /* with larger pages it does not */
};

struct made_up {
    struct needs needs;
    uint64_t seed;      /* of whether a plan fails at all, by its digest; 0: by its needs alone */
    uint64_t asks_left; /* then it is over */
    bool eager;         /* runs all, also behind the first good one */
    uint32_t slips;     /* one of so many that do not fail does so for another reason; 0: none */
    const struct scenario *scenario;
    uint64_t runs, wrong; /* asked for a plan that cannot be */
};

static uint32_t sends(const struct plan *plan)
{
    uint32_t count = 0;
    struct plan copy;

    plan_copy(plan, &copy);
    assert_true(plan_write_actions(&copy));
    for (uint32_t i = 0; i < copy.actions_len; i++) {
        count += copy.actions[i].name.kind == WORKLOAD_SEND;
    }
    plan_deinit(&copy);
    return count;
}

static bool has_fault(const struct plan *plan, uint32_t id)
{
    for (uint32_t i = 0; i < plan->faults_len; i++) {
        if (plan->faults[i].id == id && !plan_drops_fault(plan, &plan->faults[i])) {
            return true;
        }
    }
    return false;
}

static bool meets(const struct needs *needs, const struct plan *plan)
{
    bool meets = plan_nodes_left(plan) >= needs->nodes && sends(plan) >= needs->messages &&
                 plan->duration_us >= needs->duration_us &&
                 (needs->page_rows_most == 0 || plan->server.page_rows <= needs->page_rows_most);

    meets = meets && (needs->together == 0 ||
                      (plan_size(plan).people + sends(plan)) % 16 == needs->together);
    for (uint32_t i = 0; i < needs->faults_len; i++) {
        meets = meets && has_fault(plan, needs->faults[i]);
    }
    for (uint32_t i = 0; i < needs->users_len; i++) {
        meets =
            meets && needs->users[i] < plan_users(plan) && !plan_drops_user(plan, needs->users[i]);
    }
    for (uint32_t i = 0; i < needs->rooms_len; i++) {
        meets = meets && needs->rooms[i] < plan->rooms && !plan_drops_room(plan, needs->rooms[i]);
    }
    return meets;
}

static void come_to(struct made_up *world, const struct plan *plan, struct shrink_run *ret)
{
    struct buf text = {0};

    plan_write(plan, world->scenario, NULL, &text);
    const uint64_t digest = hash64_bytes(text.bytes, text.len);
    struct rng rng = rng_stream(world->seed, "made.up", (uint32_t)digest, (uint32_t)(digest >> 32));
    const bool fails = meets(&world->needs, plan) && (world->seed == 0 || rng_chance(&rng, 600));
    buf_deinit(&text);
    *ret = (struct shrink_run){.end = fails ? SHRINK_FAILS : SHRINK_HOLDS,
                               .at_us = plan->duration_us - 1,
                               .room = OBS_NONE,
                               .messages = sends(plan),
                               .hash = {digest, 1}};
    reason_of(fails ? 1 : -1, fails ? "seq 7 is wrong" : "", &ret->reason);
    if (!fails && world->slips != 0 && digest % world->slips == 0) {
        ret->end = SHRINK_FAILS;
        reason_of(2, "something else", &ret->reason);
    }
    world->runs++;
    world->wrong += plan_drop_wrong(plan) != NULL;
}

static uint32_t run(void *user, const struct plan *plans, uint32_t plans_len,
                    const struct reason *wanted, uint64_t messages_max, struct shrink_run *ret)
{
    struct made_up *world = user;
    uint32_t good = plans_len;

    for (uint32_t i = 0; i < plans_len && (world->eager || i <= good); i++) {
        if (world->asks_left-- == 0) {
            world->asks_left = 0;
            return i < good ? i : good + 1;
        }
        come_to(world, &plans[i], &ret[i]);
        if (good == plans_len && ret[i].end == SHRINK_FAILS && ret[i].messages <= messages_max &&
            (wanted == NULL || reason_same(&ret[i].reason, wanted))) {
            good = i;
        }
    }
    return good < plans_len ? good + 1 : plans_len;
}

static void shrink(struct made_up *world, const struct storm *storm, struct shrink_result *ret)
{
    const struct shrink_oracle oracle = {run, NULL, world};

    world->scenario = storm->scenario;
    world->asks_left = world->asks_left > 0 ? world->asks_left : UINT64_MAX;
    shrink_plan(&storm->plan, storm->scenario, NULL, &oracle, ret);
    assert_int_equal(world->wrong, 0);
}

/* A plan that nobody can read is worth nothing. */
static void is_read_back(const struct made_up *world, const struct plan *plan)
{
    struct scenario *scenario = NULL;
    struct plan back;
    struct buf text = {0};
    struct buf again = {0};
    struct buf why = {0};

    plan_write(plan, world->scenario, NULL, &text);
    if (plan_read(text.bytes, text.len, &back, &scenario, NULL, &why) != HB_OK) {
        fail_msg("%s", why.bytes);
    }
    plan_write(&back, scenario, NULL, &again);
    assert_string_equal(text.bytes, again.bytes);
    plan_deinit(&back);
    scenario_free(&scenario);
    buf_deinit(&text);
    buf_deinit(&again);
    buf_deinit(&why);
}

/* I1: whatever it says, it says by a run. */
static void it_fails(struct made_up *world, const struct shrink_result *result)
{
    struct shrink_run again;

    assert_true(result->failed);
    come_to(world, &result->plan, &again);
    assert_int_equal(again.end, SHRINK_FAILS);
    assert_true(again.hash.lo == result->run.hash.lo);
    assert_true(reason_same(&again.reason, &result->was.reason));
    is_read_back(world, &result->plan);
}

static void what_is_needed_is_left_and_nothing_else(void **state)
{
    static const struct needs cases[] = {
        {.nodes = 1},
        {.nodes = 2, .messages = 1},
        {.nodes = 3, .messages = 5, .users = {0, 7}, .users_len = 2},
        {.nodes = 1, .faults = {0}, .faults_len = 1, .users = {3}, .users_len = 1},
        {.nodes = 1, .faults = {2, 5, 7}, .faults_len = 3, .rooms = {3}, .rooms_len = 1},
        {.nodes = 1, .faults = {8}, .faults_len = 1, .messages = 12, .duration_us = 7 * SECOND},
        {.nodes = 1, .users = {1, 2, 3, 4}, .users_len = 4, .rooms = {0, 2}, .rooms_len = 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct made_up world = {.needs = cases[i]};
        const struct needs *needs = &cases[i];
        struct shrink_result result;
        struct storm storm;
        storm_init(&storm, 1);
        shrink(&world, &storm, &result);
        it_fails(&world, &result);
        assert_true(result.whole);
        const struct plan_size size = plan_size(&result.plan);
        assert_int_equal(size.faults, needs->faults_len);
        assert_int_equal(size.rooms, needs->rooms_len);
        assert_int_equal(sends(&result.plan), needs->messages);
        assert_int_equal(size.actions, needs->messages);
        for (uint32_t u = 0; u < needs->users_len; u++) {
            assert_false(plan_drops_user(&result.plan, needs->users[u]));
        }
        assert_true(size.people <= needs->users_len + needs->messages + 1);
        assert_true(size.nodes >= needs->nodes && size.nodes <= 3);
        storm_deinit(&storm);
        shrink_result_deinit(&result);
    }
}

static void where_numbers_matter_small_ones_are_found(void **state)
{
    struct made_up world = {.needs = {.nodes = 1}};
    struct shrink_result result;
    struct storm storm;
    (void)state;
    storm_init(&storm, 1);
    world.needs.together = (plan_size(&storm.plan).people + sends(&storm.plan)) % 16;
    assert_true(world.needs.together > 2);
    shrink(&world, &storm, &result);
    it_fails(&world, &result);
    assert_int_equal(plan_size(&result.plan).people + sends(&result.plan), world.needs.together);
    storm_deinit(&storm);
    shrink_result_deinit(&result);
}

static void what_is_left_has_a_certificate(void **state)
{
    struct made_up world = {
        .needs = {.nodes = 1, .faults = {2, 5}, .faults_len = 2, .messages = 3}};
    struct shrink_result result;
    struct storm storm;
    uint32_t faults = 0;
    uint32_t actions = 0;
    (void)state;
    storm_init(&storm, 1);
    shrink(&world, &storm, &result);
    for (uint32_t i = 0; i < result.left_len; i++) {
        const struct shrink_left *left = &result.left[i];
        assert_true(left->without.end == SHRINK_HOLDS || left->without.end == SHRINK_WRONG);
        assert_true((left->why != NULL) == (left->without.end == SHRINK_WRONG));
        faults += left->piece.kind == PIECE_FAULT;
        actions += left->piece.kind == PIECE_ACTION;
    }
    assert_int_equal(faults, 2);
    assert_int_equal(actions, 3);
    storm_deinit(&storm);
    shrink_result_deinit(&result);
}

static void settings_go_to_their_defaults_where_that_costs_no_messages(void **state)
{
    struct made_up world = {.needs = {.nodes = 1, .page_rows_most = 3}};
    struct shrink_result result;
    struct storm storm;
    (void)state;
    storm_init(&storm, 1);
    storm.plan.server.page_rows = 3;
    assert_true(storm.plan.server.gap_us != 100 * MS);
    shrink(&world, &storm, &result);
    it_fails(&world, &result);
    assert_int_equal(result.plan.server.gap_us, 100 * MS); /* the default */
    assert_int_equal(result.plan.server.page_rows, 1); /* the default fails no more: the least */
    assert_int_equal(result.plan.connect_spread_us, 0);
    assert_int_equal(result.plan.client_latency_us.low, result.plan.client_latency_us.high);
    assert_int_equal(result.plan.corpus_len, 1);
    assert_int_equal(result.plan.duration_us, 1 * SECOND);
    storm_deinit(&storm);
    shrink_result_deinit(&result);
}

static void whatever_the_oracle_says_what_is_given_back_failed(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct made_up world = {.needs = {.nodes = 1, .messages = (uint32_t)(seed % 5)},
                                .seed = seed,
                                .slips = (uint32_t)(seed % 3)};
        struct shrink_result result;
        struct storm storm;
        storm_init(&storm, seed);
        shrink(&world, &storm, &result);
        if (result.failed) {
            it_fails(&world, &result);
        }
        for (uint32_t i = 0; i < result.others_len; i++) {
            assert_false(reason_same(&result.others[i].reason, &result.was.reason));
            assert_true(result.others[i].count > 0);
        }
        storm_deinit(&storm);
        shrink_result_deinit(&result);
    }
}

static void it_does_not_depend_on_how_many_run_side_by_side(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct made_up one = {.needs = {.nodes = 1, .messages = 2}, .seed = seed, .slips = 5};
        struct made_up many = one;
        struct shrink_result by_one;
        struct shrink_result by_many;
        struct storm storm;
        struct buf text = {0};
        struct buf other = {0};
        many.eager = true;
        storm_init(&storm, seed);
        shrink(&one, &storm, &by_one);
        shrink(&many, &storm, &by_many);
        assert_int_equal(by_one.failed, by_many.failed);
        assert_int_equal(by_one.runs, by_many.runs);
        assert_int_equal(by_one.others_len, by_many.others_len);
        if (by_one.failed) {
            plan_write(&by_one.plan, storm.scenario, NULL, &text);
            plan_write(&by_many.plan, storm.scenario, NULL, &other);
            assert_string_equal(text.bytes, other.bytes);
        }
        buf_deinit(&text);
        buf_deinit(&other);
        storm_deinit(&storm);
        shrink_result_deinit(&by_one);
        shrink_result_deinit(&by_many);
    }
}

static void wherever_it_is_ended_the_best_so_far_is_given_back(void **state)
{
    uint64_t all = 200; /* more than it takes */
    (void)state;
    for (uint64_t asks = all; asks > 0; asks = asks == 200 ? all - 1 : asks - (asks > 5 ? 5 : 1)) {
        struct made_up world = {
            .needs = {.nodes = 1, .faults = {2}, .faults_len = 1, .messages = 2},
            .asks_left = asks};
        struct shrink_result result;
        struct storm storm;
        storm_init(&storm, 1);
        shrink(&world, &storm, &result);
        it_fails(&world, &result);
        assert_int_equal(result.whole, asks == 200);
        assert_true(result.runs <= asks);
        all = asks == 200 ? result.runs : all;
        storm_deinit(&storm);
        shrink_result_deinit(&result);
    }
}

static void what_does_not_fail_is_not_shrunk(void **state)
{
    struct made_up world = {.needs = {.nodes = 4}};
    struct shrink_result result;
    struct storm storm;
    (void)state;
    storm_init(&storm, 1);
    shrink(&world, &storm, &result);
    assert_false(result.failed);
    assert_int_equal(result.was.end, SHRINK_HOLDS);
    assert_int_equal(world.runs, 1);
    storm_deinit(&storm);
    shrink_result_deinit(&result);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_needed_is_left_and_nothing_else),
        cmocka_unit_test(where_numbers_matter_small_ones_are_found),
        cmocka_unit_test(what_is_left_has_a_certificate),
        cmocka_unit_test(settings_go_to_their_defaults_where_that_costs_no_messages),
        cmocka_unit_test(whatever_the_oracle_says_what_is_given_back_failed),
        cmocka_unit_test(it_does_not_depend_on_how_many_run_side_by_side),
        cmocka_unit_test(wherever_it_is_ended_the_best_so_far_is_given_back),
        cmocka_unit_test(what_does_not_fail_is_not_shrunk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
