/* Checkpoints of a run, and where two of them part. */
#include "server/base/tests/test.h"
#include "sim/explore/trail.h"

/* The trail of `events` events, of which those from `other_from` on (0: none) are another run's. */
static struct trail walked(uint64_t events, uint64_t other_from)
{
    struct trail ret = {.every = 0};
    for (uint64_t event = 1; event <= events; event++) {
        const uint64_t salt = other_from > 0 && event >= other_from ? 1000000007 : 0;
        trail_add(&ret, event, (struct hash128){.lo = event * 0x9e3779b97f4a7c15 + salt, .hi = 7});
    }
    return ret;
}

static void a_long_run_has_no_more_than_a_short_one(void **state)
{
    static const struct {
        uint64_t events, every;
        uint32_t len;
    } rows[] = {
        {0, 0, 0},    {1, 1, 1},    {64, 1, 64},    {65, 2, 32},     {66, 2, 33},
        {128, 2, 64}, {130, 4, 32}, {4096, 64, 64}, {5000, 128, 39}, {1 << 20, 1 << 14, 64}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct trail trail = walked(rows[i].events, 0);
        assert_int_equal(trail.len, rows[i].len);
        assert_true(trail.every == rows[i].every);
        for (uint32_t j = 0; j < trail.len; j++) {
            const uint64_t event = trail.every * (j + 1);
            assert_true(trail.hashes[j] == ((event * 0x9e3779b97f4a7c15) ^ 7));
        }
    }
}

/* How many checkpoints both have, of the wider steps. */
static uint64_t both(const struct trail *one, const struct trail *two)
{
    const uint64_t wide = one->every > two->every ? one->every : two->every;
    const uint64_t end_one = one->every * one->len;
    const uint64_t end_two = two->every * two->len;
    return (end_one < end_two ? end_one : end_two) / wide;
}

/* Whatever the lengths of both, the interval holds the event, and is as wide as the wider steps. */
static void where_two_part_is_between_two_checkpoints(void **state)
{
    static const uint64_t lengths[] = {1, 2, 63, 64, 65, 100, 1000, 4097, 20000};
    enum { LENGTHS = sizeof lengths / sizeof lengths[0] };
    (void)state;
    for (size_t a = 0; a < LENGTHS; a++) {
        for (size_t b = 0; b < LENGTHS; b++) {
            for (uint64_t from = 1; from <= lengths[b]; from += 1 + lengths[b] / 37) {
                const struct trail one = walked(lengths[a], 0);
                const struct trail two = walked(lengths[b], from);
                const uint64_t wide = one.every > two.every ? one.every : two.every;
                struct parting at;
                struct parting back;
                assert_true(trail_parting(&one, &two, &at));
                assert_true(trail_parting(&two, &one, &back));
                assert_true(at.after == back.after && at.by == back.by);
                assert_true(at.after < from);
                if (at.by != 0) {
                    assert_true(from <= at.by && at.by == at.after + wide);
                } else { /* the shorter one has no later checkpoint */
                    assert_true(at.after == wide * both(&one, &two));
                }
            }
        }
    }
}

static void without_a_trail_nothing_is_said(void **state)
{
    const struct trail none = {.every = 0};
    const struct trail some = walked(10, 0);
    struct parting at;
    (void)state;
    assert_false(trail_parting(&none, &some, &at));
    assert_false(trail_parting(&some, &none, &at));
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_run_has_no_more_than_a_short_one),
        cmocka_unit_test(where_two_part_is_between_two_checkpoints),
        cmocka_unit_test(without_a_trail_nothing_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
