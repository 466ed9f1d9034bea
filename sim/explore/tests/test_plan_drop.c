/* labels: sim;unit */
/* What a plan leaves out, and what it writes out: the rest of the run stays as it was. */
#include "server/base/tests/test.h"
#include "sim/explore/plan_drop.h"
#include "sim/explore/plan_file.h"
#include "sim/explore/run.h"
#include "sim/explore/scenario.h"
#include "sim/plan/actions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char people[] =
    "{\"name\":\"people\",\"clients\":12,\"devicesPerUser\":2,\"rooms\":3,\"membersPerRoom\":4,"
    "\"posters\":2,\"nodes\":3,\"duration\":\"6s\",\"settle\":\"20s\",\"connectSpread\":\"100ms\","
    "\"server\":{\"presence\":1},\"client\":{\"receipt\":\"200ms\"},"
    "\"workload\":{\"send\":{\"every\":\"700ms\"},\"type\":{\"every\":\"2s\"},"
    "\"choose\":{\"every\":\"2s\"},\"watch\":{\"every\":\"2s\"},\"read\":{\"every\":\"1s\"},"
    "\"direct\":{\"every\":\"2s\"},\"touch\":{\"every\":\"3s\"},\"corpus\":\"c\"},"
    "\"faults\":[{\"kind\":\"redis_cut\",\"nodes\":\"all\",\"at\":[\"1s\",\"3s\"],\"for\":\"1s\"},"
    "{\"kind\":\"disconnect_clean\",\"every\":\"5s\",\"away\":[\"100ms\",\"900ms\"]},"
    "{\"kind\":\"app_kill\",\"every\":\"5s\",\"away\":[\"100ms\",\"900ms\"]},"
    "{\"kind\":\"app_loss\",\"every\":\"9s\",\"away\":[\"100ms\",\"900ms\"]},"
    "{\"kind\":\"half_open\",\"every\":\"5s\",\"away\":[\"1s\",\"4s\"]},"
    "{\"kind\":\"disconnect_abrupt\",\"every\":\"5s\"}]}";

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

static struct plan plan_of(const char *text, uint64_t seed)
{
    static const struct scenario_overrides none = {0};
    struct scenario *scenario = scenario_of(text);
    struct buf why = {0};
    struct plan plan = {0};

    if (scenario_plan(scenario, seed, &none, "hello\n", 6, &plan, &why) != HB_OK) {
        fail_msg("%s", why.bytes);
    }
    scenario_free(&scenario);
    buf_deinit(&why);
    return plan;
}

/* Who did what in a run. */
struct seen {
    uint64_t of_device[16], /* all that a device did or saw */
        written[16], joined[16], in_room[16], up[16];
};

static void see(void *user, const struct obs *obs)
{
    struct seen *seen = user;

    if (obs->device < 16 && obs->kind != OBS_DEVICE) {
        seen->of_device[obs->device]++;
        seen->written[obs->device] += obs->kind == OBS_ISSUED;
    }
    if (obs->kind == OBS_COMMIT && obs->user < 16) {
        seen->joined[obs->user]++;
    }
    if (obs->kind == OBS_COMMIT && obs->room < 16) {
        seen->in_room[obs->room]++;
    }
    if (obs->kind == OBS_NODE_UP) {
        seen->up[obs->node]++;
    }
}

static struct run_result run(const struct plan *plan, struct seen *seen)
{
    struct run_result result;
    const struct obs_sink sink = {.observe = seen != NULL ? see : NULL, .user = seen};

    run_plan(plan, NULL, 0, sink, (struct run_progress){NULL, NULL}, &result);
    if (result.judgement.violations_len > 0) {
        fail_msg("%s", result.judgement.violations[0].summary);
    }
    return result;
}

static void drop(struct plan *plan, const char *name)
{
    struct plan_action_place place = {.count = 0};
    char expected[PLAN_DROP_WHY];

    if (!plan_drop(plan, name, &place, expected)) {
        fail_msg("%s: expected %s", name, expected);
    }
}

