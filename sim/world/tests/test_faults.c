/* Each fault bites: what it does shows in the observations, and a run without it does not show it.
 * After the calm everything comes to rest all the same. */
/* labels: sim */
#include "server/base/mem.h"
#include "server/base/tests/test.h"
#include "sim/world/tests/small_plan.h"
#include "sim/world/world.h"

#include <stdlib.h>
#include <string.h>

#define WORLD_START_MS INT64_C(1767225600000)

struct seen {
    uint64_t kinds[OBS_KIND_COUNT];
    int64_t wall_ahead_ms_max[8], wall_ahead_ms_min[8]; /* of each node's clock over true time */
    int64_t wall_back_ms[8];                            /* the largest step back between stamps */
    int64_t wall_last_ms[8];
    uint64_t lives[8];
    int64_t down_us[8]; /* the last time */
    int64_t commit_us[4096];
    struct world_stats stats;
};

static void observe(void *user, const struct obs *obs)
{
    struct seen *seen = user;
    seen->kinds[obs->kind]++;
    if (obs->kind == OBS_STAMP) {
        const int64_t ahead = obs->value - (WORLD_START_MS + obs->at_us / 1000);
        int64_t *most = &seen->wall_ahead_ms_max[obs->node];
        int64_t *least = &seen->wall_ahead_ms_min[obs->node];
        int64_t *last = &seen->wall_last_ms[obs->node];
        *most = ahead > *most ? ahead : *most;
        *least = ahead < *least ? ahead : *least;
        if (*last - obs->value > seen->wall_back_ms[obs->node]) {
            seen->wall_back_ms[obs->node] = *last - obs->value;
        }
        *last = obs->value;
    } else if (obs->kind == OBS_NODE_UP) {
        seen->lives[obs->node] = (uint64_t)obs->value;
    } else if (obs->kind == OBS_NODE_DOWN) {
        seen->down_us[obs->node] = obs->at_us;
    }
}

static void run(const struct plan *plan, struct seen *seen)
{
    memset(seen, 0, sizeof *seen);
    struct world *world =
        world_new(plan, (struct obs_sink){.observe = observe, .user = seen}, false);
    while (world_step(world)) {
    }
    world_stats(world, &seen->stats);
    world_free(&world);
    assert_true(seen->stats.quiet);
    assert_int_equal(seen->kinds[OBS_SEND], seen->kinds[OBS_ACK]); /* nobody gave up */
    assert_int_equal(seen->kinds[OBS_FAULT_BEGIN], seen->kinds[OBS_FAULT_END]);
}

static void run_with(struct plan_fault fault, struct seen *seen)
{
    struct plan plan = small_plan(7);
    small_plan_fault(&plan, fault);
    run(&plan, seen);
    assert_int_equal(seen->stats.faults[fault.kind].planned, 1);
    assert_int_equal(seen->stats.faults[fault.kind].fired, 1);
    assert_int_equal(seen->stats.faults[fault.kind].mattered, 1);
    plan_deinit(&plan);
}

static void run_with_action(struct plan_generator generator, struct seen *seen)
{
    struct plan plan = small_plan(7);
    small_plan_generator(&plan, generator);
    run(&plan, seen);
    assert_true(seen->stats.faults[generator.kind].planned > 0);
    assert_int_equal(seen->stats.faults[generator.kind].fired,
                     seen->stats.faults[generator.kind].planned);
    assert_true(seen->stats.faults[generator.kind].mattered > 0);
    plan_deinit(&plan);
}

