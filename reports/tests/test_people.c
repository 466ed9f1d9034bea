/* What a violation's story leaves out is counted, with where it is. */
#include "reports/excerpt.h"
#include "reports/people.h"
#include "server/base/tests/test.h"

#include <stdio.h>
#include <string.h>

static const struct style plain = {.columns = 0};

static const char *fault(uint64_t kind)
{
    (void)kind;
    return "redis_cut";
}

static struct obs event(enum obs_kind kind, int64_t at_us, uint32_t device)
{
    return (struct obs){.kind = (uint8_t)kind,
                        .at_us = at_us,
                        .device = device,
                        .room = 1,
                        .user = OBS_NONE,
                        .node = OBS_NODE_NONE};
}

/* A violation of `devices` devices over `places` places, with `events` sends before it. */
static void story(uint32_t devices, uint64_t places, uint32_t events, struct buf *out)
{
    const struct violation violation = {.invariant = ORD_05,
                                        .at_us = 20 * SECOND,
                                        .room = 1,
                                        .node = OBS_NODE_NONE,
                                        .devices = {1, 2, 3, 4},
                                        .devices_len = devices,
                                        .seq_low = 10,
                                        .seq_high = 10 + places - 7,
                                        .summary = "it broke"};
    struct people people = {.violation = &violation, .fault_word = fault};

    for (uint32_t i = 0; i < events; i++) {
        const struct obs obs = event(OBS_SEND, SECOND + i, 1);
        people_observe(&people, &obs);
    }
    people_print(&people, &plain, out);
    people_deinit(&people);
}

static void what_is_left_out_is_counted(void **state)
{
    static const struct {
        uint32_t devices;
        uint64_t places;
        uint32_t events;
        const char *told;
    } table[] = {
        {3, 24, 24, NULL},
        {4, 24, 24, "  and 1 more devices: history.txt of --out has all\n"},
        {1, 25, 24, "  and 1 more places of the log: history.txt of --out has all\n"},
        {1, 51, 24, "  and 27 more places of the log: history.txt of --out has all\n"},
        {1, 24, 25, "  and 1 more earlier events: history.txt of --out has all\n"},
        {1, 24, 200050, "  and 200026 more earlier events: history.txt of --out has all\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct buf out = {0};
        story(table[i].devices, table[i].places, table[i].events, &out);
        const char *more = strstr(out.bytes, "  and ");
        if (table[i].told == NULL) {
            assert_null(more);
        } else {
            assert_non_null(more);
            assert_memory_equal(more, table[i].told, strlen(table[i].told));
            assert_null(strstr(more + 1, "  and "));
        }
        buf_deinit(&out);
    }
}

static void what_is_told_of_people_is_listed_where_it_matters(void **state)
{
    static const struct {
        enum invariant invariant;
        enum obs_kind kind;
        bool listed;
    } table[] = {
        {ORD_05, OBS_VIEW, false},     {PRE_10, OBS_VIEW, true},    {SEC_01, OBS_VIEW, true},
        {ORD_05, OBS_TYPIST, false},   {TYP_06, OBS_TYPIST, true},  {ORD_05, OBS_READ_TOLD, false},
        {RCP_04, OBS_READ_TOLD, true}, {ORD_05, OBS_WELCOME, true}, {PRE_10, OBS_TYPIST, false},
        {PRE_10, OBS_WELCOME, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct violation violation = {.invariant = table[i].invariant,
                                            .at_us = 20 * SECOND,
                                            .room = 1,
                                            .node = OBS_NODE_NONE,
                                            .devices = {1},
                                            .devices_len = 1,
                                            .summary = "it broke"};
        struct people people = {.violation = &violation, .fault_word = fault};
        const struct obs obs = event(table[i].kind, SECOND, 1);
        struct buf out = {0};
        people_observe(&people, &obs);
        people_print(&people, &plain, &out);
        assert_int_equal(strstr(out.bytes, "    1.000000s") != NULL, table[i].listed);
        people_deinit(&people);
        buf_deinit(&out);
    }
}

static void violations_that_are_not_told_in_full_are_counted(void **state)
{
    const struct violation violations[] = {{.invariant = ORD_05}, {.invariant = ORD_05}};
    struct judgement judgement = {.verdict = VERDICT_VIOLATED,
                                  .violations = (struct violation *)(uintptr_t)violations,
                                  .violations_len = 2};
    struct excerpt excerpt;
    struct buf out = {0};
    (void)state;
    judgement.invariants[ORD_05].violations = 28;
    excerpt_init(&excerpt, &judgement, fault);
    excerpt_print(&excerpt, &plain, &out);
    assert_non_null(strstr(out.bytes, "\nand 27 more violations: summary.json"));
    excerpt_deinit(&excerpt);
    judgement.invariants[ORD_05].violations = 1;
    buf_clear(&out);
    excerpt_init(&excerpt, &judgement, fault);
    excerpt_print(&excerpt, &plain, &out);
    assert_null(strstr(out.bytes, "more violations"));
    excerpt_deinit(&excerpt);
    buf_deinit(&out);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_out_is_counted),
        cmocka_unit_test(what_is_told_of_people_is_listed_where_it_matters),
        cmocka_unit_test(violations_that_are_not_told_in_full_are_counted),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
