/* Draws are pinned, streams are apart, distributions have their shape. */
#include "server/base/map.h"
#include "server/base/rng.h"
#include "server/base/tests/test.h"

/* Vectors of SplitMix64 for the seed 1234567, as published with other implementations. */
static void the_generator_is_splitmix64(void **state)
{
    struct rng rng = {.state = 1234567};
    (void)state;

    assert_true(rng_u64(&rng) == UINT64_C(6457827717110365317));
    assert_true(rng_u64(&rng) == UINT64_C(3203168211198807973));
    assert_true(rng_u64(&rng) == UINT64_C(9817491932198370423));
}

/* Computed apart from this code, in big integers. If one moves, so does every run ever recorded. */
static void the_streams_of_recorded_runs_do_not_move(void **state)
{
    static const struct {
        uint64_t seed;
        const char *kind;
        uint64_t id;
        uint64_t n;
        uint64_t draws[2];
    } cases[] = {
        {7, "fault.node_crash", 0, 0, {UINT64_C(0xbb10747810397df9), UINT64_C(0x3918ef657b0abe54)}},
        {7, "fault.node_crash", 1, 0, {UINT64_C(0x308da3cc95ac0ba8), UINT64_C(0x522b9d61258aa212)}},
        {7, "client", 0, 1, {UINT64_C(0xf3d620297d1f1c66), UINT64_C(0xed1a7932f9aa5065)}},
        {0, "", 0, 0, {UINT64_C(0x568c30114981245a), UINT64_C(0xee1a5a8968bd706f)}},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rng rng = rng_stream(cases[i].seed, cases[i].kind, cases[i].id, cases[i].n);
        assert_true(rng_u64(&rng) == cases[i].draws[0]);
        assert_true(rng_u64(&rng) == cases[i].draws[1]);
    }
}

static void the_distributions_of_recorded_runs_do_not_move(void **state)
{
    static const int64_t uniform[] = {-41, -46, -1, -15, -43, -31, -49, -42};
    static const int64_t exponential[] = {870041, 627364,  1121798, 1538751,
                                          641270, 1158869, 1351470, 510074};
    struct rng rng = rng_stream(7, "pinned", 0, 0);
    (void)state;

    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(rng_between(&rng, -50, 49), uniform[i]);
    }
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(rng_exponential(&rng, 1000000), exponential[i]);
    }
}

/* The first draw of each of 100,000 streams; `i` goes into one of the four words. */
static uint64_t first_draw(int word, uint64_t i)
{
    static const char *const kinds[] = {"a", "b", "c", "d"};
    struct rng rng = {0};

    switch (word) {
    case 0:
        rng = rng_stream(i, "client", 0, 0);
        break;
    case 1:
        rng = rng_stream(1, "client", i, 0);
        break;
    case 2:
        rng = rng_stream(1, "client", 0, i);
        break;
    case 3:
        rng = rng_stream(1, kinds[i % 4], i / 4 % 317, i / 4 / 317);
        break;
    default:
        rng = rng_stream(i << 44, "client", 0, 0);
        break;
    }
    return rng_u64(&rng);
}

static void neighbouring_streams_have_nothing_in_common(void **state)
{
    enum { STREAMS = 100000, BOUND = 1107 /* 7 standard deviations of sqrt(100000) / 2 */ };
    (void)state;

    for (int word = 0; word < 5; word++) {
        struct u64map seen = {0};
        int64_t ones[64] = {0};
        int64_t flips[64] = {0};
        uint64_t before = first_draw(word, STREAMS);
        for (uint64_t i = 0; i < STREAMS; i++) {
            const uint64_t draw = first_draw(word, i);
            assert_false(u64map_get(&seen, draw, NULL));
            u64map_put(&seen, draw, i);
            for (unsigned bit = 0; bit < 64; bit++) {
                ones[bit] += (int64_t)(draw >> bit & 1);
                flips[bit] += (int64_t)((draw ^ before) >> bit & 1);
            }
            before = draw;
        }
        for (unsigned bit = 0; bit < 64; bit++) {
            assert_in_range(ones[bit], STREAMS / 2 - BOUND, STREAMS / 2 + BOUND);
            assert_in_range(flips[bit], STREAMS / 2 - BOUND, STREAMS / 2 + BOUND);
        }
        u64map_deinit(&seen);
    }
}

static void seed_id_and_n_do_not_change_places(void **state)
{
    (void)state;
    const uint64_t states[] = {
        rng_stream(1, "x", 2, 3).state, rng_stream(1, "x", 3, 2).state,
        rng_stream(2, "x", 1, 3).state, rng_stream(2, "x", 3, 1).state,
        rng_stream(3, "x", 1, 2).state, rng_stream(3, "x", 2, 1).state,
    };

    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_true(states[i] != states[j]);
        }
    }
}

static void a_uniform_draw_stays_inside_and_reaches_both_ends(void **state)
{
    static const struct {
        int64_t low;
        int64_t high;
    } cases[] = {{0, 0}, {-3, 3}, {INT64_MIN, INT64_MIN}, {INT64_MAX - 1, INT64_MAX}, {5, 11}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rng rng = rng_stream(1, "ends", i, 0);
        bool low = false;
        bool high = false;
        for (int draw = 0; draw < 1000; draw++) {
            const int64_t value = rng_between(&rng, cases[i].low, cases[i].high);
            assert_true(value >= cases[i].low);
            assert_true(value <= cases[i].high);
            low = low || value == cases[i].low;
            high = high || value == cases[i].high;
        }
        assert_true(low);
        assert_true(high);
    }
}

