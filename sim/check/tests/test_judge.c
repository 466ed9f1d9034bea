/* Evidence, black-box histories, and what no world would tell. */
#include "server/base/tests/test.h"
#include "sim/check/tests/story.h"

static struct story s;

static int setup(void **state)
{
    (void)state;
    story_begin(&s);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    story_end(&s);
    return 0;
}

static enum judged state_of(enum invariant invariant)
{
    return judge_result(s.judge, invariant).state;
}

static int setup_black_box(void **state)
{
    (void)state;
    story_begin_black_box(&s);
    return 0;
}

static void every_invariant_has_its_own_id_and_can_be_found_by_it(void **state)
{
    (void)state;
    for (enum invariant i = 0; i < INVARIANT_COUNT; i++) {
        enum invariant same = INVARIANT_COUNT;
        const struct invariant_info *info = invariant_info(i);
        assert_true(invariant_find(info->id, &same));
        assert_int_equal(same, i);
        assert_true(info->sentence[0] != 0 && info->bounds_len > 0);
        assert_true(info->evidence.len != 0);
    }
    enum invariant none;
    static const char *const strange[] = {"ORD-99",  "",        "ORD",  "ORD-0",
                                          "ORD-011", "ORD\r01", "ord01"};
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        assert_false(invariant_find(strange[i], &none));
    }
    assert_true(invariant_find("ord-01", &none));
    assert_int_equal(none, ORD_01);
    assert_true(invariant_find("oRd-02", &none));
}

static void without_observations_nothing_is_judged(void **state)
{
    (void)state;
    struct judge *judge = judge_new(&s.bounds);
    for (enum invariant i = 0; i < INVARIANT_COUNT; i++) {
        const struct invariant_result result = judge_result(judge, i);
        assert_int_equal(result.state, JUDGED_NO_EVIDENCE);
        assert_int_equal(result.judged, 0);
    }
    judge_free(&judge);
    judge_free(&judge); /* of nothing */
}

static void evidence_that_was_never_put_to_the_test_is_told_apart_from_held(void **state)
{
    (void)state;
    writes(&s, 0, 0, 31);
    commits(&s, (struct commit){.seq = 3, .client_id = 31});
    assert_int_equal(state_of(ORD_02), JUDGED_HELD);
    assert_int_equal(state_of(ORD_05), JUDGED_HELD);
    assert_int_equal(state_of(ORD_07), JUDGED_NOT_EXERCISED); /* nothing in anybody's past */
    assert_int_equal(state_of(ORD_03), JUDGED_NO_EVIDENCE);   /* nothing was shown */
    assert_int_equal(state_of(SYN_01), JUDGED_NO_EVIDENCE);
}

/* A node that does not know the kind says the place and the stamps alone. */
static void shown_unknown(uint32_t device, uint64_t seq)
{
    struct obs obs = row_of(OBS_SHOWN, device, 0, seq, 0, 0);
    obs.flags = OBS_EVENT;
    tell(&s, obs);
}

static void an_entry_of_an_unknown_kind_is_stepped_over(void **state)
{
    (void)state;
    online(&s, 0, 0);
    online(&s, 1, 1);
    struct obs obs = row_of(OBS_COMMIT, OBS_NONE, 0, 3, ANA, 31);
    obs.user = 0;
    obs.node = 0;
    obs.flags = OBS_EVENT;
    obs.value = (int64_t)obs.hlc;
    stamps(&s, 0, 0, 31, obs.hlc, 0);
    tell(&s, obs);
    shown_unknown(0, 3);
    shown_unknown(1, 3);
    says(&s, 1, 0, 4, 41);
    shown(&s, 0, 0, 4, BOB, 41);
    shown(&s, 1, 0, 4, BOB, 41);
    at(&s, 60000);
    assert_nothing(&s);
    assert_held(&s, ORD_03); /* its place counts: the next one is in order */
}

