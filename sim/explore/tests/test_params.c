/* Each parameter in scenarios and plans: its range, its default, and that it arrives. */
#include "server/base/tests/test.h"
#include "sim/explore/plan_file.h"
#include "sim/explore/scenario.h"

#include <stdio.h>
#include <string.h>

#define CORPUS "hello\n"

static int64_t value_of(const struct plan *plan, const struct plan_section *section, size_t row)
{
    return param_get(&section->rows[row], plan_params_of(plan, section));
}

static void put(struct buf *out, const struct param *row, int64_t value)
{
    char text[PARAM_TEXT_BYTES];
    const char *quote = row->unit == PARAM_US ? "\"" : "";

    param_text(row, value, text);
    buf_printf(out, "\"%s\":%s%s%s", row->word, quote, text, quote);
}

/* A scenario that gives one parameter a value, and its floor too where there is one. */
static struct buf scenario_with(const struct plan_section *section, size_t index, int64_t value)
{
    const struct param *row = &section->rows[index];
    const struct param *floor = param_floor(section->rows, section->rows_len, row);
    struct buf out = {0};

    buf_printf(&out,
               "{\"name\":\"t\",\"clients\":4,\"rooms\":1,\"membersPerRoom\":4,\"nodes\":2,"
               "\"duration\":\"2s\",\"workload\":{\"corpus\":\"c\"},\"%s\":{",
               section->word);
    for (size_t i = 0; i < section->rows_len; i++) { /* nothing below it stands in its way */
        const struct param *other = &section->rows[i];
        if (param_floor(section->rows, section->rows_len, other) == row) {
            put(&out, other, other->most);
            buf_add_text(&out, ",");
        }
    }
    if (floor != NULL) {
        put(&out, floor, floor->least);
        buf_add_text(&out, ",");
    }
    put(&out, row, value);
    buf_add_text(&out, "}}");
    return out;
}

static enum hb_err plan_of(const struct buf *text, struct plan *ret, struct buf *file,
                           struct buf *why)
{
    static const struct scenario_overrides none = {0};
    struct scenario *scenario = NULL;
    enum hb_err err = scenario_parse(text->bytes, text->len, &scenario, why);

    if (err == HB_OK) {
        err = scenario_plan(scenario, 1, &none, CORPUS, strlen(CORPUS), ret, why);
        assert_int_equal(err, HB_OK);
        buf_clear(file);
        plan_write(ret, scenario, NULL, file);
    }
    scenario_free(&scenario);
    return err;
}

static void an_end_of_a_range_is_taken_and_arrives_in_the_plan_and_its_file(void **state)
{
    struct buf why = {0};
    struct buf file = {0};
    (void)state;

    for (size_t i = 0; i < PLAN_SECTIONS * PLAN_PARAMS_MAX * 2; i++) {
        const struct plan_section *section = &plan_sections[i / 2 / PLAN_PARAMS_MAX];
        const size_t j = i / 2 % PLAN_PARAMS_MAX;
        struct scenario *scenario = NULL;
        struct plan plan;
        if (j >= section->rows_len) {
            continue;
        }
        const int64_t end = i % 2 == 0 ? section->rows[j].least : section->rows[j].most;
        struct buf text = scenario_with(section, j, end);
        assert_int_equal(plan_of(&text, &plan, &file, &why), HB_OK);
        assert_true(value_of(&plan, section, j) == end);
        plan_deinit(&plan);
        assert_int_equal(plan_read(file.bytes, file.len, &plan, &scenario, NULL, &why), HB_OK);
        assert_true(value_of(&plan, section, j) == end);
        plan_deinit(&plan);
        scenario_free(&scenario);
        buf_deinit(&text);
    }
    buf_deinit(&why);
    buf_deinit(&file);
}