static void without_faults_nothing_is_lost_repaired_or_resent(void **state)
{
    (void)state;
    struct plan plan = small_plan(7);
    struct seen seen;

    run(&plan, &seen);
    assert_true(seen.kinds[OBS_COMMIT] > 100);
    assert_int_equal(seen.kinds[OBS_WELCOME], plan.clients);
    assert_int_equal(seen.kinds[OBS_CONN_CLOSE], 0);
    assert_int_equal(seen.kinds[OBS_RESEND], 0);
    assert_int_equal(seen.stats.notes[NOTE_SUBSCRIPTIONS_LOST], 0);
    assert_int_equal(seen.stats.notes[NOTE_FORGED] + seen.stats.notes[NOTE_FOREIGN], 0);
    assert_int_equal(seen.stats.notes[NOTE_DB_RETRY], 0);
    assert_int_equal(seen.stats.notes[NOTE_SEND_UNKNOWN], 0);
    for (uint32_t node = 0; node < plan.nodes; node++) {
        assert_int_equal(seen.wall_ahead_ms_max[node], 0);
        assert_int_equal(seen.wall_back_ms[node], 0);
        assert_int_equal(seen.lives[node], 1);
    }
    plan_deinit(&plan);
}

static void a_clock_offset_moves_the_walls_of_its_node_only(void **state)
{
    (void)state;
    struct seen seen;
    run_with((struct plan_fault){.kind = FAULT_CLOCK_OFFSET, .target = 1, .amount = 1500}, &seen);
    assert_int_equal(seen.wall_ahead_ms_max[1], 1500);
    assert_int_equal(seen.wall_ahead_ms_max[0], 0);
}

static void a_drifting_clock_runs_away(void **state)
{
    (void)state;
    struct seen seen;
    run_with((struct plan_fault){.kind = FAULT_CLOCK_DRIFT, .target = 0, .amount = 50000}, &seen);
    assert_in_range(seen.wall_ahead_ms_max[0], 700, 1000); /* 5 % of 20 s, at the last stamp */
    run_with((struct plan_fault){.kind = FAULT_CLOCK_DRIFT, .target = 0, .amount = -50000}, &seen);
    assert_in_range(-seen.wall_ahead_ms_min[0], 700, 1001);
}

static void a_clock_that_jumps_back_shows_the_same_second_twice(void **state)
{
    (void)state;
    struct seen seen;
    run_with(
        (struct plan_fault){
            .kind = FAULT_CLOCK_JUMP, .target = 2, .at_us = 8000000, .amount = -5000},
        &seen);
    assert_in_range(seen.wall_back_ms[2], 3000, 5000);
    assert_int_equal(seen.wall_back_ms[0], 0);
}

static void a_crashed_node_drops_its_connections_and_lives_again(void **state)
{
    (void)state;
    struct seen seen;
    run_with(
        (struct plan_fault){
            .kind = FAULT_NODE_CRASH, .target = 0, .at_us = 6000000, .for_us = 3000000},
        &seen);
    assert_int_equal(seen.lives[0], 2);
    assert_int_equal(seen.kinds[OBS_NODE_DOWN], 1);
    assert_true(seen.kinds[OBS_CONN_CLOSE] > 0);
    assert_true(seen.stats.reconnects > 0);
}

static void a_drained_node_sends_its_clients_away_and_lives_again(void **state)
{
    (void)state;
    struct seen seen;
    run_with(
        (struct plan_fault){
            .kind = FAULT_NODE_DRAIN, .target = 0, .at_us = 6000000, .for_us = 3000000},
        &seen);
    assert_int_equal(seen.lives[0], 2);
    assert_int_equal(seen.kinds[OBS_NODE_DOWN], 1);
    assert_true(seen.kinds[OBS_CONN_CLOSE] > 0);
    assert_true(seen.stats.reconnects > 0);
    assert_int_equal(seen.stats.notes[NOTE_DRAINED], 1); /* by itself, not by the end of its time */
}

#define TAKEN_US 6000000

/* The first node as a second process of the next one's name. */
static const struct plan_fault name_taken = {
    .kind = FAULT_NAME_TAKEN, .target = 0, .at_us = TAKEN_US, .for_us = 9000000};

static void
a_second_process_of_a_name_ends_the_first_and_nothing_that_is_written_is_refused(void **state)
{
    (void)state;
    struct seen seen;
    run_with(name_taken, &seen);
    assert_int_equal(seen.lives[0], 3); /* itself, the other one, itself */
    assert_int_equal(seen.lives[1], 2);
    assert_int_equal(seen.lives[2], 1);
    assert_int_equal(seen.stats.notes[NOTE_FENCED], 1);
    assert_int_equal(seen.stats.notes[NOTE_STAMP_TAKEN], 0);
    assert_in_range(seen.down_us[1], TAKEN_US, TAKEN_US + 2000000);
}