static void a_black_box_of_nodes_old_and_new_is_no_contradiction(void **state)
{
    (void)state;
    writes(&s, 1, 0, 41);
    shown_unknown(0, 7); /* by an old node */
    struct obs obs = row_of(OBS_SHOWN, 1, 0, 7, ANA, 31);
    obs.flags = OBS_EVENT;
    tell(&s, obs);
    shown(&s, 0, 0, 8, BOB, 41);
    shown(&s, 1, 0, 8, BOB, 41);
    assert_nothing(&s);
    assert_int_equal(state_of(ORD_03), JUDGED_HELD);
}

/* --- Clients' observations alone ------------------------------------------------------------- */

static void a_black_box_history_is_judged_where_it_can_be(void **state)
{
    (void)state;
    writes(&s, 0, 0, 31);
    shown(&s, 0, 0, 7, ANA, 31);
    acked(&s, 0, 0, 7, 31);
    writes(&s, 1, 0, 41);
    shown(&s, 0, 0, 8, BOB, 41);
    shown(&s, 1, 0, 7, ANA, 31);
    shown(&s, 1, 0, 8, BOB, 41);
    assert_nothing(&s);
    static const enum invariant held[] = {ORD_01, ORD_03, ORD_04, ORD_05, ORD_08,
                                          ORD_10, ORD_11, SYN_03, SEC_02};
    for (size_t i = 0; i < sizeof held / sizeof *held; i++) {
        assert_int_equal(state_of(held[i]), JUDGED_HELD);
    }
    static const enum invariant blind[] = {ORD_02, ORD_07, HLC_01, SYN_01,
                                           SYN_02, SYN_04, SYN_16, LIV_11};
    for (size_t i = 0; i < sizeof blind / sizeof *blind; i++) {
        assert_int_equal(state_of(blind[i]), JUDGED_NO_EVIDENCE);
    }
}

static void black_box_ord_01_two_devices_that_disagree_fire(void **state)
{
    (void)state;
    writes(&s, 0, 0, 31);
    writes(&s, 1, 0, 41);
    shown(&s, 0, 0, 3, ANA, 31);
    struct obs obs = row_of(OBS_SHOWN, 1, 0, 3, BOB, 41);
    obs.id = ID_OF(0, 4);
    tell(&s, obs);
    assert_only(&s, ORD_01);
}

static void black_box_ord_01_a_message_at_two_places_fires(void **state)
{
    (void)state;
    writes(&s, 0, 0, 31);
    shown(&s, 0, 0, 3, ANA, 31);
    struct obs obs = row_of(OBS_SHOWN, 1, 0, 4, ANA, 31);
    obs.id = ID_OF(0, 3);
    tell(&s, obs);
    assert_now(&s, ORD_01);
}

static void black_box_ord_05_fires_from_either_side(void **state)
{
    (void)state;
    writes(&s, 0, 0, 31);
    writes(&s, 0, 0, 32);
    shown(&s, 1, 0, 8, ANA, 31); /* learnt first, stands below */
    tell(&s, row_of(OBS_RECV, 2, 0, 7, ANA, 32));
    assert_only(&s, ORD_05);
}

static void black_box_ord_06_and_11_fire(void **state)
{
    (void)state;
    writes(&s, 0, 0, 31);
    shown(&s, 0, 0, 7, ANA, 31);
    acked(&s, 0, 0, 7, 31);
    writes(&s, 0, 0, 32);
    tell(&s, row_of(OBS_RECV, 0, 0, 6, ANA, 32));
    assert_now(&s, ORD_06);
    assert_now(&s, ORD_11);
}

static void black_box_ord_10_fires(void **state)
{
    (void)state;
    writes(&s, 0, 0, 31);
    acked(&s, 0, 0, 7, 31);
    acked(&s, 0, 0, 8, 31);
    assert_only(&s, ORD_10);
}

static void black_box_syn_03_and_sec_02_fire(void **state)
{
    (void)state;
    writes(&s, 0, 0, 31);
    shown(&s, 1, 0, 7, ANA, 99);
    assert_only(&s, SYN_03);
    shown(&s, 1, 0, 8, BOB, 31);
    assert_now(&s, SEC_02);
}

/* --- A log that comes too late --------------------------------------------------------------- */