static void actions_that_are_written_out_give_the_same_run(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct plan plan = plan_of(people, seed);
        struct run_result drawn = run(&plan, NULL);
        assert_true(plan_write_actions(&plan));
        assert_true(plan.written_out && plan.actions_len > 50);
        struct run_result written = run(&plan, NULL);
        assert_true(drawn.hash.lo == written.hash.lo && drawn.hash.hi == written.hash.hi);
        assert_int_equal(drawn.tally.events, written.tally.events);
        run_result_deinit(&drawn);
        run_result_deinit(&written);
        plan_deinit(&plan);
    }
}

static void actions_that_are_dropped_are_not_written_out_and_nothing_else_changes(void **state)
{
    struct plan plan = plan_of(people, 3);
    (void)state;
    drop(&plan, "c1.send");
    drop(&plan, "c2.send#0");
    drop(&plan, "half_open");
    drop(&plan, "c5");
    struct run_result dropped = run(&plan, NULL);
    assert_true(plan_write_actions(&plan));
    for (uint32_t i = 0; i < plan.actions_len; i++) {
        const struct plan_action_name *name = &plan.actions[i].name;
        assert_true(name->client != 5 && name->kind != FAULT_HALF_OPEN);
        assert_false(name->client == 1 && name->kind == WORKLOAD_SEND);
        assert_false(name->client == 2 && name->kind == WORKLOAD_SEND && name->n == 0);
    }
    struct run_result written = run(&plan, NULL);
    assert_int_equal(dropped.tally.messages, written.tally.messages);
    assert_int_equal(dropped.tally.deliveries, written.tally.deliveries);
    assert_int_equal(dropped.tally.frames, written.tally.frames);
    assert_int_equal(dropped.tally.length_us, written.tally.length_us);
    run_result_deinit(&dropped);
    run_result_deinit(&written);
    plan_deinit(&plan);
}

static void a_plan_that_writes_its_actions_out_is_written_and_read(void **state)
{
    struct plan plan = plan_of(people, 2);
    struct plan back;
    struct scenario *scenario = scenario_of(people);
    struct scenario *read = NULL;
    struct buf file = {0};
    struct buf again = {0};
    struct buf why = {0};
    (void)state;
    assert_true(plan_write_actions(&plan));
    drop(&plan, "c3..c5");
    drop(&plan, "c9");
    drop(&plan, "room1");
    drop(&plan, "n2");
    drop(&plan, "fault0");
    plan_write(&plan, scenario, NULL, &file);
    assert_non_null(
        strstr(file.bytes, "\"drop\": [\"fault0\", \"c3..c5\", \"c9\", \"room1\", \"n2\"]"));
    if (plan_read(file.bytes, file.len, &back, &read, NULL, &why) != HB_OK) {
        fail_msg("%s", why.bytes);
    }
    plan_write(&back, read, NULL, &again);
    assert_string_equal(file.bytes, again.bytes);
    struct run_result one = run(&plan, NULL);
    struct run_result two = run(&back, NULL);
    assert_true(one.hash.lo == two.hash.lo && one.hash.hi == two.hash.hi);
    run_result_deinit(&one);
    run_result_deinit(&two);
    plan_deinit(&plan);
    plan_deinit(&back);
    scenario_free(&scenario);
    scenario_free(&read);
    buf_deinit(&file);
    buf_deinit(&again);
    buf_deinit(&why);
}

