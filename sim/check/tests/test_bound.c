/* Bounds: what is printed is what is computed. */
#include "server/base/tests/test.h"
#include "sim/check/bound.h"

static const struct bounds bounds = {.client_latency_us = 1,
                                     .redis_us = 10,
                                     .database_us = 100,
                                     .announce_us = 1000,
                                     .gap_us = 10000,
                                     .client_gap_us = 20000,
                                     .backoff_us = 100000,
                                     .answer_us = 200000,
                                     .ping_interval_us = 700000,
                                     .ping_timeout_us = 40000,
                                     .lease_us = 1000000,
                                     .sweep_us = 10000000,
                                     .redis_backoff_us = 300,
                                     .database_retry_us = 5,
                                     .page_rows = 50,
                                     .skew_ms = 60000,
                                     .offset_ms = 700,
                                     .backoff_least_us = 40,
                                     .heartbeat_us = 3000000,
                                     .grace_us = 6000000,
                                     .hello_us = 10000000,
                                     .repair_rows = 4,
                                     .typing_us = 50000000,
                                     .drift_ppm = 200,
                                     .revoked_us = 3000000,
                                     .probe_us = 4000000,
                                     .typing_throttle_us = 20000000,
                                     .typing_refresh_us = 7000000,
                                     .receipt_us = 70000000,
                                     .full_pass_us = 800000000};

static void each_bound_is_what_its_text_says(void **state)
{
    static const struct {
        enum bound bound;
        const char *formula;
        int64_t value;
    } rows[] = {
        {BOUND_AT_ONCE, "0", 0},
        {BOUND_SKEW, "W", 60000},
        {BOUND_CARRIES, "(stamps + 65535) / 65536", 3},
        {BOUND_UNDISTURBED, "D + R + L", 111},
        {BOUND_REPAIR, "2 * A + gap + R + (1 + reads) * D + L", 12411},
        {BOUND_REPAIR_DEAD, "2 * A + gap + R + (1 + reads) * D + L + K + S", 11012411},
        {BOUND_AWAY, "K + S + redis_pause + 3 * R + 2 * A + gap + R + (1 + reads) * D + L",
         11012741},
        {BOUND_REDIS, "redis_pause + 3 * R", 330},
        {BOUND_FORGET, "100 * K", 100000000},
        {BOUND_DATABASE, "retry + 2 * D", 205},
        {BOUND_HELLO, "gap + 2 * R + 5 * D", 10520},
        {BOUND_START, "2 * D + retry", 205},
        {BOUND_ONLINE, "2 * Bk + answer + K / 2 + 5 * L + 2 * D + R + retry", 900220},
        {BOUND_BACKOFF, "Bk_least", 40},
        {BOUND_READY, "4 * D + retry", 405},
        {BOUND_DRAIN, "2 * D * answers", 600},
        {BOUND_ANSWER, "2 * L + D", 102},
        {BOUND_ANSWER_HTTP, "2 * L + 2 * D", 202},
        {BOUND_ANSWER_DIRECT, "2 * L + 2 * D", 202},
        {BOUND_ANSWER_BEHIND, "2 * L + 3 * D", 302},
        {BOUND_OUT, "L", 1},
        {BOUND_LINGER, "K + S + L", 11000001},
        {BOUND_FOLLOWED, "K + S + L + K + 2 * (beat + A) + 2 * R", 18002021},
        {BOUND_SILENT, "H + Ht + L", 740001},
        {BOUND_SILENT_HELLO, "hello + L", 10000001},
        {BOUND_PING, "H - L", 699999},
        {BOUND_UNAWARE, "silence", 740000},
        {BOUND_PAGES, "rows / P + rooms + 1", 10},
        {BOUND_SYNC, "(2 * L + 2 * D + retry) * pages", 828},
        {BOUND_PAUSE, "retry + 2 * D + L + pause", 20206},
        {BOUND_HELD,
         "client_gap + (2 * L + 2 * D + retry) * pages + 2 * A + gap + R + (1 + reads) * D + L",
         33239},
        {BOUND_REST,
         "Bk + 3 * L + (2 * L + 2 * D + retry) * pages + 2 * A + gap + R + (1 + reads) * D + L",
         113242},
        {BOUND_CHOSEN, "L + D", 101},
        {BOUND_SEEN, "2 * L + D + 5 * R", 152},
        {BOUND_SEEN_REPAIR, "2 * L + D + 5 * R + beat + A", 3001152},
        {BOUND_SEEN_LOST, "2 * L + D + 5 * R + 2 * (beat + A) + redis_pause", 6002452},
        {BOUND_LEFT, "G + 2 * L + D + 5 * R", 6000152},
        {BOUND_GHOST, "K + S + R + G + S + R + 2 * L + D + 5 * R", 27000172},
        {BOUND_GHOST_AWAY,
         "K + redis_pause + 2 * S + R + G + S + R + 2 * L + D + 5 * R + 2 * (beat + A)", 43002472},
        {BOUND_BEAT, "beat + A + R", 3001010},
        {BOUND_TYPING, "T + R + L", 50010012},
        {BOUND_TYPING_LOST, "T + th + R + L", 70010012},
        {BOUND_TYPING_STOP, "R + L", 11},
        {BOUND_TYPING_SHOWN, "th + R + L", 20000011},
        {BOUND_TYPING_OTHERS, "R", 10},
        {BOUND_TYPING_KEY, "refresh + L", 7000001},
        {BOUND_TYPING_APART, "th", 20000000},
        {BOUND_TYPING_KEPT, "T + 2 * th + R", 90010011},
        {BOUND_PRESENCE_REST,
         "redis_pause + 3 * R + K + redis_pause + 2 * S + R + G + S + R + 2 * L + D + 5 * R + 2 * "
         "(beat + A)",
         43002802},
        {BOUND_BATCH, "F", 70000000},
        {BOUND_RECEIPT, "D + R + L", 111},
        {BOUND_RECEIPT_REPAIR, "full_pass + 2 * D + L + F + (2 * L + 2 * D + retry) * pages",
         870001029},
        {BOUND_RECEIPT_SAID,
         "Bk + 3 * L + 2 * F + (2 * L + 2 * D + retry) * pages + L + 2 * D + retry", 140101037},
        {BOUND_TOKEN, "A", 1000},
        {BOUND_TAKEN, "probe + 3 * D + 2 * retry", 4001111},
        {BOUND_REVOKED, "V + 2 * D", 3000801},
    };
    const struct amounts amounts = {
        .rows = 399, .rooms = 2, .pages = 4, .stamps = 131073, .answers = 3, .missing = 9};
    (void)state;

    assert_int_equal(sizeof rows / sizeof rows[0], BOUND_COUNT);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct bound_info *info = bound_info(rows[i].bound);
        assert_string_equal(info->formula, rows[i].formula);
        assert_int_equal(bound_value(rows[i].bound, &bounds, amounts), rows[i].value);
        assert_true(info->what[0] != 0);
    }
}

static void absurd_amounts_do_not_overflow(void **state)
{
    const struct bounds none = {0};
    const struct amounts most = {.rows = UINT64_MAX, .rooms = UINT64_MAX, .pages = UINT64_MAX};
    (void)state;

    assert_true(bound_value(BOUND_PAGES, &none, most) > 0);
    assert_int_equal(bound_value(BOUND_SYNC, &bounds, most), INT64_C(207) * 1000000);
    assert_int_equal(bound_value(BOUND_REPAIR, &none, (struct amounts){.missing = UINT64_MAX}), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_bound_is_what_its_text_says),
        cmocka_unit_test(absurd_amounts_do_not_overflow),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
