/* Where two runs part. */
#include "server/base/tests/test.h"
#include "sim/look/apart.h"
#include "sim/look/tests/tiny.h"

#include <stdlib.h>
#include <string.h>

static void has(const struct buf *text, const char *what)
{
    if (text->len == 0 || strstr(text->bytes, what) == NULL) {
        fail_msg("no \"%s\" in:\n%s", what, text->len > 0 ? text->bytes : "");
    }
}

static void one_plan_twice_does_not_part(void **state)
{
    struct plan plan = tiny_plan("");
    struct apart apart;
    (void)state;
    apart_find(&plan, &plan, &apart);
    assert_false(apart.parted);
    assert_true(apart.event > 100);
    assert_int_equal(apart.after[0].len, 0);
    apart_deinit(&apart);
    plan_deinit(&plan);
}

static void a_fault_that_one_has_is_where_they_part(void **state)
{
    struct plan plan = tiny_plan("{\"kind\":\"redis_restart\",\"at\":\"2s\",\"for\":\"1s\"}");
    struct plan without = plan;
    uint32_t drop = plan.faults[0].id;
    struct apart apart;
    (void)state;
    without.drop_faults = &drop;
    without.drop_faults_len = 1;
    apart_find(&plan, &without, &apart);
    assert_true(apart.parted);
    assert_int_equal(apart.at_us, 2000000);
    has(&apart.after[0], "redis_restart begins");
    assert_null(strstr(apart.after[1].bytes, "redis_restart"));
    has(&apart.before, "   1.");
    assert_null(strstr(apart.before.bytes, "redis_restart"));
    apart_deinit(&apart);
    plan_deinit(&plan);
}

static void another_seed_is_another_run_from_the_start(void **state)
{
    struct plan plan = tiny_plan("");
    struct plan other = tiny_plan("");
    struct apart apart;
    (void)state;
    other.seed = 2;
    apart_find(&plan, &other, &apart);
    assert_true(apart.parted);
    assert_true(apart.event < 100);
    assert_true(apart.after[0].len > 0 && apart.after[1].len > 0);
    apart_deinit(&apart);
    plan_deinit(&plan);
    plan_deinit(&other);
}

static void a_run_that_is_shorter_parts_at_its_end(void **state)
{
    struct plan plan = tiny_plan("");
    struct plan shorter = plan;
    struct apart apart;
    (void)state;
    shorter.settle_us = plan.settle_us - 1000000;
    apart_find(&plan, &shorter, &apart);
    assert_true(apart.parted);
    assert_int_equal(apart.at_us, plan.duration_us + shorter.settle_us);
    apart_deinit(&apart);
    plan_deinit(&plan);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_plan_twice_does_not_part),
        cmocka_unit_test(a_fault_that_one_has_is_where_they_part),
        cmocka_unit_test(another_seed_is_another_run_from_the_start),
        cmocka_unit_test(a_run_that_is_shorter_parts_at_its_end),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
