/* Vector clocks: what is before what, partial clocks, and the laws over random lives. */
#include "server/base/rng.h"
#include "server/base/tests/test.h"
#include "server/protocol/vclock.h"

#include <string.h>

#define ENTITIES 6

/* "a2 c1": two events of a and one of c; "" knows of nothing. */
static struct vclock clock_of(const char *text)
{
    struct vclock clock = {0};
    for (const char *at = text; *at != 0; at += at[2] == ' ' ? 3 : 2) {
        vclock_raise(&clock, (uint64_t)at[0], (uint64_t)(at[1] - '0'));
    }
    return clock;
}

static void holds_invariants(const struct vclock *clock)
{
    for (uint32_t i = 0; i < clock->len; i++) {
        assert_true(clock->entries[i].count > 0);
        assert_true(i == 0 || clock->entries[i - 1].entity < clock->entries[i].entity);
    }
}

static void test_compare(void **state)
{
    static const struct {
        const char *a, *b;
        enum vclock_order expected;
    } rows[] = {
        {"", "", VCLOCK_EQUAL},
        {"a1", "a1", VCLOCK_EQUAL},
        {"a1 b2", "b2 a1", VCLOCK_EQUAL},
        {"a0", "", VCLOCK_EQUAL}, /* a count of 0 is as if it were missing */
        {"", "a1", VCLOCK_BEFORE},
        {"a1", "a2", VCLOCK_BEFORE},
        {"a1", "a1 b1", VCLOCK_BEFORE},
        {"a1 b1", "a2 b1", VCLOCK_BEFORE},
        {"b3", "a1 b3 c1", VCLOCK_BEFORE},
        {"a2", "a1", VCLOCK_AFTER},
        {"a1 b1", "b1", VCLOCK_AFTER},
        {"a1 c1", "a1", VCLOCK_AFTER},
        {"a1", "b1", VCLOCK_CONCURRENT},
        {"a2 b1", "a1 b2", VCLOCK_CONCURRENT},
        {"a2", "a1 b1", VCLOCK_CONCURRENT},
        {"a1 c2", "b1 c1", VCLOCK_CONCURRENT},
    };
    static const enum vclock_order mirrored[] = {
        [VCLOCK_BEFORE] = VCLOCK_AFTER,
        [VCLOCK_AFTER] = VCLOCK_BEFORE,
        [VCLOCK_EQUAL] = VCLOCK_EQUAL,
        [VCLOCK_CONCURRENT] = VCLOCK_CONCURRENT,
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vclock a = clock_of(rows[i].a);
        struct vclock b = clock_of(rows[i].b);
        assert_string_equal(vclock_order_word(vclock_compare(&a, &b)),
                            vclock_order_word(rows[i].expected));
        assert_int_equal(vclock_compare(&b, &a), mirrored[rows[i].expected]);
        assert_int_equal(vclock_compare(&a, &a), VCLOCK_EQUAL);
        vclock_deinit(&a);
        vclock_deinit(&b);
    }
}

static void test_increment(void **state)
{
    struct vclock clock = {0};
    (void)state;
    assert_int_equal(vclock_get(&clock, 7), 0);
    assert_int_equal(vclock_increment(&clock, 7), 1);
    assert_int_equal(vclock_increment(&clock, 7), 2);
    assert_int_equal(vclock_increment(&clock, 3), 1);
    assert_int_equal(vclock_increment(&clock, UINT64_MAX), 1);
    assert_int_equal(vclock_get(&clock, 7), 2);
    assert_int_equal(vclock_get(&clock, 3), 1);
    assert_int_equal(vclock_get(&clock, 5), 0);
    assert_int_equal(clock.len, 3);
    holds_invariants(&clock);
    vclock_deinit(&clock);
    assert_int_equal(clock.len, 0);
}