/* When nobody writes to it: by the newer one's announcement, or without Redis by its own probe. */
static void the_first_ends_also_when_nobody_writes(void **state)
{
    static const struct plan_fault cut = {
        .kind = FAULT_REDIS_CUT, .target = 1, .at_us = TAKEN_US - 1000000, .for_us = 12000000};
    static const int64_t within_us[] = {2000000, 6000000}; /* a tick; a probe */

    (void)state;
    for (int without = 0; without < 2; without++) {
        struct plan plan = small_plan(7);
        struct seen seen;
        plan.generators_len = 0;
        small_plan_fault(&plan, name_taken);
        if (without == 1) {
            small_plan_fault(&plan, cut);
        }
        run(&plan, &seen);
        assert_int_equal(seen.kinds[OBS_SEND], 0);
        assert_int_equal(seen.stats.notes[NOTE_FENCED], 1);
        assert_in_range(seen.down_us[1], TAKEN_US, TAKEN_US + within_us[without]);
        assert_int_equal(seen.lives[1], 2);
        plan_deinit(&plan);
    }
}

/* Half of the clients write by HTTP alone. Every message is acked in the end (run() sees to it), also
 * when nodes go, and when outcomes are unknown; none is acked before it is committed: the judge sees
 * to that in the swarms of city. */
static void posters_write_by_requests_until_the_outcome_is_known(void **state)
{
    (void)state;
    static const struct plan_fault faults[] = {
        {.kind = FAULT_NODE_CRASH, .target = 0, .at_us = 6000000, .for_us = 3000000},
        {.kind = FAULT_NODE_DRAIN, .target = 1, .at_us = 12000000, .for_us = 1000000},
        {.kind = FAULT_DB_UNKNOWN,
         .target = OBS_NONE,
         .at_us = 4000000,
         .for_us = 9000000,
         .amount = 300},
        {.kind = FAULT_DB_SLOW,
         .target = OBS_NONE,
         .at_us = 15000000,
         .for_us = 2000000,
         .amount = 4000000},
    };
    struct seen seen;
    struct plan plan = small_plan(7);

    plan.posters = 12;
    run(&plan, &seen);
    assert_true(seen.stats.notes[NOTE_HTTP] > 50);
    assert_int_equal(seen.stats.resends, 0);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        small_plan_fault(&plan, faults[i]);
    }
    run(&plan, &seen);
    assert_true(seen.stats.resends > 0);
    assert_true(seen.stats.notes[NOTE_SEND_DUPLICATE] > 0);
    assert_int_equal(seen.stats.faults[FAULT_NODE_CRASH].fired, 1);
    plan_deinit(&plan);
}

static void a_node_that_never_comes_back_by_itself_is_started_at_the_calm(void **state)
{
    (void)state;
    struct seen seen;
    run_with(
        (struct plan_fault){
            .kind = FAULT_NODE_CRASH, .target = 1, .at_us = 6000000, .for_us = 90000000},
        &seen);
    assert_int_equal(seen.lives[1], 2);
}

static void a_cut_stream_to_redis_loses_subscriptions_and_publications(void **state)
{
    (void)state;
    struct seen seen;
    run_with(
        (struct plan_fault){
            .kind = FAULT_REDIS_CUT, .target = 1, .at_us = 6000000, .for_us = 3000000},
        &seen);
    assert_true(seen.stats.notes[NOTE_SUBSCRIPTIONS_LOST] >= 1);
    assert_true(seen.stats.notes[NOTE_REDIS_DISCONNECTED] >= 1);
    assert_true(seen.stats.notes[NOTE_REPAIRED] >= 1);
}

