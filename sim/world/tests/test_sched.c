/* The event queue against the definition: (time, order of scheduling). */
#include "server/base/mem.h"
#include "server/base/rng.h"
#include "server/base/sort.h"
#include "server/base/tests/test.h"
#include "sim/world/sched.h"

#include <stdlib.h>

static void a_thousand_events_of_one_instant_come_in_the_order_of_scheduling(void **state)
{
    (void)state;
    struct sched sched;
    struct sched_event event;

    sched_init(&sched);
    for (uint32_t i = 0; i < 1000; i++) {
        sched_push(&sched, 5 * SCHED_HORIZON_US, (struct sched_event){.a = i});
    }
    for (uint32_t i = 0; i < 1000; i++) {
        assert_true(sched_pop(&sched, &event));
        assert_int_equal(event.a, i);
        assert_int_equal(sched.now_us, 5 * SCHED_HORIZON_US);
    }
    assert_false(sched_pop(&sched, &event));
    sched_deinit(&sched);
}

static void a_past_instant_means_now_and_comes_after_what_waits_for_now(void **state)
{
    (void)state;
    struct sched sched;
    struct sched_event event;

    sched_init(&sched);
    sched_push(&sched, 10, (struct sched_event){.a = 1});
    sched_push(&sched, 10, (struct sched_event){.a = 2});
    assert_true(sched_pop(&sched, &event));
    sched_push(&sched, 3, (struct sched_event){.a = 3});
    assert_true(sched_pop(&sched, &event));
    assert_int_equal(event.a, 2);
    assert_true(sched_pop(&sched, &event));
    assert_int_equal(event.a, 3);
    assert_int_equal(sched.now_us, 10);
    sched_deinit(&sched);
}

static bool is_odd(void *user, const struct sched_event *event)
{
    (*(uint32_t *)user)++;
    return event->a % 2 == 1;
}

static void what_is_dropped_is_gone_and_the_rest_stays_in_its_order(void **state)
{
    (void)state;
    struct sched sched;
    struct sched_event event;
    uint32_t asked = 0;
    int64_t next_us;

    sched_init(&sched);
    sched_push(&sched, 10, (struct sched_event){.a = 0});
    assert_true(sched_pop(&sched, &event));
    for (uint32_t i = 0; i < 100; i++) { /* near and far, two of an instant each */
        sched_push(&sched, 10 + (int64_t)(i / 2) * SCHED_HORIZON_US / 20,
                   (struct sched_event){.a = i % 4 < 2 ? i : i + 1000});
    }
    sched_drop(&sched, is_odd, &asked);
    assert_int_equal(asked, 100);
    assert_int_equal(sched.now_us, 10);
    for (uint32_t i = 0; i < 100; i += 2) {
        assert_true(sched_next_us(&sched, &next_us));
        assert_true(sched_pop(&sched, &event));
        assert_int_equal(event.a, i % 4 < 2 ? i : i + 1000);
        assert_int_equal(sched.now_us, 10 + (int64_t)(i / 2) * SCHED_HORIZON_US / 20);
        assert_int_equal(next_us, sched.now_us);
    }
    assert_false(sched_next_us(&sched, &next_us));
    assert_false(sched_pop(&sched, &event));
    sched_deinit(&sched);
}

struct wanted {
    int64_t at_us;
    uint32_t order;
};

static int wanted_compare(const void *a, const void *b)
{
    const struct wanted *x = a;
    const struct wanted *y = b;
    return x->at_us < y->at_us ? -1 : x->at_us > y->at_us;
}

/* Random pushes between random pops, at distances around the horizon: a stable sort by time of all
 * that was pushed is what must come out. */
static void random_schedules_come_in_total_order(void **state)
{
    (void)state;
    enum { EVENTS = 20000 };
    struct wanted *wanted = hb_calloc(EVENTS, sizeof *wanted);
    struct wanted *got = hb_calloc(EVENTS, sizeof *got);

    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct rng rng = rng_stream(seed, "test.sched", 0, 0);
        struct sched sched;
        struct sched_event event;
        uint32_t pushed = 0;
        uint32_t popped = 0;
        sched_init(&sched);
        while (popped < EVENTS) {
            if (pushed < EVENTS && (pushed == popped || rng_chance(&rng, 550))) {
                static const int64_t spans[] = {0,
                                                3,
                                                1000,
                                                SCHED_HORIZON_US - 1,
                                                SCHED_HORIZON_US,
                                                SCHED_HORIZON_US + 1,
                                                40 * SCHED_HORIZON_US};
                const int64_t span = spans[rng_between(&rng, 0, 6)];
                const int64_t at = sched.now_us + rng_between(&rng, 0, span);
                wanted[pushed] = (struct wanted){at, pushed};
                sched_push(&sched, at, (struct sched_event){.a = pushed});
                pushed++;
            } else {
                assert_true(sched_pop(&sched, &event));
                got[popped++] = (struct wanted){sched.now_us, event.a};
            }
        }
        hb_sort(wanted, EVENTS, sizeof *wanted, wanted_compare);
        for (uint32_t i = 0; i < EVENTS; i++) {
            assert_int_equal(got[i].at_us, wanted[i].at_us);
            assert_int_equal(got[i].order, wanted[i].order);
        }
        assert_false(sched_pop(&sched, &event));
        sched_deinit(&sched);
    }
    free(wanted);
    free(got);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_dropped_is_gone_and_the_rest_stays_in_its_order),
        cmocka_unit_test(a_thousand_events_of_one_instant_come_in_the_order_of_scheduling),
        cmocka_unit_test(a_past_instant_means_now_and_comes_after_what_waits_for_now),
        cmocka_unit_test(random_schedules_come_in_total_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
