/* The clock against its vectors, and its invariants over random lives. */
#include "server/base/rng.h"
#include "server/base/tests/test.h"
#include "server/protocol/hlc.h"

#include <stdio.h>
#include <string.h>

#define REFUSED (-1) /* in `out`: the stamp was not taken and nothing changed */

struct step { /* L: a local event at `wall`; R: a stamp (ms, counter) received at `wall` */
    char kind;
    int64_t wall, ms, counter;
    int64_t out_ms, out_counter;
};

/* Outputs come from a reference model that was run. The skew limit is 60000 ms. */
static const struct {
    const char *name;
    struct step steps[8];
} vectors[] = {
    {"fresh tick", {{'L', 100, 0, 0, 100, 0}}},
    {"same ms", {{'L', 100, 0, 0, 100, 0}, {'L', 100, 0, 0, 100, 1}, {'L', 100, 0, 0, 100, 2}}},
    {"clock back",
     {{'L', 100, 0, 0, 100, 0},
      {'L', 40, 0, 0, 100, 1},
      {'L', 99, 0, 0, 100, 2},
      {'L', 101, 0, 0, 101, 0}}},
    {"freeze",
     {{'L', 7, 0, 0, 7, 0}, {'L', 7, 0, 0, 7, 1}, {'L', 7, 0, 0, 7, 2}, {'L', 8, 0, 0, 8, 0}}},
    {"receive the past, wall ahead", {{'R', 100, 50, 0, 100, 0}}},
    {"receive the future", {{'R', 100, 200, 7, 200, 8}}},
    {"tie own = remote = wall", {{'L', 100, 0, 0, 100, 0}, {'R', 100, 100, 9, 100, 10}}},
    {"tie own = remote > wall", {{'L', 200, 0, 0, 200, 0}, {'R', 150, 200, 40, 200, 41}}},
    {"tie, own counter larger",
     {{'L', 200, 0, 0, 200, 0},
      {'L', 200, 0, 0, 200, 1},
      {'L', 200, 0, 0, 200, 2},
      {'R', 150, 200, 1, 200, 3}}},
    {"own ahead of both", {{'L', 100, 0, 0, 100, 0}, {'R', 50, 60, 3, 100, 1}}},
    {"remote = wall > own", {{'L', 100, 0, 0, 100, 0}, {'R', 150, 150, 4, 150, 5}}},
    {"receive then local",
     {{'R', 100, 200, 7, 200, 8}, {'L', 100, 0, 0, 200, 9}, {'L', 201, 0, 0, 201, 0}}},
    {"skew limit exact", {{'R', 1000, 61000, 0, 61000, 1}}},
    {"skew limit + 1 refused, state kept",
     {{'L', 1000, 0, 0, 1000, 0}, {'R', 1000, 61001, 0, REFUSED, 0}, {'L', 1000, 0, 0, 1000, 1}}},
    {"far future refused",
     {{'L', 1000, 0, 0, 1000, 0},
      {'R', 1000, 140737488355327, 65535, REFUSED, 0},
      {'L', 1001, 0, 0, 1001, 0}}},
    {"overflow by local",
     {{'R', 100, 100, 65533, 100, 65534},
      {'L', 100, 0, 0, 100, 65535},
      {'L', 100, 0, 0, 101, 0},
      {'L', 100, 0, 0, 101, 1}}},
    {"overflow by receive", {{'R', 100, 200, 65535, 201, 0}}},
    {"overflow, then wall catches up",
     {{'R', 100, 100, 65535, 101, 0}, {'L', 101, 0, 0, 101, 1}, {'L', 102, 0, 0, 102, 0}}},
    {"tie at overflow", {{'R', 100, 100, 65534, 100, 65535}, {'R', 100, 100, 65535, 101, 0}}},
    {"duplicate receive still advances", {{'R', 100, 200, 5, 200, 6}, {'R', 100, 200, 5, 200, 7}}},
    {"ping-pong",
     {{'L', 10, 0, 0, 10, 0},
      {'R', 10, 10, 0, 10, 1},
      {'R', 10, 10, 1, 10, 2},
      {'R', 10, 12, 0, 12, 1},
      {'L', 11, 0, 0, 12, 2},
      {'L', 13, 0, 0, 13, 0}}},
};