static void the_whole_range_is_a_raw_draw(void **state)
{
    struct rng a = rng_stream(1, "whole", 0, 0);
    struct rng b = a;
    (void)state;

    for (int i = 0; i < 100; i++) {
        assert_true((uint64_t)rng_between(&a, INT64_MIN, INT64_MAX) == rng_u64(&b));
    }
}

/* Of a span of 3 * 2^62 a biased draw (modulo, or a product without rejection) gives one third of
 * the span half of the draws. */
static void a_span_near_the_whole_range_has_no_favourites(void **state)
{
    enum { DRAWS = 90000, BOUND = 1000 /* 7 standard deviations */ };
    const int64_t third = INT64_C(1) << 62;
    struct rng rng = rng_stream(1, "bias", 0, 0);
    int64_t thirds[3] = {0};
    int64_t residues[3] = {0};
    (void)state;

    for (int i = 0; i < DRAWS; i++) {
        const int64_t value = rng_between(&rng, -2 * third, third - 1);
        thirds[value < -third ? 0 : value < 0 ? 1 : 2]++;
        residues[(uint64_t)value % 3]++;
    }
    for (int i = 0; i < 3; i++) {
        assert_in_range(thirds[i], DRAWS / 3 - BOUND, DRAWS / 3 + BOUND);
        assert_in_range(residues[i], DRAWS / 3 - BOUND, DRAWS / 3 + BOUND);
    }
}

static void a_chance_is_in_a_thousand(void **state)
{
    static const uint32_t cases[] = {0, 1, 500, 999, 1000};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int64_t expected = (int64_t)cases[i] * 200;
        const int64_t bound = (cases[i] == 0 || cases[i] == 1000) ? 0 : cases[i] == 500 ? 1107 : 99;
        struct rng rng = rng_stream(1, "chance", i, 0);
        int64_t hits = 0;
        for (int draw = 0; draw < 200000; draw++) {
            hits += rng_chance(&rng, cases[i]);
        }
        assert_true(hits >= expected - bound);
        assert_true(hits <= expected + bound);
    }
}

static void a_chance_of_none_draws_as_any_other(void **state)
{
    struct rng none = rng_stream(1, "chance", 0, 0);
    struct rng some = none;
    (void)state;

    (void)rng_chance(&none, 0);
    (void)rng_chance(&some, 500);

    assert_true(none.state == some.state);
}

/* P(X > mean) = 1/e, P(X > 3 mean) = e^-3, median = mean * ln 2: together with the mean they tell
 * an exponential from any other shape. */
static void exponential_draws_have_their_mean_and_their_tails(void **state)
{
    enum { DRAWS = 1000000 };
    static const int64_t means[] = {100, 12345, (INT64_C(1) << 40) - 1};
    (void)state;

    for (size_t i = 0; i < sizeof means / sizeof means[0]; i++) {
        const int64_t mean = means[i];
        struct rng rng = rng_stream(1, "exponential", i, 0);
        int64_t sum = 0; /* below 2^63: 1e6 draws of mean 2^40 are 2^60 */
        int64_t above_mean = 0;
        int64_t above_three = 0;
        int64_t above_median = 0;
        for (int draw = 0; draw < DRAWS; draw++) {
            const int64_t value = rng_exponential(&rng, mean);
            assert_true(value >= 0);
            assert_true(value <= 32 * mean);
            sum += value;
            above_mean += value > mean;
            above_three += value > 3 * mean;
            above_median += value > mean * 693 / 1000;
        }
        assert_true(sum / DRAWS >= mean - mean / 100);
        assert_true(sum / DRAWS <= mean + mean / 100);
        assert_in_range(above_mean, 367879 - 5000, 367879 + 5000);
        assert_in_range(above_three, 49787 - 2000, 49787 + 2000);
        assert_in_range(above_median, 500000 - 5000, 500000 + 5000);
    }
}

static uint64_t count_up(void *user)
{
    uint64_t *count = user;

    return ++*count;
}

static void entropy_is_pulled_from_its_user(void **state)
{
    uint64_t count = 41;
    const struct entropy entropy = {.draw = count_up, .user = &count};
    (void)state;

    assert_int_equal(entropy_u64(entropy), 42);
    assert_int_equal(entropy_u64(entropy), 43);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_generator_is_splitmix64),
        cmocka_unit_test(the_streams_of_recorded_runs_do_not_move),
        cmocka_unit_test(the_distributions_of_recorded_runs_do_not_move),
        cmocka_unit_test(neighbouring_streams_have_nothing_in_common),
        cmocka_unit_test(seed_id_and_n_do_not_change_places),
        cmocka_unit_test(a_uniform_draw_stays_inside_and_reaches_both_ends),
        cmocka_unit_test(the_whole_range_is_a_raw_draw),
        cmocka_unit_test(a_span_near_the_whole_range_has_no_favourites),
        cmocka_unit_test(a_chance_is_in_a_thousand),
        cmocka_unit_test(a_chance_of_none_draws_as_any_other),
        cmocka_unit_test(exponential_draws_have_their_mean_and_their_tails),
        cmocka_unit_test(entropy_is_pulled_from_its_user),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