static void test_merge(void **state)
{
    static const struct {
        const char *a, *b, *both;
    } rows[] = {
        {"", "", ""},
        {"a1", "", "a1"},
        {"", "a1", "a1"},
        {"a1 b5", "a3 b2", "a3 b5"},
        {"b1 d1", "a1 c1 e1", "a1 b1 c1 d1 e1"},
        {"a1 b1 c1", "d1 e1 f1", "a1 b1 c1 d1 e1 f1"},
        {"d1 e1 f1", "a1 b1 c1", "a1 b1 c1 d1 e1 f1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vclock a = clock_of(rows[i].a);
        struct vclock b = clock_of(rows[i].b);
        struct vclock both = clock_of(rows[i].both);
        vclock_merge(&a, &b);
        assert_int_equal(vclock_compare(&a, &both), VCLOCK_EQUAL);
        holds_invariants(&a);
        vclock_merge(&a, &a);
        assert_int_equal(vclock_compare(&a, &both), VCLOCK_EQUAL);
        vclock_deinit(&a);
        vclock_deinit(&b);
        vclock_deinit(&both);
    }
}

/* A reply is after what it answers; two that did not know of each other are concurrent. */
static void test_story(void **state)
{
    struct vclock alice = {0};
    struct vclock bob = {0};
    struct vclock carol = {0};
    (void)state;
    (void)vclock_increment(&alice, 'a');
    (void)vclock_increment(&carol, 'c');
    assert_int_equal(vclock_compare(&alice, &carol), VCLOCK_CONCURRENT);
    vclock_merge(&bob, &alice);
    (void)vclock_increment(&bob, 'b');
    assert_int_equal(vclock_compare(&alice, &bob), VCLOCK_BEFORE);
    assert_int_equal(vclock_compare(&bob, &alice), VCLOCK_AFTER);
    assert_int_equal(vclock_compare(&bob, &carol), VCLOCK_CONCURRENT);
    vclock_copy(&carol, &bob);
    assert_int_equal(vclock_compare(&bob, &carol), VCLOCK_EQUAL);
    vclock_deinit(&alice);
    vclock_deinit(&bob);
    vclock_deinit(&carol);
}

static bool keep_even(void *user, struct vclock_entry entry)
{
    (void)user;
    return entry.entity % 2 == 0;
}

static void test_filter(void **state)
{
    struct vclock clock = {0};
    (void)state;
    for (uint64_t entity = 0; entity < 9; entity++) {
        vclock_raise(&clock, entity, entity + 1);
    }
    vclock_filter(&clock, keep_even, NULL);
    assert_int_equal(clock.len, 5);
    assert_int_equal(vclock_get(&clock, 4), 5);
    assert_int_equal(vclock_get(&clock, 3), 0);
    vclock_deinit(&clock);
}

/* Against plain arrays: merge is the maximum of each, compare is by each. */
static void test_random_lives(void **state)
{
    struct rng rng = rng_stream(1, "test.vclock", 0, 0);
    struct vclock clocks[4] = {{0}};
    uint64_t model[4][ENTITIES] = {{0}};
    (void)state;
    for (int i = 0; i < 20000; i++) {
        const int a = (int)rng_between(&rng, 0, 3);
        const int b = (int)rng_between(&rng, 0, 3);
        const int e = (int)rng_between(&rng, 0, ENTITIES - 1);
        if (rng_chance(&rng, 600)) {
            assert_int_equal(vclock_increment(&clocks[a], (uint64_t)e), ++model[a][e]);
        } else if (rng_chance(&rng, 100)) {
            vclock_clear(&clocks[a]);
            memset(model[a], 0, sizeof model[a]);
        } else {
            vclock_merge(&clocks[a], &clocks[b]);
            for (int k = 0; k < ENTITIES; k++) {
                model[a][k] = model[a][k] > model[b][k] ? model[a][k] : model[b][k];
            }
        }
        bool less = false;
        bool more = false;
        for (int k = 0; k < ENTITIES; k++) {
            assert_int_equal(vclock_get(&clocks[a], (uint64_t)k), model[a][k]);
            less = less || model[a][k] < model[b][k];
            more = more || model[a][k] > model[b][k];
        }
        assert_int_equal(vclock_compare(&clocks[a], &clocks[b]),
                         less ? (more ? VCLOCK_CONCURRENT : VCLOCK_BEFORE)
                              : (more ? VCLOCK_AFTER : VCLOCK_EQUAL));
        holds_invariants(&clocks[a]);
    }
    for (int i = 0; i < 4; i++) {
        vclock_deinit(&clocks[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare), cmocka_unit_test(test_increment),
        cmocka_unit_test(test_merge),   cmocka_unit_test(test_story),
        cmocka_unit_test(test_filter),  cmocka_unit_test(test_random_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