static void the_vectors_pass(void **state)
{
    (void)state;
    for (size_t v = 0; v < sizeof vectors / sizeof vectors[0]; v++) {
        struct hlc clock;
        hlc_init(&clock, HLC_SKEW_MAX_MS, (struct hlc_stamp){0});
        print_message("vector: %s\n", vectors[v].name);
        for (size_t s = 0; s < 8 && vectors[v].steps[s].kind != 0; s++) {
            const struct step *step = &vectors[v].steps[s];
            const struct wall wall = {step->wall};
            const struct hlc before = clock;
            struct hlc_stamp remote;
            struct hlc_stamp got = {0};
            enum hb_err err;
            if (step->kind == 'L') {
                err = hlc_tick(&clock, wall, &got);
            } else {
                assert_int_equal(hlc_pack(step->ms, step->counter, &remote), HB_OK);
                err = hlc_receive(&clock, wall, remote, &got);
            }
            if (step->out_ms == REFUSED) {
                assert_int_equal(err, HB_ESKEW);
                assert_memory_equal(&clock, &before, sizeof clock);
                continue;
            }
            assert_int_equal(err, HB_OK);
            assert_int_equal(hlc_ms(got), step->out_ms);
            assert_int_equal(hlc_counter(got), step->out_counter);
        }
    }
}

static void parts_out_of_range_are_no_stamp(void **state)
{
    (void)state;
    struct hlc_stamp stamp = {77};
    assert_int_equal(hlc_pack(100, 65536, &stamp), HB_EFIELD);
    assert_int_equal(hlc_pack(-1, 0, &stamp), HB_EFIELD);
    assert_int_equal(hlc_pack(0, -1, &stamp), HB_EFIELD);
    assert_int_equal(hlc_pack(HLC_WALL_MS_MAX + 1, 0, &stamp), HB_EFIELD);
    assert_int_equal(stamp.packed, 77);
    assert_int_equal(hlc_pack(HLC_WALL_MS_MAX, 65535, &stamp), HB_OK);
    assert_true(stamp.packed == HLC_PACKED_MAX);
}

static void a_clock_at_its_end_refuses_and_never_wraps(void **state)
{
    (void)state;
    struct hlc clock;
    struct hlc_stamp got = {77};
    hlc_init(&clock, HLC_SKEW_MAX_MS, (struct hlc_stamp){HLC_PACKED_MAX});
    assert_int_equal(hlc_tick(&clock, (struct wall){5}, &got), HB_ECLOCK);
    assert_int_equal(got.packed, 77);
}

static void an_absurd_wall_is_clamped(void **state)
{
    (void)state;
    struct hlc clock;
    struct hlc_stamp got;
    hlc_init(&clock, HLC_SKEW_MAX_MS, (struct hlc_stamp){0});
    assert_int_equal(hlc_tick(&clock, (struct wall){-5}, &got), HB_OK);
    assert_int_equal(hlc_ms(got), 0);
    assert_true(got.packed > 0); /* 0 stands for "none" */
    assert_int_equal(hlc_tick(&clock, (struct wall){INT64_MAX}, &got), HB_OK);
    assert_int_equal(hlc_ms(got), HLC_WALL_MS_MAX);
}

static void a_restart_goes_on_above_its_floor(void **state)
{
    (void)state;
    struct hlc clock;
    struct hlc_stamp got;
    hlc_init(&clock, HLC_SKEW_MAX_MS, (struct hlc_stamp){(UINT64_C(1000) << 16) + 1});
    assert_int_equal(hlc_tick(&clock, (struct wall){990}, &got), HB_OK);
    assert_int_equal(hlc_ms(got), 1000);
    assert_int_equal(hlc_counter(got), 2);
}

