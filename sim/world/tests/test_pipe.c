/* Pipes and spans: order, and each thing that can be wrong on the way. */
#include "server/base/tests/test.h"
#include "sim/world/pipe.h"

#define MS INT64_C(1000)
#define S  INT64_C(1000000)

static struct pipes pipes;

static int teardown(void **state)
{
    (void)state;
    pipes_deinit(&pipes);
    return 0;
}

static const struct range exactly_10_ms = {10 * MS, 10 * MS};

static struct hop hop(int64_t now_us, struct place from, struct place to)
{
    return (struct hop){.now_us = now_us, .from = from, .to = to, .bytes = 1000};
}

/* From node 1 to Redis, after 10 ms of latency. */
static int64_t sent_at(struct pipe *pipe, int64_t now_us)
{
    const struct hop to_redis = hop(now_us, place_node(1), place_redis());
    struct rng rng = {0};
    return pipe_arrival(&pipes, pipe, &to_redis, exactly_10_ms, &rng);
}

static void lay(uint32_t id, struct span span)
{
    span_begin(&pipes, id, place_node(1), place_redis(), span);
}

static void what_was_sent_first_arrives_first(void **state)
{
    (void)state;
    struct pipe pipe = {0};
    const struct hop to_redis = hop(0, place_node(1), place_redis());

    assert_int_equal(pipe_arrival_at(&pipes, &pipe, &to_redis, 30 * MS), 30 * MS);
    assert_int_equal(pipe_arrival_at(&pipes, &pipe, &to_redis, 20 * MS), 30 * MS);
    assert_int_equal(pipe_arrival_at(&pipes, &pipe, &to_redis, 31 * MS), 31 * MS);
}

static void an_arrival_is_one_draw_whether_a_span_lies_there_or_not(void **state)
{
    (void)state;
    const struct hop to_redis = hop(0, place_node(1), place_redis());
    const struct range wide = {0, S};
    struct rng plain = rng_stream(7, "test", 0, 0);
    struct rng spanned = plain;
    struct rng cut = plain;
    struct pipe pipe = {0};

    (void)pipe_arrival(&pipes, &pipe, &to_redis, wide, &plain);
    lay(1, (struct span){.extra_us = S, .loss_permille = 900, .bytes_per_s = 1000});
    (void)pipe_arrival(&pipes, &pipe, &to_redis, wide, &spanned);
    lay(2, (struct span){.cut = true});
    (void)pipe_arrival(&pipes, &pipe, &to_redis, wide, &cut);
    assert_int_equal(plain.state, spanned.state);
    assert_int_equal(plain.state, cut.state);
}

static void what_is_sent_into_a_cut_never_comes_nor_what_that_stream_is_given_later(void **state)
{
    (void)state;
    struct pipe before = {0};
    struct pipe idle = {0};

    assert_int_equal(sent_at(&before, 0), 10 * MS);
    lay(1, (struct span){.cut = true});
    assert_true(sent_at(&before, 1 * MS) == PIPE_NEVER);
    span_end(&pipes, 1);
    assert_true(sent_at(&before, 2 * MS) == PIPE_NEVER); /* a hole would be behind it */
    assert_int_equal(sent_at(&idle, 2 * MS), 12 * MS);   /* was given nothing in the meantime */
}

static void a_span_lies_in_one_direction_between_its_two_places(void **state)
{
    (void)state;
    static const struct {
        struct place from, to;
    } others[] = {{{PLACE_REDIS, 0}, {PLACE_NODE, 1}},
                  {{PLACE_NODE, 0}, {PLACE_REDIS, 0}},
                  {{PLACE_NODE, 1}, {PLACE_DATABASE, 0}},
                  {{PLACE_CLIENT, 1}, {PLACE_NODE, 1}}};

    lay(1, (struct span){.cut = true});
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const struct hop other = hop(0, others[i].from, others[i].to);
        assert_int_equal(spans_arrival(&pipes, &other, 5), 5);
    }
    const struct hop own = hop(0, place_node(1), place_redis());
    assert_true(spans_arrival(&pipes, &own, 5) == PIPE_NEVER);
}

static void a_span_over_all_places_of_a_kind_meets_what_has_no_place_yet(void **state)
{
    (void)state;
    const struct hop to_third = hop(0, place_client(9), place_node(3));
    const struct hop to_any = hop(0, place_client(9), place_node(PLACE_ANY));

    span_begin(&pipes, 1, place_client(9), place_node(3), (struct span){.extra_us = 7});
    assert_int_equal(spans_arrival(&pipes, &to_third, 0), 7);
    assert_int_equal(spans_arrival(&pipes, &to_any, 0), 0);
    span_begin(&pipes, 2, place_client(PLACE_ANY), place_node(PLACE_ANY),
               (struct span){.extra_us = 100});
    assert_int_equal(spans_arrival(&pipes, &to_third, 0), 107);
    assert_int_equal(spans_arrival(&pipes, &to_any, 0), 100);
}

static void a_slow_way_takes_longer_and_spans_add_up(void **state)
{
    (void)state;
    struct pipe pipe = {0};

    lay(1, (struct span){.extra_us = 100 * MS});
    assert_int_equal(sent_at(&pipe, 0), 110 * MS);
    lay(2, (struct span){.extra_us = 30 * MS});
    assert_int_equal(sent_at(&pipe, 0), 140 * MS);
    span_end(&pipes, 1);
    assert_int_equal(sent_at(&pipe, S), S + 40 * MS);
    span_end(&pipes, 2);
    assert_int_equal(sent_at(&pipe, 2 * S), 2 * S + 10 * MS);
}