static void a_dropped_client_does_nothing_and_its_user_is_in_no_room(void **state)
{
    struct plan plan = plan_of(people, 1);
    struct seen with = {0};
    struct seen without = {0};
    (void)state;
    struct run_result result = run(&plan, &with);
    run_result_deinit(&result);
    drop(&plan, "c2"); /* one of two devices */
    drop(&plan, "c4..c5");
    result = run(&plan, &without);
    assert_true(with.of_device[2] > 0 && with.of_device[4] > 0 && with.joined[2] > 0);
    for (uint32_t c = 0; c < 12; c++) {
        if (c == 2 || c == 4 || c == 5) {
            assert_int_equal(without.of_device[c], 0);
        } else {
            assert_true(without.of_device[c] > 0);
        }
    }
    assert_true(without.joined[1] > 0); /* by its other device */
    assert_int_equal(without.joined[2], 0);
    assert_true(result.quiet); /* nobody waits for them */
    run_result_deinit(&result);
    plan_deinit(&plan);
}

static void a_dropped_room_is_not_there(void **state)
{
    struct plan plan = plan_of(people, 1);
    struct seen seen = {0};
    (void)state;
    drop(&plan, "room1");
    struct run_result result = run(&plan, &seen);
    assert_true(seen.in_room[0] > 0 && seen.in_room[2] > 0);
    assert_int_equal(seen.in_room[1], 0);
    run_result_deinit(&result);
    plan_deinit(&plan);
}

static void a_dropped_node_never_starts_and_no_fault_hits_it(void **state)
{
    struct plan plan = plan_of(people, 1);
    struct seen seen = {0};
    (void)state;
    drop(&plan, "n1");
    struct run_result result = run(&plan, &seen);
    assert_true(seen.up[0] == 1 && seen.up[2] == 1);
    assert_int_equal(seen.up[1], 0);
    assert_int_equal(result.faults[FAULT_REDIS_CUT].planned, 2);
    assert_int_equal(result.judgement.verdict, VERDICT_HELD);
    run_result_deinit(&result);
    plan_deinit(&plan);
}

static void a_dropped_kind_is_done_by_nobody(void **state)
{
    struct plan plan = plan_of(people, 1);
    struct seen seen = {0};
    (void)state;
    drop(&plan, "send");
    drop(&plan, "type");
    drop(&plan, "direct");
    struct run_result result = run(&plan, &seen);
    assert_int_equal(result.tally.messages, 0);
    assert_true(result.course.acted.times[WORKLOAD_SEND] > 20); /* left out on purpose */
    assert_true(result.tally.points_len > 0);
    run_result_deinit(&result);
    plan_deinit(&plan);
}

static void whatever_is_dropped_the_server_holds(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct plan plan = plan_of(people, seed);
        struct rng rng = rng_stream(seed, "test.drop", 0, 0);
        char name[32];
        for (uint32_t c = 1; c < 12; c++) {
            if (rng_chance(&rng, 400)) {
                (void)snprintf(name, sizeof name, "c%u", (unsigned)c);
                drop(&plan, name);
            }
        }
        (void)snprintf(name, sizeof name, "room%u", (unsigned)rng_between(&rng, 0, 2));
        drop(&plan, name);
        (void)snprintf(name, sizeof name, "n%u", (unsigned)rng_between(&rng, 0, 2));
        drop(&plan, name);
        assert_null(plan_drop_wrong(&plan));
        struct run_result result = run(&plan, NULL); /* fails where something is violated */
        assert_true(result.quiet);
        run_result_deinit(&result);
        plan_deinit(&plan);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(actions_that_are_written_out_give_the_same_run),
        cmocka_unit_test(actions_that_are_dropped_are_not_written_out_and_nothing_else_changes),
        cmocka_unit_test(a_plan_that_writes_its_actions_out_is_written_and_read),
        cmocka_unit_test(a_dropped_client_does_nothing_and_its_user_is_in_no_room),
        cmocka_unit_test(a_dropped_room_is_not_there),
        cmocka_unit_test(a_dropped_node_never_starts_and_no_fault_hits_it),
        cmocka_unit_test(a_dropped_kind_is_done_by_nobody),
        cmocka_unit_test(whatever_is_dropped_the_server_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
