/* Spans in a world: whatever lies between two places for some seconds, after the calm everything
 * comes to rest and everything that was written is acked. */
/* labels: sim */
#include "server/base/tests/test.h"
#include "sim/world/core.h"
#include "sim/world/tests/small_plan.h"
#include "sim/world/world.h"

#include <string.h>

#define S INT64_C(1000000)

struct seen {
    uint64_t kinds[OBS_KIND_COUNT];
    struct world_stats stats;
};

static void observe(void *user, const struct obs *obs)
{
    struct seen *seen = user;
    seen->kinds[obs->kind]++;
}

/* Lays `span` from 6 s to 14 s, in both directions or in one. */
static void run_with(struct place from, struct place to, bool both, struct span span,
                     struct seen *seen)
{
    struct plan plan = small_plan(7);
    plan.posters = 6;
    memset(seen, 0, sizeof *seen);
    struct world *world =
        world_new(&plan, (struct obs_sink){.observe = observe, .user = seen}, false);
    bool laid = false;

    while (world_step(world)) {
        const int64_t now = world_now_us(world);
        if (!laid && now >= 6 * S && now < 14 * S) {
            laid = true;
            span_begin(&world->pipes, 1, from, to, span);
            if (both) {
                span_begin(&world->pipes, 1, to, from, span);
            }
        } else if (laid && now >= 14 * S) {
            laid = false;
            span_end(&world->pipes, 1);
        }
    }
    world_stats(world, &seen->stats);
    world_free(&world);
    plan_deinit(&plan);
    assert_true(seen->stats.quiet);
    assert_int_equal(seen->kinds[OBS_SEND], seen->kinds[OBS_ACK]);
}

static const struct span cut = {.cut = true};

static void a_partition_of_clients_and_a_node_is_noticed_by_silence(void **state)
{
    (void)state;
    struct seen seen;

    run_with(place_client(PLACE_ANY), place_node(1), true, cut, &seen);
    assert_true(seen.stats.notes[NOTE_CONN_SILENT] > 0);
    assert_true(seen.stats.reconnects > 0);
    assert_true(seen.kinds[OBS_RESEND] > 0);
}

static void a_node_that_hears_nothing_drops_its_clients(void **state)
{
    (void)state;
    struct seen seen;

    run_with(place_client(PLACE_ANY), place_node(PLACE_ANY), false, cut, &seen);
    assert_true(seen.stats.notes[NOTE_CONN_SILENT] > 0);
    assert_true(seen.stats.reconnects > 0);
}

static void clients_that_hear_nothing_reconnect(void **state)
{
    (void)state;
    struct seen seen;

    run_with(place_node(PLACE_ANY), place_client(PLACE_ANY), false, cut, &seen);
    assert_true(seen.stats.reconnects > 0);
}

static void a_node_behind_a_partition_from_redis_repairs_what_it_missed(void **state)
{
    (void)state;
    struct seen seen;

    run_with(place_node(1), place_redis(), true, cut, &seen);
    assert_true(seen.stats.notes[NOTE_SUBSCRIPTIONS_LOST] > 0);
    assert_true(seen.stats.notes[NOTE_REDIS_DISCONNECTED] > 0);
    assert_true(seen.stats.notes[NOTE_REPAIRED] > 0);
    run_with(place_redis(), place_node(1), false, cut, &seen);
    assert_true(seen.stats.notes[NOTE_SUBSCRIPTIONS_LOST] > 0);
    assert_true(seen.stats.notes[NOTE_REPAIRED] > 0);
}

static void a_node_that_redis_does_not_hear_keeps_its_subscriptions(void **state)
{
    (void)state;
    struct seen seen;

    run_with(place_node(1), place_redis(), false, cut, &seen);
    assert_int_equal(seen.stats.notes[NOTE_SUBSCRIPTIONS_LOST], 0); /* publications come as ever */
    assert_true(seen.stats.notes[NOTE_REDIS_DISCONNECTED] > 0);
    assert_true(seen.stats.notes[NOTE_REPAIRED] > 0);
}

static void what_a_cut_takes_from_the_database_is_refused_or_unknown(void **state)
{
    (void)state;
    struct seen seen;

    run_with(place_node(1), place_database(), false, cut, &seen);
    assert_true(seen.stats.notes[NOTE_DB_RETRY] > 0);
    assert_int_equal(seen.stats.notes[NOTE_SEND_UNKNOWN], 0);
    run_with(place_database(), place_node(1), false, cut, &seen);
    assert_true(seen.stats.notes[NOTE_SEND_UNKNOWN] > 0);
    assert_true(seen.stats.notes[NOTE_SEND_DUPLICATE] > 0); /* was committed all the same */
    assert_int_equal(seen.stats.messages, seen.kinds[OBS_SEND]);
}

static void slow_lossy_narrow_and_stalled_ways_lose_nothing(void **state)
{
    (void)state;
    static const struct span spans[] = {{.extra_us = 700000},
                                        {.loss_permille = 200},
                                        {.bytes_per_s = 20000},
                                        {.hold_until_us = 12 * S}};
    static const struct {
        struct place from, to;
    } ways[] = {{{PLACE_CLIENT, PLACE_ANY}, {PLACE_NODE, PLACE_ANY}},
                {{PLACE_NODE, 0}, {PLACE_REDIS, 0}},
                {{PLACE_NODE, PLACE_ANY}, {PLACE_DATABASE, 0}}};

    for (size_t s = 0; s < sizeof spans / sizeof spans[0]; s++) {
        for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
            struct seen seen;
            run_with(ways[w].from, ways[w].to, true, spans[s], &seen);
            assert_int_equal(seen.stats.messages, seen.kinds[OBS_SEND]);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_partition_of_clients_and_a_node_is_noticed_by_silence),
        cmocka_unit_test(a_node_that_hears_nothing_drops_its_clients),
        cmocka_unit_test(clients_that_hear_nothing_reconnect),
        cmocka_unit_test(a_node_behind_a_partition_from_redis_repairs_what_it_missed),
        cmocka_unit_test(a_node_that_redis_does_not_hear_keeps_its_subscriptions),
        cmocka_unit_test(what_a_cut_takes_from_the_database_is_refused_or_unknown),
        cmocka_unit_test(slow_lossy_narrow_and_stalled_ways_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
