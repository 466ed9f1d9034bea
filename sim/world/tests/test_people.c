/* People say of themselves who is there, are told of others, and Redis has it at rest. */
/* labels: sim */
#include "server/base/tests/test.h"
#include "sim/world/tests/small_plan.h"
#include "sim/world/world.h"

#include <string.h>

struct seen {
    uint64_t kinds[OBS_KIND_COUNT];
    uint64_t statuses[PRESENCE_STATUS_COUNT]; /* said of connections */
    uint64_t lines, quiet, cleared, rooms;
    uint64_t connected, gone; /* at rest, by Redis */
    struct world_stats stats;
};

static void observe(void *user, const struct obs *obs)
{
    struct seen *seen = user;

    seen->kinds[obs->kind]++;
    if (obs->kind == OBS_PRESENT) {
        seen->statuses[obs->seq]++;
        seen->rooms += obs->room != OBS_NONE;
    } else if (obs->kind == OBS_CHOOSE) {
        seen->lines += (obs->flags & OBS_MORE) != 0;
        seen->quiet += (obs->flags & OBS_HELD) != 0;
        seen->cleared += (obs->flags & OBS_LEFT) != 0;
    } else if (obs->kind == OBS_RECORD) {
        seen->connected += obs->value > 0 && obs->id > 0 && obs->timestamp > 0;
        seen->gone += (obs->flags & OBS_LEFT) != 0;
    } else if (obs->kind == OBS_LISTED) {
        assert_true(obs->user < 24 && obs->timestamp > 0);
    }
}

static struct plan folk(int64_t presence)
{
    static const enum fault_kind kinds[] = {WORKLOAD_TOUCH, WORKLOAD_CHOOSE, WORKLOAD_WATCH,
                                            WORKLOAD_TYPE};
    struct plan plan = small_plan(7);

    plan.server.presence = presence;
    plan.client.idle_us = 3000000;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        small_plan_generator(&plan, (struct plan_generator){.kind = kinds[i],
                                                            .mean_us = 4000000,
                                                            .from_us = 1000000,
                                                            .to_us = plan.duration_us});
    }
    return plan;
}

static void run(struct plan *plan, struct seen *seen)
{
    memset(seen, 0, sizeof *seen);
    struct world *world =
        world_new(plan, (struct obs_sink){.observe = observe, .user = seen}, false);
    while (world_step(world)) {
    }
    world_stats(world, &seen->stats);
    world_free(&world);
    plan_deinit(plan);
    assert_true(seen->stats.quiet);
}

static void people_say_what_they_are_and_choose_and_others_are_told(void **state)
{
    struct plan plan = folk(1);
    struct seen seen;
    (void)state;

    run(&plan, &seen);
    assert_true(seen.statuses[PRESENCE_AWAY] > 10 && seen.statuses[PRESENCE_ONLINE] > 10);
    assert_true(seen.rooms > 5 && seen.lines > 5 && seen.quiet > 5 && seen.cleared > 5);
    assert_true(seen.kinds[OBS_VIEW] > seen.kinds[OBS_PRESENT] + seen.kinds[OBS_CHOOSE]);
    assert_true(seen.stats.faults[WORKLOAD_TOUCH].fired > 10);
    assert_true(seen.stats.faults[WORKLOAD_WATCH].fired > 10);
    assert_true(seen.kinds[OBS_KEY] > 100 && seen.kinds[OBS_TYPED] > 20);
    assert_true(seen.kinds[OBS_TYPING_TOLD] > 20 && seen.kinds[OBS_TYPIST] > 20);
    assert_true(seen.kinds[OBS_TYPISTS] > 0);
    assert_int_equal(seen.kinds[OBS_STALE], 0);
}

static void at_rest_redis_has_everybody_who_is_connected(void **state)
{
    struct plan plan = folk(1);
    struct seen seen;
    (void)state;

    plan.posters = 4;
    run(&plan, &seen);
    assert_int_equal(seen.kinds[OBS_RECORD], 24);
    assert_int_equal(seen.connected, 20);
    assert_int_equal(seen.gone, 4); /* who only posts is nowhere */
    assert_int_equal(seen.kinds[OBS_LISTED], 20);
}

static void where_nobody_keeps_it_nobody_is_told(void **state)
{
    struct plan plan = folk(0);
    struct seen seen;
    (void)state;

    run(&plan, &seen);
    assert_true(seen.kinds[OBS_PRESENT] > 0);
    assert_int_equal(seen.kinds[OBS_VIEW], 0);
    assert_int_equal(seen.kinds[OBS_RECORD], 0);
    assert_int_equal(seen.kinds[OBS_LISTED], 0);
}

static void while_redis_is_away_people_are_told_that_it_may_be_old(void **state)
{
    struct plan plan = folk(1);
    struct seen seen;
    (void)state;

    small_plan_fault(
        &plan, (struct plan_fault){
                   .kind = FAULT_REDIS_CUT, .target = 0, .at_us = 5000000, .for_us = 9000000});
    run(&plan, &seen);
    assert_true(seen.kinds[OBS_STALE] > 2);
    assert_int_equal(seen.connected, 24); /* and it is well again */
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_say_what_they_are_and_choose_and_others_are_told),
        cmocka_unit_test(at_rest_redis_has_everybody_who_is_connected),
        cmocka_unit_test(where_nobody_keeps_it_nobody_is_told),
        cmocka_unit_test(while_redis_is_away_people_are_told_that_it_may_be_old),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
