/* labels: sim;unit */
/* Shrinking by real runs. The server holds, so what counts as a failure is made up: that a device wrote the same
 * message twice to the wire. */
#include "server/base/tests/test.h"
#include "sim/explore/run.h"
#include "sim/shrink/shrink.h"
#include "sim/shrink/tests/storm.h"

#include <stdio.h>
#include <string.h>

static void come_to(const struct plan *plan, struct shrink_run *ret)
{
    struct run_result result;
    char text[64];

    run_plan(plan, NULL, 0, (struct obs_sink){.observe = NULL}, (struct run_progress){NULL, NULL},
             &result);
    if (result.judgement.violations_len > 0) { /* whatever is left out, the server holds */
        fail_msg("%s: %s", invariant_info(result.judgement.violations[0].invariant)->id,
                 result.judgement.violations[0].summary);
    }
    *ret = (struct shrink_run){.end = result.tally.resends > 0 ? SHRINK_FAILS : SHRINK_HOLDS,
                               .at_us = plan->duration_us,
                               .room = OBS_NONE,
                               .messages = result.tally.messages,
                               .hash = result.hash};
    (void)snprintf(text, sizeof text, "%llu messages were sent again",
                   (unsigned long long)result.tally.resends);
    reason_of(0, text, &ret->reason);
    run_result_deinit(&result);
}

static uint32_t run(void *user, const struct plan *plans, uint32_t plans_len,
                    const struct reason *wanted, uint64_t messages_max, struct shrink_run *ret)
{
    (void)user;
    for (uint32_t i = 0; i < plans_len; i++) {
        come_to(&plans[i], &ret[i]);
        if (ret[i].end == SHRINK_FAILS && ret[i].messages <= messages_max &&
            (wanted == NULL || reason_same(&ret[i].reason, wanted))) {
            return i + 1;
        }
    }
    return plans_len;
}

/* False: nothing was sent again. */
static bool shrink_seed(uint64_t seed)
{
    static const struct shrink_oracle oracle = {run, NULL, NULL};
    struct shrink_result result;
    struct shrink_run again;
    struct storm storm;

    storm_init(&storm, seed);
    shrink_plan(&storm.plan, storm.scenario, NULL, &oracle, &result);
    if (result.was.end == SHRINK_HOLDS) {
        storm_deinit(&storm);
        return false;
    }
    assert_true(result.failed && result.whole);
    const struct plan_size size = plan_size(&result.plan);
    assert_true(size.faults <= 1 && size.people == 1 && size.devices == 1 && size.rooms == 1);
    assert_true(size.actions <= 2 && result.run.messages <= 1);
    assert_true(result.runs < 400);
    come_to(&result.plan, &again);
    assert_true(again.hash.lo == result.run.hash.lo && again.hash.hi == result.run.hash.hi);
    for (uint32_t i = 0; i < result.left_len; i++) { /* the certificate, run again */
        const struct shrink_left *left = &result.left[i];
        struct plan without;
        plan_copy(&result.plan, &without);
        if (pieces_remove(&without, &left->piece, 1) == NULL) {
            come_to(&without, &again);
            assert_int_equal(again.end, SHRINK_HOLDS);
            assert_true(again.hash.lo == left->without.hash.lo);
        }
        plan_deinit(&without);
    }
    storm_deinit(&storm);
    shrink_result_deinit(&result);
    return true;
}

static void a_message_is_sent_again_by_one_person_for_one_fault(void **state)
{
    uint32_t failed = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        failed += shrink_seed(seed);
    }
    assert_true(failed >= 2);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_sent_again_by_one_person_for_one_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