static void a_stalled_way_holds_and_releases_all_at_once_in_order(void **state)
{
    (void)state;
    struct pipe pipe = {0};

    lay(1, (struct span){.hold_until_us = 3 * S});
    assert_int_equal(sent_at(&pipe, 1 * S), 3 * S);
    assert_int_equal(sent_at(&pipe, 2 * S), 3 * S);
    span_end(&pipes, 1);
    assert_int_equal(sent_at(&pipe, 2 * S + 1), 3 * S); /* behind what is held */
    assert_int_equal(sent_at(&pipe, 3 * S), 3 * S + 10 * MS);
}

static void a_narrow_way_sends_one_after_another_whatever_the_stream(void **state)
{
    (void)state;
    struct pipe one = {0};
    struct pipe other = {0};

    lay(1, (struct span){.bytes_per_s = 10000}); /* a hop's 1000 bytes take 100 ms */
    assert_int_equal(sent_at(&one, 0), 110 * MS);
    assert_int_equal(sent_at(&other, 0), 210 * MS);
    assert_int_equal(sent_at(&one, 50 * MS), 310 * MS);
    assert_int_equal(sent_at(&one, 10 * S), 10 * S + 110 * MS); /* idle since */
}

static void what_is_lost_is_sent_again_and_comes_late(void **state)
{
    (void)state;
    enum { SENT = 20000 };
    uint32_t late = 0;
    uint32_t twice = 0;

    lay(1, (struct span){.loss_permille = 100});
    for (int64_t i = 0; i < SENT; i++) {
        struct pipe fresh = {0};
        const int64_t took_us = sent_at(&fresh, i * S) - i * S;
        assert_true(took_us != PIPE_NEVER);
        late += took_us >= 210 * MS;
        twice += took_us >= 610 * MS; /* the second time after twice as long */
    }
    assert_in_range(late, SENT * 9 / 100, SENT * 11 / 100);
    assert_in_range(twice, SENT * 7 / 1000, SENT * 13 / 1000);
}

static void all_behind_what_was_lost_waits_for_it(void **state)
{
    (void)state;
    struct pipe pipe = {0};

    lay(1, (struct span){.loss_permille = 1000});
    const int64_t late_us = sent_at(&pipe, 0);
    assert_int_equal(late_us, 10 * MS + 200 * MS * 63); /* six times, then it passes */
    span_end(&pipes, 1);
    assert_int_equal(sent_at(&pipe, 1 * MS), late_us);
}

static void losses_of_a_fault_do_not_depend_on_other_faults(void **state)
{
    (void)state;
    int64_t alone[50];
    struct pipe pipes_of[100] = {{0}};

    lay(5, (struct span){.loss_permille = 300});
    for (int64_t i = 0; i < 50; i++) {
        alone[i] = sent_at(&pipes_of[i], i * S);
    }
    span_end(&pipes, 5);
    span_begin(&pipes, 4, place_client(1), place_node(1), (struct span){.loss_permille = 300});
    lay(5, (struct span){.loss_permille = 300});
    for (int64_t i = 0; i < 50; i++) {
        assert_int_equal(sent_at(&pipes_of[50 + i], i * S), alone[i]);
    }
}

static void a_fault_lifts_all_its_spans_and_no_other(void **state)
{
    (void)state;
    const struct hop up = hop(0, place_client(1), place_node(2));
    const struct hop down = hop(0, place_node(2), place_client(1));

    span_begin(&pipes, 1, place_client(1), place_node(2), (struct span){.cut = true});
    span_begin(&pipes, 2, place_client(1), place_node(2), (struct span){.extra_us = 9});
    span_begin(&pipes, 1, place_node(2), place_client(1), (struct span){.cut = true});
    span_end(&pipes, 1);
    assert_int_equal(spans_arrival(&pipes, &up, 0), 9);
    assert_int_equal(spans_arrival(&pipes, &down, 0), 0);
    span_end(&pipes, 2);
    assert_int_equal(pipes.spans_len, 0); /* plain again: nobody asks */
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
#define TEST(name) cmocka_unit_test_teardown(name, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_was_sent_first_arrives_first),
        TEST(an_arrival_is_one_draw_whether_a_span_lies_there_or_not),
        TEST(what_is_sent_into_a_cut_never_comes_nor_what_that_stream_is_given_later),
        TEST(a_span_lies_in_one_direction_between_its_two_places),
        TEST(a_span_over_all_places_of_a_kind_meets_what_has_no_place_yet),
        TEST(a_slow_way_takes_longer_and_spans_add_up),
        TEST(a_stalled_way_holds_and_releases_all_at_once_in_order),
        TEST(a_narrow_way_sends_one_after_another_whatever_the_stream),
        TEST(what_is_lost_is_sent_again_and_comes_late),
        TEST(all_behind_what_was_lost_waits_for_it),
        TEST(losses_of_a_fault_do_not_depend_on_other_faults),
        TEST(a_fault_lifts_all_its_spans_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