/* I1 and I2 over random walls, jumps and receipts. */
static void stamps_grow_and_stay_near_the_clock(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct rng rng = rng_stream(seed, "test.hlc", 0, 0);
        struct hlc clock;
        uint64_t highest = 0;
        int64_t wall = 1000000;
        int64_t wall_max = wall;
        hlc_init(&clock, 1000, (struct hlc_stamp){0});
        for (int i = 0; i < 2000; i++) {
            struct hlc_stamp got;
            wall += rng_chance(&rng, 20) ? rng_between(&rng, -5000, 5000) : rng_between(&rng, 0, 3);
            wall_max = wall > wall_max ? wall : wall_max;
            if (rng_chance(&rng, 300)) {
                const int64_t ms = wall + rng_between(&rng, -3000, 3000);
                const struct hlc_stamp remote = {(uint64_t)ms << 16 |
                                                 (uint64_t)rng_between(&rng, 0, 65535)};
                const enum hb_err err = hlc_take(&clock, (struct wall){wall}, remote);
                assert_int_equal(err, ms - wall > 1000 ? HB_ESKEW : HB_OK);
                if (err == HB_OK && remote.packed > highest) {
                    highest = remote.packed;
                }
            }
            assert_int_equal(hlc_tick(&clock, (struct wall){wall}, &got), HB_OK);
            assert_true(got.packed > highest);
            assert_true(hlc_ms(got) <= wall_max + 1001);
            highest = got.packed;
        }
    }
}

static void text_is_exact_and_its_bytes_order_as_stamps_do(void **state)
{
    (void)state;
    struct rng rng = rng_stream(1, "test.hlc.text", 0, 0);
    char last[HLC_TEXT_BYTES_MAX] = {0};
    uint64_t last_packed = 0;
    for (int i = 0; i < 10000; i++) {
        const struct hlc_stamp stamp = {rng_u64(&rng) & HLC_PACKED_MAX};
        struct hlc_stamp back;
        struct text node;
        char text[HLC_TEXT_BYTES_MAX];
        const size_t len = hlc_format(stamp, TEXT("n1"), text);
        assert_int_equal(hlc_parse((struct text){text, (uint32_t)len}, &back, &node), HB_OK);
        assert_true(back.packed == stamp.packed);
        assert_true(text_equal(node, TEXT("n1")));
        if (i > 0) {
            const int order = memcmp(text, last, len);
            assert_int_equal(order < 0, stamp.packed < last_packed);
        }
        memcpy(last, text, len);
        last_packed = stamp.packed;
    }
}

/* Ids compare as bytes, whatever the locale says. */
static void equal_stamps_order_by_the_bytes_of_their_nodes(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"B", "a"}, {"aa", "z"},   {"ch", "d"},
                                           {"t", "z"}, {"n1", "n10"}, {"n10", "n2"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char low[HLC_TEXT_BYTES_MAX + 1] = {0};
        char high[HLC_TEXT_BYTES_MAX + 1] = {0};
        (void)hlc_format((struct hlc_stamp){65537}, text_of(pairs[i][0]), low);
        (void)hlc_format((struct hlc_stamp){65537}, text_of(pairs[i][1]), high);
        assert_true(strcmp(low, high) < 0);
    }
}

static void other_texts_are_no_stamp(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "019aefc1d2e3-0007-",
        "019aefc1d2e3-0007",
        "019AEFC1D2E3-0007-n1",
        "819aefc1d2e3-0007-n1", /* ms of 2^47 and more */
        "19aefc1d2e3-0007-n1",
        "019aefc1d2e3-007-n1",
        "019aefc1d2e3_0007-n1",
        "019aefc1d2e3-0007-n 1",
        "019aefc1d2e3-0007-\xc3\xa9",
        "019aefc1d2e3-0007-a23456789012345678901234567890123",
        "g19aefc1d2e3-0007-n1",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hlc_stamp stamp;
        print_message("case: %s\n", bad[i]);
        assert_int_equal(hlc_parse(text_of(bad[i]), &stamp, NULL), HB_EFIELD);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_pass),
        cmocka_unit_test(parts_out_of_range_are_no_stamp),
        cmocka_unit_test(a_clock_at_its_end_refuses_and_never_wraps),
        cmocka_unit_test(an_absurd_wall_is_clamped),
        cmocka_unit_test(a_restart_goes_on_above_its_floor),
        cmocka_unit_test(stamps_grow_and_stay_near_the_clock),
        cmocka_unit_test(text_is_exact_and_its_bytes_order_as_stamps_do),
        cmocka_unit_test(equal_stamps_order_by_the_bytes_of_their_nodes),
        cmocka_unit_test(other_texts_are_no_stamp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
