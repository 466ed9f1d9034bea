/* People make, join and leave rooms: each is asked and answered, and rooms that were made are rooms like others. */
/* labels: sim */
#include "server/base/mem.h"
#include "server/base/tests/test.h"
#include "sim/world/tests/small_plan.h"
#include "sim/world/world.h"

#include <string.h>

struct seen {
    uint64_t asked[ASKED_LEAVE + 1];
    uint64_t invites, granted, denied;
    uint64_t joins, leaves; /* in the log, of those who asked */
    uint64_t rooms;         /* declared */
    uint64_t messages;      /* to rooms that were made */
    uint64_t of_dropped;    /* asked by the client that the plan drops */
    struct world_stats stats;
};

#define DROPPED 1

static void observe(void *user, const struct obs *obs)
{
    struct seen *seen = user;

    if (obs->kind == OBS_ASKS) {
        seen->asked[obs->seq]++;
        seen->of_dropped += obs->device == DROPPED;
    } else if (obs->kind == OBS_MEMBER && obs->at_us > 0) {
        seen->joins += (obs->flags & OBS_LEFT) == 0;
        seen->leaves += (obs->flags & OBS_LEFT) != 0;
    }
    seen->invites += obs->kind == OBS_INVITES;
    seen->granted += obs->kind == OBS_GRANTED;
    seen->denied += obs->kind == OBS_DENIED;
    seen->rooms += obs->kind == OBS_ROOM;
    seen->messages += obs->kind == OBS_SEND && obs->room >= 4;
}

static struct plan movers(void)
{
    static const enum fault_kind kinds[] = {WORKLOAD_CREATE, WORKLOAD_JOIN, WORKLOAD_LEAVE};
    struct plan plan = small_plan(7);

    plan.devices_per_user = 2;
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

static void each_is_asked_and_answered(void **state)
{
    struct plan plan = movers();
    struct seen seen;
    (void)state;

    run(&plan, &seen);
    for (int what = ASKED_CREATE; what <= ASKED_LEAVE; what++) {
        assert_true(seen.asked[what] > 10);
    }
    assert_true(seen.invites > 10 && seen.granted > 10 && seen.denied > 10);
    assert_int_equal(seen.granted + seen.denied,
                     seen.asked[ASKED_CREATE] + seen.asked[ASKED_JOIN] + seen.asked[ASKED_LEAVE]);
    assert_true(seen.joins > 10 && seen.leaves > 10);
    assert_true(seen.rooms > 10 && seen.messages > 5);
}

static void a_limit_is_met_where_it_is_small(void **state)
{
    struct plan plan = movers();
    struct seen many;
    struct seen few;
    (void)state;

    run(&plan, &many);
    plan = movers();
    plan.server.rooms_per_user = 2;
    plan.server.rooms_by_others = 1;
    run(&plan, &few);
    assert_true(few.joins < many.joins && few.denied > many.denied);
}

/* Nor is it asked beside its person's other device. */
static void a_device_that_is_dropped_asks_for_nothing(void **state)
{
    struct plan plan = movers();
    struct seen seen;
    (void)state;

    run(&plan, &seen);
    assert_true(seen.of_dropped > 0);
    plan = movers();
    plan.drop_clients = hb_calloc(plan.clients, sizeof *plan.drop_clients);
    plan.drop_clients[DROPPED] = true;
    run(&plan, &seen);
    assert_int_equal(seen.of_dropped, 0);
    assert_true(seen.granted > 10 && seen.denied > 10);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_asked_and_answered),
        cmocka_unit_test(a_limit_is_met_where_it_is_small),
        cmocka_unit_test(a_device_that_is_dropped_asks_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