static void a_restarted_redis_cuts_every_node(void **state)
{
    (void)state;
    struct seen seen;
    run_with(
        (struct plan_fault){
            .kind = FAULT_REDIS_RESTART, .target = OBS_NONE, .at_us = 6000000, .for_us = 2000000},
        &seen);
    assert_true(seen.stats.notes[NOTE_SUBSCRIPTIONS_LOST] >= 3);
}

static void what_a_stranger_writes_to_redis_is_dropped_by_every_node(void **state)
{
    (void)state;
    struct seen seen;
    run_with((struct plan_fault){.kind = FAULT_REDIS_STRANGER,
                                 .target = OBS_NONE,
                                 .amount = 20000,
                                 .at_us = 6000000,
                                 .for_us = 5000000},
             &seen);
    assert_true(seen.stats.notes[NOTE_FORGED] > 100);
    assert_true(seen.stats.notes[NOTE_FOREIGN] > 5);
    assert_true(seen.stats.notes[NOTE_REPLAYED] > 5);
    assert_int_equal(seen.stats.notes[NOTE_PUBLICATION_BAD], 0); /* nothing of it was looked at */
}

static void of_two_outages_of_redis_at_once_the_later_end_counts(void **state)
{
    static const enum fault_kind kinds[] = {FAULT_REDIS_RESTART, FAULT_REDIS_CUT};
    (void)state;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const uint32_t target = kinds[i] == FAULT_REDIS_CUT ? 1 : OBS_NONE;
        struct plan plan = small_plan(7);
        struct seen seen = {0};
        struct world_stats before;
        struct world_stats within;
        small_plan_fault(
            &plan, (struct plan_fault){
                       .kind = kinds[i], .target = target, .at_us = 6000000, .for_us = 8000000});
        small_plan_fault(
            &plan, (struct plan_fault){
                       .kind = kinds[i], .target = target, .at_us = 7000000, .for_us = 1000000});
        struct world *world =
            world_new(&plan, (struct obs_sink){.observe = observe, .user = &seen}, false);
        while (world_now_us(world) < 5900000) {
            assert_true(world_step(world));
        }
        world_stats(world, &before);
        while (world_now_us(world) < 13900000) {
            assert_true(world_step(world));
        }
        world_stats(world, &within);
        assert_int_equal(within.notes[NOTE_REDIS_CONNECTED], before.notes[NOTE_REDIS_CONNECTED]);
        while (world_step(world)) {
        }
        world_stats(world, &within);
        assert_true(within.notes[NOTE_REDIS_CONNECTED] > before.notes[NOTE_REDIS_CONNECTED]);
        world_free(&world);
        plan_deinit(&plan);
    }
}

static void a_refusing_database_is_asked_again(void **state)
{
    (void)state;
    struct seen seen;
    run_with((struct plan_fault){.kind = FAULT_DB_REFUSE,
                                 .target = OBS_NONE,
                                 .at_us = 4000000,
                                 .for_us = 10000000,
                                 .amount = 300},
             &seen);
    assert_true(seen.stats.notes[NOTE_DB_RETRY] > 0);
}

static void a_lost_commit_answer_is_asked_for_again_and_commits_once(void **state)
{
    (void)state;
    struct seen seen;
    run_with((struct plan_fault){.kind = FAULT_DB_UNKNOWN,
                                 .target = OBS_NONE,
                                 .at_us = 4000000,
                                 .for_us = 10000000,
                                 .amount = 300},
             &seen);
    assert_true(seen.stats.notes[NOTE_SEND_UNKNOWN] > 0);
    assert_true(seen.stats.notes[NOTE_SEND_DUPLICATE] > 0); /* committed, and the answer was lost */
    assert_int_equal(seen.stats.messages, seen.kinds[OBS_SEND]);
}

static void cut_clients_come_back(void **state)
{
    (void)state;
    struct seen seen;
    run_with(
        (struct plan_fault){
            .kind = FAULT_CLIENT_CUT, .target = OBS_NONE, .at_us = 8000000, .amount = 500},
        &seen);
    assert_in_range(seen.kinds[OBS_CONN_CLOSE], 4, 20); /* about half of 24 */
    assert_int_equal(seen.stats.reconnects, seen.kinds[OBS_CONN_CLOSE]);
}

