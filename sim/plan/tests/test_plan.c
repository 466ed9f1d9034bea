/* The rows of the parameters fit the structs and one another. */
#include "server/base/tests/test.h"
#include "sim/plan/facts.h"
#include "sim/plan/plan.h"

#include <string.h>

static void each_field_has_its_row_at_its_place(void **state)
{
    (void)state;

    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        for (size_t j = 0; j < plan_sections[i].rows_len; j++) {
            assert_int_equal(plan_sections[i].rows[j].offset, j * sizeof(int64_t));
        }
    }
}

static void no_two_parameters_share_a_name(void **state)
{
    (void)state;

    for (size_t a = 0; a < PLAN_SECTIONS * PLAN_PARAMS_MAX; a++) {
        const struct plan_section *one = &plan_sections[a / PLAN_PARAMS_MAX];
        for (size_t b = 0; b < a; b++) {
            const struct plan_section *other = &plan_sections[b / PLAN_PARAMS_MAX];
            if (a % PLAN_PARAMS_MAX >= one->rows_len || b % PLAN_PARAMS_MAX >= other->rows_len) {
                continue;
            }
            const struct param *row = &one->rows[a % PLAN_PARAMS_MAX];
            const struct param *before = &other->rows[b % PLAN_PARAMS_MAX];
            assert_string_not_equal(row->plan_word, before->plan_word);
            assert_false(one == other && strcmp(row->word, before->word) == 0);
        }
    }
}

static void defaults_are_within_their_ranges_and_above_their_floors(void **state)
{
    struct plan plan = {0};
    struct node_params production = {0};
    (void)state;

    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        const struct plan_section *section = &plan_sections[i];
        for (size_t j = 0; j < section->rows_len; j++) {
            const struct param *row = &section->rows[j];
            assert_true(row->word[0] != 0 && row->what[0] != 0);
            assert_true(row->least <= row->most);
            param_set(row, plan_params(&plan, section), row->simulated);
        }
        assert_null(params_wrong(section->rows, section->rows_len, plan_params_of(&plan, section)));
    }
    for (size_t j = 0; j < NODE_PARAMS_LEN; j++) {
        param_set(&node_params[j], &production, node_params[j].production);
    }
    assert_null(params_wrong(node_params, NODE_PARAMS_LEN, &production));
}

/* Two may fall on one node at once: one way they add up, two ways they do not. */
static void the_drift_of_a_plan_is_that_of_its_worst_node(void **state)
{
    struct plan_fault faults[] = {
        {.kind = FAULT_CLOCK_DRIFT, .target = 0, .amount = 300},
        {.kind = FAULT_CLOCK_DRIFT, .target = 1, .amount = -200},
        {.kind = FAULT_CLOCK_DRIFT, .target = 1, .amount = -250},
        {.kind = FAULT_CLOCK_DRIFT, .target = 1, .amount = 400},
        {.kind = FAULT_CLOCK_JUMP, .target = 0, .amount = 9000},
    };
    struct plan plan = {.nodes = 2, .faults = faults, .faults_len = 5, .generators_len = 1};
    (void)state;

    plan.generators[0].kind = WORKLOAD_TYPE;
    assert_int_equal(plan_bounds(&plan).drift_ppm, 450);
    plan.generators[0].kind = WORKLOAD_SEND; /* nobody types: nothing asks for it */
    assert_int_equal(plan_bounds(&plan).drift_ppm, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_field_has_its_row_at_its_place),
        cmocka_unit_test(no_two_parameters_share_a_name),
        cmocka_unit_test(defaults_are_within_their_ranges_and_above_their_floors),
        cmocka_unit_test(the_drift_of_a_plan_is_that_of_its_worst_node),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
