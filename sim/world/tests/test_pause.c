/* A node that does nothing for a time: what reaches it waits, and comes at once when it goes on. */
/* labels: sim */
#include "server/base/tests/test.h"
#include "sim/world/tests/small_plan.h"
#include "sim/world/world.h"

#include <string.h>

#define BEGIN_US 6000000
#define PAUSE_US 1500000
#define END_US   (BEGIN_US + PAUSE_US)

/* What node 0 was seen to do. */
struct seen {
    uint64_t before, meanwhile, at_end, after;
    uint64_t others;                            /* of the other nodes, meanwhile */
    int64_t up_us, drain_us, down_us, first_us; /* the last ones; the first after BEGIN_US */
    uint64_t lives, sends, acks, closes;
    struct world_stats stats;
};

static void does(struct seen *seen, int64_t at_us)
{
    if (at_us < BEGIN_US) {
        seen->before++;
        return;
    }
    seen->first_us = seen->first_us == 0 ? at_us : seen->first_us;
    seen->meanwhile += at_us < END_US;
    seen->at_end += at_us == END_US;
    seen->after += at_us > END_US;
}

static void observe(void *user, const struct obs *obs)
{
    struct seen *seen = user;
    const bool node_does = obs->kind == OBS_SENT || obs->kind == OBS_SAID ||
                           obs->kind == OBS_HEARD || obs->kind == OBS_STAMP ||
                           obs->kind == OBS_ARRIVED || obs->kind == OBS_GONE ||
                           obs->kind == OBS_HANGUP || obs->kind == OBS_ANNOUNCED ||
                           obs->kind == OBS_READY;

    seen->sends += obs->kind == OBS_SEND;
    seen->acks += obs->kind == OBS_ACK;
    seen->closes += obs->kind == OBS_CONN_CLOSE;
    if (obs->node != 0) {
        seen->others += node_does && obs->at_us > BEGIN_US && obs->at_us < END_US;
        return;
    }
    if (node_does) {
        does(seen, obs->at_us);
    } else if (obs->kind == OBS_NODE_UP) {
        seen->lives++;
        seen->up_us = obs->at_us;
    } else if (obs->kind == OBS_NODE_DOWN) {
        seen->down_us = obs->at_us;
    } else if (obs->kind == OBS_DRAIN) {
        seen->drain_us = obs->at_us;
    }
}

static struct seen run(struct plan *plan)
{
    struct seen seen;

    memset(&seen, 0, sizeof seen);
    struct world *world =
        world_new(plan, (struct obs_sink){.observe = observe, .user = &seen}, false);
    while (world_step(world)) {
    }
    world_stats(world, &seen.stats);
    world_free(&world);
    plan_deinit(plan);
    assert_true(seen.stats.quiet);
    assert_int_equal(seen.sends, seen.acks);
    return seen;
}

static struct plan paused(int64_t for_us)
{
    struct plan plan = small_plan(7);

    small_plan_fault(
        &plan, (struct plan_fault){
                   .kind = FAULT_NODE_PAUSE, .target = 0, .at_us = BEGIN_US, .for_us = for_us});
    return plan;
}

static void it_does_nothing_and_then_all_at_once(void **state)
{
    struct plan plan = paused(PAUSE_US);
    (void)state;

    const struct seen seen = run(&plan);
    assert_true(seen.before > 50 && seen.after > 50 && seen.others > 10);
    assert_int_equal(seen.meanwhile, 0);
    assert_true(seen.at_end > 10);
    assert_int_equal(seen.closes, 0); /* so short that nobody gives up */
    assert_int_equal(seen.lives, 1);
    assert_int_equal(seen.stats.faults[FAULT_NODE_PAUSE].mattered, 1);
}

static void its_clients_leave_it_when_it_takes_long(void **state)
{
    struct plan plan = paused(8000000);
    (void)state;

    const struct seen seen = run(&plan);
    assert_true(seen.closes > 0);
    assert_int_equal(seen.first_us, BEGIN_US + 8000000);
}

static void of_two_pauses_the_later_end_counts(void **state)
{
    struct plan plan = paused(1000000);
    (void)state;

    small_plan_fault(&plan, (struct plan_fault){.kind = FAULT_NODE_PAUSE,
                                                .target = 0,
                                                .at_us = BEGIN_US + 500000,
                                                .for_us = 1000000});
    const struct seen seen = run(&plan);
    assert_int_equal(seen.meanwhile, 0);
    assert_int_equal(seen.first_us, END_US);
}

static void a_crash_meanwhile_ends_it(void **state)
{
    struct plan plan = paused(8000000);
    (void)state;

    small_plan_fault(&plan, (struct plan_fault){.kind = FAULT_NODE_CRASH,
                                                .target = 0,
                                                .at_us = BEGIN_US + 500000,
                                                .for_us = 500000});
    const struct seen seen = run(&plan);
    assert_int_equal(seen.lives, 2);
    assert_int_equal(seen.up_us, BEGIN_US + 1000000);
    assert_true(seen.meanwhile > 0); /* by the new life */
    assert_true(seen.first_us > seen.up_us);
}

static void who_is_asked_to_go_goes_on_for_that(void **state)
{
    struct plan plan = paused(8000000);
    (void)state;

    small_plan_fault(&plan, (struct plan_fault){.kind = FAULT_NODE_DRAIN,
                                                .target = 0,
                                                .at_us = BEGIN_US + 500000,
                                                .for_us = 3000000});
    const struct seen seen = run(&plan);
    assert_int_equal(seen.drain_us, BEGIN_US + 500000);
    assert_int_equal(seen.first_us, BEGIN_US + 500000);
    assert_true(seen.down_us < BEGIN_US + 3500000);
    assert_int_equal(seen.lives, 2);
}

static void a_node_that_is_down_cannot_pause(void **state)
{
    struct plan plan = paused(PAUSE_US);
    (void)state;

    small_plan_fault(&plan, (struct plan_fault){.kind = FAULT_NODE_CRASH,
                                                .target = 0,
                                                .at_us = BEGIN_US - 500000,
                                                .for_us = 1000000});
    const struct seen seen = run(&plan);
    assert_int_equal(seen.up_us, BEGIN_US + 500000);
    assert_true(seen.meanwhile > 0);
    assert_int_equal(seen.stats.faults[FAULT_NODE_PAUSE].fired, 1);
    assert_int_equal(seen.stats.faults[FAULT_NODE_PAUSE].mattered, 0);
}

static void a_world_that_ends_in_a_pause_leaves_nothing(void **state)
{
    struct plan plan = paused(8000000);
    (void)state;

    struct world *world = world_new(&plan, (struct obs_sink){.observe = NULL}, false);
    while (world_now_us(world) < END_US && world_step(world)) {
    }
    world_free(&world);
    plan_deinit(&plan);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_nothing_and_then_all_at_once),
        cmocka_unit_test(its_clients_leave_it_when_it_takes_long),
        cmocka_unit_test(of_two_pauses_the_later_end_counts),
        cmocka_unit_test(a_crash_meanwhile_ends_it),
        cmocka_unit_test(who_is_asked_to_go_goes_on_for_that),
        cmocka_unit_test(a_node_that_is_down_cannot_pause),
        cmocka_unit_test(a_world_that_ends_in_a_pause_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