static void people_who_close_the_app_come_back_and_catch_up(void **state)
{
    (void)state;
    struct seen seen;
    run_with_action((struct plan_generator){.kind = FAULT_DISCONNECT_CLEAN,
                                            .mean_us = 8000000,
                                            .from_us = 2000000,
                                            .to_us = 18000000,
                                            .away_us = {500000, 8000000}},
                    &seen);
    assert_true(seen.stats.reconnects > 0);
    assert_true(seen.stats.notes[NOTE_RESUME_TAIL] > 0);
}

static void people_who_are_away_for_long_catch_up_by_sync(void **state)
{
    (void)state;
    struct plan plan = small_plan(7);
    struct seen seen;
    plan.server.tail_entries = 1;
    small_plan_generator(&plan, (struct plan_generator){.kind = FAULT_DISCONNECT_CLEAN,
                                                        .mean_us = 8000000,
                                                        .from_us = 2000000,
                                                        .to_us = 18000000,
                                                        .away_us = {4000000, 9000000}});
    run(&plan, &seen);
    assert_true(seen.stats.notes[NOTE_RESUME_SYNC] > 0);
    assert_true(seen.stats.sync_pages > 0);
    assert_true(seen.kinds[OBS_SYNC_ROW] > 0);
    assert_true(seen.kinds[OBS_SYNC_CURSOR] > 0);
    plan_deinit(&plan);
}

static void an_aborted_connection_is_opened_again(void **state)
{
    (void)state;
    struct seen seen;
    run_with_action((struct plan_generator){.kind = FAULT_DISCONNECT_ABRUPT,
                                            .mean_us = 8000000,
                                            .from_us = 2000000,
                                            .to_us = 18000000},
                    &seen);
    assert_true(seen.stats.reconnects > 0);
    assert_true(seen.kinds[OBS_RESEND] > 0);
}

static void a_half_open_connection_is_noticed_by_silence(void **state)
{
    (void)state;
    struct seen seen;
    run_with_action((struct plan_generator){.kind = FAULT_HALF_OPEN,
                                            .mean_us = 15000000,
                                            .from_us = 2000000,
                                            .to_us = 10000000,
                                            .away_us = {8000000, 9000000}},
                    &seen);
    assert_true(seen.stats.reconnects > 0);
    assert_true(seen.stats.notes[NOTE_CONN_SILENT] > 0);
    assert_true(seen.kinds[OBS_FAULT_BEGIN] > 0);
    assert_int_equal(seen.kinds[OBS_FAULT_END], seen.kinds[OBS_FAULT_BEGIN]);
}

/* --- Plans lose parts without moving the rest ----------------------------------------------- */

struct writes { /* who wrote what when, of all but one device */
    struct hash128 hash;
    uint32_t but;
    uint64_t count;
};

static void observe_writes(void *user, const struct obs *obs)
{
    struct writes *writes = user;
    if (obs->kind == OBS_SEND && obs->device != writes->but) {
        hash128_fold(&writes->hash, (uint64_t)obs->at_us, obs->client_id ^ obs->content);
        writes->count++;
    }
}

static struct writes writes_of(const struct plan *plan, uint32_t but)
{
    struct writes writes = {.but = but};
    struct world *world =
        world_new(plan, (struct obs_sink){.observe = observe_writes, .user = &writes}, false);
    while (world_step(world)) {
    }
    world_free(&world);
    return writes;
}

static void a_dropped_action_moves_no_other(void **state)
{
    (void)state;
    struct plan plan = small_plan(3);
    const struct writes all = writes_of(&plan, 5);
    const struct writes total = writes_of(&plan, OBS_NONE);
    small_plan_drop_action(&plan, (struct plan_action_name){5, WORKLOAD_SEND, 1});
    const struct writes fewer = writes_of(&plan, 5);
    const struct writes fewer_total = writes_of(&plan, OBS_NONE);
    assert_int_equal(all.count, fewer.count);
    assert_memory_equal(&all.hash, &fewer.hash, sizeof all.hash);
    assert_int_equal(total.count, fewer_total.count + 1);
    plan_deinit(&plan);
}

