/* Why a run failed: what it needed, and when it was bound to happen. */
#include "server/base/tests/test.h"
#include "sim/explore/scenario.h"
#include "sim/explore/why.h"
#include "sim/plan/actions.h"
#include "sim/world/reseed.h"
#include "sim/world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct plan plan_of(uint64_t seed, const char *faults)
{
    static const struct scenario_overrides none = {0};
    char text[1000];
    struct scenario *scenario = NULL;
    struct buf why = {0};
    struct plan plan = {0};

    (void)snprintf(
        text, sizeof text,
        "{\"name\":\"tiny\",\"clients\":4,\"rooms\":1,\"membersPerRoom\":4,"
        "\"nodes\":2,\"duration\":\"40s\",\"settle\":\"20s\",\"connectSpread\":\"100ms\","
        "\"workload\":{\"send\":{\"every\":\"5s\"},\"corpus\":\"c\"},\"faults\":[%s]}",
        faults);
    if (scenario_parse(text, strlen(text), &scenario, &why) != HB_OK ||
        scenario_plan(scenario, seed, &none, "hello\n", 6, &plan, &why) != HB_OK) {
        fail_msg("%s", why.bytes);
    }
    scenario_free(&scenario);
    buf_deinit(&why);
    return plan;
}

/* Clients so far away that a hello may come after the 10 s in which a node waits for one: a node then sends its
 * client away for good. A scenario may not say so; a plan may. */
static void move_far_away(struct plan *plan)
{
    plan->client_latency_us = (struct range){3500000, 5100000};
    plan->client.answer_us = 30 * SECOND;
    plan->server.hello_us = 10 * SECOND;
}

#define CUT  "{\"kind\":\"client_cut\",\"at\":\"15s\",\"permille\":1000}"
#define CUTS CUT ",{\"kind\":\"clock_jump\",\"at\":\"5s\",\"amount\":\"1s\"}"

/* One that fails with the cut of all clients, and holds without it. */
static struct plan cut_to_death(struct why_part **ret_parts, uint32_t *ret_len,
                                enum invariant *ret_invariant, int64_t *ret_at_us)
{
    for (uint64_t seed = 1; seed < 400; seed++) {
        struct plan plan = plan_of(seed, CUTS);
        uint32_t all;
        move_far_away(&plan);
        if (why_fails(&plan, ret_invariant, ret_at_us)) {
            struct why_end end;
            *ret_len = why_parts(&plan, *ret_at_us, ret_parts, &all);
            assert_int_equal(*ret_len, 2);
            assert_int_equal(all, 2);
            why_without(&plan, &(*ret_parts)[0], *ret_invariant, &end);
            if (!end.violated) {
                return plan;
            }
            free(*ret_parts);
        }
        plan_deinit(&plan);
    }
    fail_msg("no such seed");
    abort();
}

static void what_it_needs_is_told_from_what_it_does_not(void **state)
{
    struct why_part *parts;
    struct why_end end;
    enum invariant invariant;
    uint32_t len;
    int64_t at_us;
    char name[64];
    struct plan plan = cut_to_death(&parts, &len, &invariant, &at_us);
    (void)state;
    assert_string_equal(invariant_info(invariant)->id, "LIV-02");
    why_run(&plan, invariant, &end);
    assert_true(end.fails);
    assert_int_equal(end.at_us, at_us);
    why_without(&plan, &parts[1], invariant, &end); /* the clock does nothing to it */
    assert_true(end.fails && end.violated);
    assert_int_equal(end.first, invariant);
    why_part_name(&plan, &parts[0], name);
    assert_int_equal(strncmp(name, "fault", 5), 0);
    assert_int_equal(plan.drop_faults_len, 0); /* nothing of it was changed */
    free(parts);
    plan_deinit(&plan);
}

static void drawn_anew_from_the_end_it_always_fails_and_from_the_start_it_may_hold(void **state)
{
    struct why_part *parts;
    struct why_end end;
    enum invariant invariant;
    uint32_t len;
    int64_t at_us;
    uint32_t failed = 0;
    struct plan plan = cut_to_death(&parts, &len, &invariant, &at_us);
    (void)state;
    for (uint32_t i = 0; i < 10; i++) {
        why_sample(&plan, invariant, at_us - 1, i, &end);
        assert_true(end.fails);
        why_sample(&plan, invariant, 0, i, &end);
        failed += end.fails;
    }
    assert_true(failed < 10);
    why_sample(&plan, invariant, 0, 3, &end);
    const int64_t first_us = end.at_us;
    why_sample(&plan, invariant, 0, 3, &end); /* the same sample is the same run */
    assert_int_equal(end.at_us, first_us);
    free(parts);
    plan_deinit(&plan);
}

static void actions_are_parts_too_up_to_an_instant_but_not_what_people_write(void **state)
{
    struct plan plan = plan_of(1, "{\"kind\":\"half_open\",\"every\":\"4s\",\"away\":\"1s\"}");
    struct why_part *parts;
    uint32_t all;
    char name[64];
    (void)state;
    const uint32_t len = why_parts(&plan, 40 * SECOND, &parts, &all);
    assert_true(len > 10);
    assert_int_equal(all, len);
    for (uint32_t i = 0; i < len; i++) {
        why_part_name(&plan, &parts[i], name);
        assert_non_null(strstr(name, ".half_open#"));
    }
    const struct plan_action_name dropped = parts[0].name;
    free(parts);
    assert_true(why_parts(&plan, 10 * SECOND, &parts, &all) < len);
    free(parts);
    plan.drop_actions = hb_calloc(1, sizeof *plan.drop_actions);
    plan.drop_actions[0] = dropped;
    plan.drop_actions_len = 1;
    assert_int_equal(why_parts(&plan, 40 * SECOND, &parts, &all), len - 1);
    free(parts);
    assert_true(
        plan_write_actions(&plan)); /* without the one: the client's others keep their names */
    assert_int_equal(why_parts(&plan, 40 * SECOND, &parts, &all), len - 1);
    free(parts);
    plan_drop_client(&plan, dropped.client);
    assert_true(why_parts(&plan, 40 * SECOND, &parts, &all) > 0);
    for (uint32_t i = 0; i < all; i++) {
        assert_int_not_equal(parts[i].name.client, dropped.client);
    }
    free(parts);
    plan_deinit(&plan);
}

