/* The parts that the judge stands on, against plain models. */
#include "server/base/rng.h"
#include "server/base/tests/test.h"
#include "sim/outside/index.h"
#include "sim/outside/profile.h"
#include "sim/outside/spans.h"

#include <string.h>

#define KEYS 400

/* Keys that collide in every size of the table, and some that do not. */
static uint64_t key_of(uint64_t i)
{
    return i % 3 == 0 ? i + 1 : (i + 1) << 32 | (i % 5 + 1);
}

static void test_index(void **state)
{
    struct rng rng = rng_stream(1, "test.index", 0, 0);
    struct index index = {0};
    uint64_t model[KEYS] = {0}; /* 0: absent */
    uint64_t value;
    (void)state;
    assert_false(index_get(&index, 1, &value));
    index_remove(&index, 1);
    for (int i = 0; i < 200000; i++) {
        const uint64_t k = (uint64_t)rng_between(&rng, 0, KEYS - 1);
        if (rng_chance(&rng, 500)) {
            model[k] = (uint64_t)i + 1;
            index_put(&index, key_of(k), model[k]);
        } else if (rng_chance(&rng, 700)) {
            model[k] = 0;
            index_remove(&index, key_of(k));
        }
        const uint64_t other = (uint64_t)rng_between(&rng, 0, KEYS - 1);
        assert_int_equal(index_get(&index, key_of(other), &value), model[other] != 0);
        assert_true(model[other] == 0 || value == model[other]);
    }
    index_deinit(&index);
}

static void test_spans(void **state)
{
    struct rng rng = rng_stream(1, "test.spans", 0, 0);
    struct spans spans = {0};
    bool model[1000] = {false};
    (void)state;
    for (int i = 0; i < 3000; i++) {
        const int64_t n = rng_between(&rng, 0, 999);
        spans_add(&spans, (uint64_t)n);
        model[n] = true;
        for (int64_t k = 0; k < 1000; k += 7) {
            assert_int_equal(spans_has(&spans, (uint64_t)k), model[k]);
        }
        for (uint32_t s = 1; s < spans.len; s++) {
            assert_true(spans.items[s - 1].to + 1 < spans.items[s].from);
        }
    }
    spans_clear(&spans);
    assert_false(spans_has(&spans, 5));
    for (uint64_t i = 0; i < 4 * SPANS_MAX; i++) {
        spans_add(&spans, 2 * i);
    }
    assert_true(spans.len <= SPANS_MAX);
    assert_true(spans.floor > 0);
    assert_true(spans_has(&spans, 8 * SPANS_MAX - 2));
    assert_false(spans_has(&spans, 8 * SPANS_MAX - 3));
    spans_deinit(&spans);
}

static void refused(const char *text, const char *expected)
{
    struct profile profile;
    struct buf why = {0};
    assert_int_equal(profile_read(text, strlen(text), &profile, &why), HB_EFIELD);
    assert_string_equal(why.bytes, expected);
    buf_deinit(&why);
}

static void test_profile(void **state)
{
    static const char text[] = "{\"name\": \"mine\", \"order\": \"causal\",\n"
                               " \"delivery\": \"at least\", \"reconnect\": \"resumes\",\n"
                               " \"history\": \"replayed\", \"own\": \"at once\",\n"
                               " \"deliver_within\": \"2.5s\", \"settle\": 100}";
    struct profile profile;
    struct buf why = {0};
    (void)state;
    assert_int_equal(profile_read(text, strlen(text), &profile, &why), HB_OK);
    assert_int_equal(profile.order, ORDER_CAUSAL);
    assert_int_equal(profile.delivery, DELIVERY_AT_LEAST);
    assert_true(profile.resumes && profile.replays && profile.own_at_once);
    assert_int_equal(profile.within_us, 2500000);
    assert_int_equal(profile.settle_us, 100000);
    assert_int_equal(profile_read("{}", 2, &profile, &why), HB_OK);
    assert_int_equal(profile.order, ORDER_ROOM);
    assert_int_equal(profile.delivery, DELIVERY_EFFECTIVELY_ONCE);
    assert_false(profile.resumes);
    refused("{\"order\": \"total\"}",
            "line 1, column 12: order: expected \"none\", \"sender\", \"causal\" or \"room\"");
    refused("{\n \"ordre\": \"room\"}", "line 2, column 3: unknown key: did you mean \"order\"?");
    refused("{\"reconnect\": true}",
            "line 1, column 15: reconnect: expected \"loses\" or \"resumes\"");
    refused("{\"settle\": \"soon\"}",
            "line 1, column 13: settle: expected milliseconds, or a duration such as \"5s\"");
    refused("[]", "line 1, column 1: expected an object such as {\"order\": \"sender\"}");
    buf_deinit(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_index), cmocka_unit_test(test_spans),
                                       cmocka_unit_test(test_profile)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
