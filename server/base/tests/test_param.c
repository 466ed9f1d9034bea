/* Rows say where a value is and what it may be. */
#include "server/base/param.h"
#include "server/base/tests/test.h"

struct pair {
    int64_t pause_us_min, pause_us_max, rows;
};

static const struct param rows[] = {
    {.word = "pauseMin",
     .offset = offsetof(struct pair, pause_us_min),
     .unit = PARAM_US,
     .least = 1 * MS,
     .most = 1 * SECOND},
    {.word = "pauseMax",
     .offset = offsetof(struct pair, pause_us_max),
     .unit = PARAM_US,
     .least = 1 * MS,
     .most = 1 * SECOND,
     .no_less_than = "pauseMin"},
    {.word = "rows",
     .offset = offsetof(struct pair, rows),
     .unit = PARAM_COUNT,
     .least = 1,
     .most = 9},
};
#define ROWS_LEN (sizeof rows / sizeof rows[0])

static void a_row_reads_and_writes_its_field_alone(void **state)
{
    struct pair pair = {.pause_us_min = 1, .pause_us_max = 2, .rows = 3};
    (void)state;

    assert_int_equal(param_get(&rows[1], &pair), 2);
    param_set(&rows[1], &pair, -7);
    assert_int_equal(pair.pause_us_min, 1);
    assert_int_equal(pair.pause_us_max, -7);
    assert_int_equal(pair.rows, 3);
}

static void what_is_wrong_is_the_first_row_beyond_its_range_or_below_its_floor(void **state)
{
    static const struct {
        struct pair pair;
        int wrong; /* -1: none */
    } cases[] = {
        {{1 * MS, 1 * MS, 1}, -1},    {{1 * SECOND, 1 * SECOND, 9}, -1},
        {{1 * MS - 1, 1 * MS, 1}, 0}, {{1 * SECOND + 1, 1 * SECOND, 1}, 0},
        {{5 * MS, 5 * MS - 1, 1}, 1}, {{1 * MS, 1 * MS, 0}, 2},
        {{1 * MS, 1 * MS, 10}, 2},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct param *wrong = params_wrong(rows, ROWS_LEN, &cases[i].pair);
        assert_ptr_equal(wrong, cases[i].wrong < 0 ? NULL : &rows[cases[i].wrong]);
    }
    assert_ptr_equal(param_floor(rows, ROWS_LEN, &rows[1]), &rows[0]);
    assert_null(param_floor(rows, ROWS_LEN, &rows[0]));
}

static void values_are_told_as_people_write_them(void **state)
{
    static const struct {
        size_t row;
        int64_t value;
        const char *text;
    } cases[] = {
        {0, 5 * SECOND, "5s"}, {0, 250 * MS, "250ms"}, {0, 1001, "1001us"},
        {0, -10, "-10us"},     {0, 0, "0s"},           {2, 64, "64"},
    };
    char text[PARAM_TEXT_BYTES];
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        param_text(&rows[cases[i].row], cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_reads_and_writes_its_field_alone),
        cmocka_unit_test(what_is_wrong_is_the_first_row_beyond_its_range_or_below_its_floor),
        cmocka_unit_test(values_are_told_as_people_write_them),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