static void an_added_kind_of_fault_moves_no_write(void **state)
{
    (void)state;
    struct plan plan = small_plan(3);
    const struct writes before = writes_of(&plan, OBS_NONE);
    small_plan_fault(
        &plan, (struct plan_fault){
                   .kind = FAULT_NODE_CRASH, .target = 0, .at_us = 6000000, .for_us = 3000000});
    small_plan_generator(&plan, (struct plan_generator){.kind = FAULT_DISCONNECT_ABRUPT,
                                                        .mean_us = 8000000,
                                                        .from_us = 2000000,
                                                        .to_us = 18000000});
    const struct writes after = writes_of(&plan, OBS_NONE);
    assert_int_equal(before.count, after.count);
    assert_memory_equal(&before.hash, &after.hash, sizeof before.hash);
    plan_deinit(&plan);
}

static struct hash128 hash_of(const struct plan *plan)
{
    struct world *world = world_new(plan, (struct obs_sink){.observe = NULL}, false);
    while (world_step(world)) {
    }
    const struct hash128 hash = world_hash(world);
    world_free(&world);
    return hash;
}

static void a_run_does_not_depend_on_runs_before_it(void **state)
{
    (void)state;
    struct plan plan = small_plan(11);
    struct plan other = small_plan(12);
    small_plan_fault(
        &other, (struct plan_fault){
                    .kind = FAULT_NODE_CRASH, .target = 0, .at_us = 6000000, .for_us = 3000000});
    const struct hash128 first = hash_of(&plan);
    const struct hash128 dirty = hash_of(&other);
    const struct hash128 second = hash_of(&plan);
    assert_memory_equal(&first, &second, sizeof first);
    assert_memory_not_equal(&first, &dirty, sizeof first);
    plan_deinit(&plan);
    plan_deinit(&other);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_faults_nothing_is_lost_repaired_or_resent),
        cmocka_unit_test(a_clock_offset_moves_the_walls_of_its_node_only),
        cmocka_unit_test(a_drifting_clock_runs_away),
        cmocka_unit_test(a_clock_that_jumps_back_shows_the_same_second_twice),
        cmocka_unit_test(a_crashed_node_drops_its_connections_and_lives_again),
        cmocka_unit_test(a_drained_node_sends_its_clients_away_and_lives_again),
        cmocka_unit_test(
            a_second_process_of_a_name_ends_the_first_and_nothing_that_is_written_is_refused),
        cmocka_unit_test(the_first_ends_also_when_nobody_writes),
        cmocka_unit_test(posters_write_by_requests_until_the_outcome_is_known),
        cmocka_unit_test(a_node_that_never_comes_back_by_itself_is_started_at_the_calm),
        cmocka_unit_test(a_cut_stream_to_redis_loses_subscriptions_and_publications),
        cmocka_unit_test(a_restarted_redis_cuts_every_node),
        cmocka_unit_test(what_a_stranger_writes_to_redis_is_dropped_by_every_node),
        cmocka_unit_test(of_two_outages_of_redis_at_once_the_later_end_counts),
        cmocka_unit_test(a_refusing_database_is_asked_again),
        cmocka_unit_test(a_lost_commit_answer_is_asked_for_again_and_commits_once),
        cmocka_unit_test(cut_clients_come_back),
        cmocka_unit_test(people_who_close_the_app_come_back_and_catch_up),
        cmocka_unit_test(people_who_are_away_for_long_catch_up_by_sync),
        cmocka_unit_test(an_aborted_connection_is_opened_again),
        cmocka_unit_test(a_half_open_connection_is_noticed_by_silence),
        cmocka_unit_test(a_dropped_action_moves_no_other),
        cmocka_unit_test(an_added_kind_of_fault_moves_no_write),
        cmocka_unit_test(a_run_does_not_depend_on_runs_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