static void what_lies_beyond_a_range_is_refused_by_its_name(void **state)
{
    struct buf why = {0};
    struct buf file = {0};
    (void)state;

    for (size_t i = 0; i < PLAN_SECTIONS * PLAN_PARAMS_MAX * 2; i++) {
        const struct plan_section *section = &plan_sections[i / 2 / PLAN_PARAMS_MAX];
        const size_t j = i / 2 % PLAN_PARAMS_MAX;
        struct plan plan;
        char name[64];
        if (j >= section->rows_len) {
            continue;
        }
        const struct param *row = &section->rows[j];
        struct buf text = scenario_with(section, j, i % 2 == 0 ? row->least - 1 : row->most + 1);
        assert_int_equal(plan_of(&text, &plan, &file, &why), HB_EFIELD);
        (void)snprintf(name, sizeof name, "%s.%s: expected ", section->word, row->word);
        assert_ptr_equal(strstr(why.bytes, name), why.bytes);
        buf_deinit(&text);
    }
    buf_deinit(&why);
    buf_deinit(&file);
}

/* The file without the line of one parameter, or with another value there. */
static struct buf edited(const struct buf *file, const char *word, const char *value)
{
    struct buf out = {0};
    char name[64];

    (void)snprintf(name, sizeof name, "    \"%s\": ", word);
    const char *at = strstr(file->bytes, name);
    assert_non_null(at);
    buf_add(&out, file->bytes, (size_t)(at - file->bytes));
    if (value != NULL) {
        buf_printf(&out, "%s%s,\n", name, value);
    }
    buf_add_text(&out, strchr(at, '\n') + 1);
    return out;
}

static void a_plan_without_a_parameter_has_its_default_and_one_out_of_range_is_refused(void **state)
{
    struct buf why = {0};
    struct buf file = {0};
    struct buf text = scenario_with(&plan_sections[0], 0, plan_sections[0].rows[0].most);
    struct plan plan;
    (void)state;

    assert_int_equal(plan_of(&text, &plan, &file, &why), HB_OK);
    plan_deinit(&plan);
    for (size_t i = 0; i < PLAN_SECTIONS * PLAN_PARAMS_MAX; i++) {
        const struct plan_section *section = &plan_sections[i / PLAN_PARAMS_MAX];
        const size_t j = i % PLAN_PARAMS_MAX;
        struct scenario *scenario = NULL;
        if (j >= section->rows_len) {
            continue;
        }
        const struct param *row = &section->rows[j];
        struct buf without = edited(&file, row->plan_word, NULL);
        assert_int_equal(plan_read(without.bytes, without.len, &plan, &scenario, NULL, &why),
                         HB_OK);
        assert_true(value_of(&plan, section, j) == row->simulated);
        plan_deinit(&plan);
        scenario_free(&scenario);
        buf_deinit(&without);

        struct buf beyond = edited(&file, row->plan_word, "999999999999999");
        assert_int_equal(plan_read(beyond.bytes, beyond.len, &plan, &scenario, NULL, &why),
                         HB_EFIELD);
        assert_non_null(strstr(why.bytes, row->plan_word));
        buf_deinit(&beyond);
    }
    buf_deinit(&text);
    buf_deinit(&why);
    buf_deinit(&file);
}

static void a_floor_is_held_in_scenarios_and_plans(void **state)
{
    const struct plan_section *section = &plan_sections[1];
    struct buf text = scenario_with(section, 0, section->rows[0].least);
    struct buf why = {0};
    struct buf file = {0};
    struct scenario *scenario = NULL;
    struct plan plan;
    (void)state;

    assert_string_equal(section->rows[1].no_less_than, section->rows[0].word);
    assert_int_equal(plan_of(&text, &plan, &file, &why), HB_OK);
    plan_deinit(&plan);
    struct buf low = edited(&file, "backoffMinUs", "600000000");
    struct buf lower = edited(&low, "backoffMaxUs", "599999999");
    assert_int_equal(plan_read(lower.bytes, lower.len, &plan, &scenario, NULL, &why), HB_EFIELD);
    assert_string_equal(why.bytes,
                        "drawn.backoffMaxUs: expected no less than backoffMinUs, got 599999999");
    buf_deinit(&text);
    buf_deinit(&low);
    buf_deinit(&lower);
    buf_deinit(&why);
    buf_deinit(&file);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_of_a_range_is_taken_and_arrives_in_the_plan_and_its_file),
        cmocka_unit_test(what_lies_beyond_a_range_is_refused_by_its_name),
        cmocka_unit_test(
            a_plan_without_a_parameter_has_its_default_and_one_out_of_range_is_refused),
        cmocka_unit_test(a_floor_is_held_in_scenarios_and_plans),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