static void what_is_shown_before_it_is_committed_fires(void **state)
{
    (void)state;
    writes(&s, 0, 0, 31);
    shown(&s, 1, 0, 3, ANA, 31);
    assert_now(&s, ORD_01);
    assert_int_equal(found(&s, SYN_03), 0);
}

/* --- Numbers that no world would tell -------------------------------------------------------- */

static void absurd_numbers_cost_nothing(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {0, 1, 5000000, OBS_NONE - 1, OBS_NONE};
    static const uint64_t places[] = {0, 1, 70000, UINT64_MAX - 1, UINT64_MAX};

    for (enum obs_kind kind = 0; kind < OBS_KIND_COUNT; kind++) {
        for (size_t i = 0; i < 125; i++) {
            struct obs obs = OBS((uint8_t)kind, 0);
            obs.device = numbers[i % 5];
            obs.user = numbers[i % 5];
            obs.room = numbers[i / 5 % 5];
            obs.seq = places[i / 25];
            obs.node = i % 2 == 0 ? OBS_NODE_NONE - 1 : OBS_NODE_NONE;
            obs.id = obs.sender = obs.client_id = obs.hlc = places[i % 5];
            obs.value = i % 3 == 0 ? INT64_MAX : -1;
            obs.flags = (uint8_t)i;
            tell(&s, obs);
        }
    }
    struct obs never = OBS(OBS_END, INT64_MAX);
    judge_observe(s.judge, &never);
    for (enum invariant i = 0; i < INVARIANT_COUNT; i++) {
        (void)judge_result(s.judge, i);
    }
}

/* --- Many violations ------------------------------------------------------------------------- */

static void a_promise_broken_at_every_row_is_counted_and_does_not_hide_another(void **state)
{
    (void)state;
    const struct violation *violations;

    for (uint64_t seq = 3; seq <= 203; seq++) {
        says(&s, 0, 0, seq, 10 * seq);
    }
    for (uint64_t seq = 3; seq <= 203; seq++) {
        struct obs obs = row_of(OBS_SHOWN, 1, 0, seq, ANA, 10 * seq);
        obs.id++;
        tell(&s, obs);
    }
    shown(&s, 1, 0, 3, ANA, 30);
    assert_int_equal(found(&s, ORD_01), 201);
    assert_now(&s, ORD_03);
    const size_t kept = judge_violations(s.judge, &violations);
    assert_in_range(kept, 2, VIOLATIONS_KEPT_MAX);
    for (size_t i = 1; i < kept; i++) {
        assert_true(violations[i].observation >= violations[i - 1].observation);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_invariant_has_its_own_id_and_can_be_found_by_it,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(without_observations_nothing_is_judged, setup, teardown),
        cmocka_unit_test_setup_teardown(
            evidence_that_was_never_put_to_the_test_is_told_apart_from_held, setup, teardown),
        cmocka_unit_test_setup_teardown(an_entry_of_an_unknown_kind_is_stepped_over, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_black_box_of_nodes_old_and_new_is_no_contradiction,
                                        setup_black_box, teardown),
        cmocka_unit_test_setup_teardown(a_black_box_history_is_judged_where_it_can_be,
                                        setup_black_box, teardown),
        cmocka_unit_test_setup_teardown(black_box_ord_01_two_devices_that_disagree_fire,
                                        setup_black_box, teardown),
        cmocka_unit_test_setup_teardown(black_box_ord_01_a_message_at_two_places_fires,
                                        setup_black_box, teardown),
        cmocka_unit_test_setup_teardown(black_box_ord_05_fires_from_either_side, setup_black_box,
                                        teardown),
        cmocka_unit_test_setup_teardown(black_box_ord_06_and_11_fire, setup_black_box, teardown),
        cmocka_unit_test_setup_teardown(black_box_ord_10_fires, setup_black_box, teardown),
        cmocka_unit_test_setup_teardown(black_box_syn_03_and_sec_02_fire, setup_black_box,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_shown_before_it_is_committed_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(absurd_numbers_cost_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_promise_broken_at_every_row_is_counted_and_does_not_hide_another, setup, teardown),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