static void a_fault_of_a_node_that_is_not_there_is_no_part(void **state)
{
    struct plan plan = plan_of(1, "{\"kind\":\"clock_jump\",\"at\":\"5s\",\"amount\":\"1s\"}");
    struct why_part *parts;
    uint32_t all;
    (void)state;
    assert_int_equal(why_parts(&plan, 40 * SECOND, &parts, &all), 1);
    free(parts);
    plan.drop_nodes[plan.faults[0].target] = true;
    assert_int_equal(why_parts(&plan, 40 * SECOND, &parts, &all), 0);
    free(parts);
    plan_deinit(&plan);
}

/* A world that is not touched until the instant, and is another one after it. */
static void the_same_until_the_instant_and_another_after_it(void **state)
{
    struct plan plan = plan_of(1, "");
    const struct obs_sink none = {.observe = NULL};
    struct world *one = world_new(&plan, none, false);
    struct world *other = world_new(&plan, none, false);
    struct world *twin = world_new(&plan, none, false);
    int64_t next_us = 0;
    (void)state;
    while (next_us < 10 * SECOND) {
        assert_true(world_step(one) && world_step(other) && world_step(twin));
        assert_true(world_next_us(one, &next_us));
    }
    assert_int_equal(world_hash(one).lo, world_hash(other).lo);
    world_reseed(other, 99);
    world_reseed(twin, 99);
    while (world_step(one)) {
    }
    while (world_step(other)) {
    }
    while (world_step(twin)) {
    }
    assert_true(world_hash(one).lo != world_hash(other).lo);
    assert_int_equal(world_hash(twin).lo, world_hash(other).lo);
    struct world_stats stats;
    world_stats(other, &stats);
    assert_true(stats.quiet);
    assert_true(stats.messages > 10); /* people write on */
    world_free(&one);
    world_free(&other);
    world_free(&twin);
    plan_deinit(&plan);
}

/* --- When, of made-up shares ---------------------------------------------------------------- */

/* The rounds to their end, where what happens at or after `bound_us` fails always, and before it by half. */
static struct why_when asked(int64_t violated_us, int64_t bound_us)
{
    struct why_when when;
    int64_t instants[WHY_ROUND_MAX];
    uint32_t len;

    why_when_init(&when, violated_us);
    while ((len = why_next(&when, instants)) > 0) {
        for (uint32_t i = 0; i < len; i++) {
            const bool always = instants[i] >= bound_us;
            assert_true(instants[i] >= 0 && instants[i] < violated_us);
            why_tell(&when, (struct why_point){instants[i], 20, always ? 20 : 10});
        }
    }
    for (uint32_t i = 1; i < when.points_len; i++) {
        assert_true(when.points[i - 1].at_us < when.points[i].at_us);
    }
    return when;
}

static void the_instant_is_closed_in_on_by_rounds(void **state)
{
    int64_t bound_us;
    struct why_when when = asked(60 * SECOND, 21234567);
    (void)state;
    assert_int_equal(when.points_len, 12);
    assert_true(why_bound(&when, &bound_us));
    assert_in_range(bound_us, 21234567, 21234567 + 200000); /* 15 s by 3^4 */
    when = asked(60 * SECOND, 0);
    assert_true(why_bound(&when, &bound_us));
    assert_int_equal(bound_us, 0);
    assert_int_equal(when.points_len, 4); /* there is nothing between */
    when = asked(60 * SECOND, INT64_MAX);
    assert_false(why_bound(&when, &bound_us));
    when = asked(3000, 1); /* so early that there is little to ask */
    assert_true(when.points_len <= 12);
}

static void one_later_share_that_is_not_whole_opens_it_again(void **state)
{
    struct why_when when;
    int64_t bound_us;
    (void)state;
    why_when_init(&when, 10 * SECOND);
    why_tell(&when, (struct why_point){8 * SECOND, 20, 20});
    why_tell(&when, (struct why_point){2 * SECOND, 20, 20});
    why_tell(&when, (struct why_point){4 * SECOND, 20, 19});
    why_tell(&when, (struct why_point){6 * SECOND, 20, 20});
    assert_true(why_bound(&when, &bound_us));
    assert_int_equal(bound_us, 6 * SECOND);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_needs_is_told_from_what_it_does_not),
        cmocka_unit_test(drawn_anew_from_the_end_it_always_fails_and_from_the_start_it_may_hold),
        cmocka_unit_test(actions_are_parts_too_up_to_an_instant_but_not_what_people_write),
        cmocka_unit_test(a_fault_of_a_node_that_is_not_there_is_no_part),
        cmocka_unit_test(the_same_until_the_instant_and_another_after_it),
        cmocka_unit_test(the_instant_is_closed_in_on_by_rounds),
        cmocka_unit_test(one_later_share_that_is_not_whole_opens_it_again),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
