/* Seconds, however they are written. */
#include "server/base/tests/test.h"
#include "server/protocol/json.h"
#include "server/protocol/numeric_date.h"

#include <string.h>

static void a_number_is_the_same_however_it_is_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t down, up;
    } cases[] = {
        {"0", 0, 0},
        {"-0", 0, 0},
        {"0.0", 0, 0},
        {"0e9", 0, 0},
        {"0e299", 0, 0},
        {"1700000000", 1700000000, 1700000000},
        {"1700000000.0", 1700000000, 1700000000},
        {"1700000000.25", 1700000000, 1700000001},
        {"1700000000.999999999999999999999", 1700000000, 1700000001},
        {"1.7e9", 1700000000, 1700000000},
        {"1.7E+9", 1700000000, 1700000000},
        {"17e8", 1700000000, 1700000000},
        {"170000000000e-2", 1700000000, 1700000000},
        {"170000000025e-2", 1700000000, 1700000001},
        {"1.70000000025e9", 1700000000, 1700000001},
        {"0.00000017e16", 1700000000, 1700000000},
        {"5e-1", 0, 1},
        {"5e-299", 0, 1},
        {"5e-300", 0, 1},
        {"0e-300", 0, 0},
        {"-1", -1, -1},
        {"-0.5", -1, 0},
        {"-1.5", -2, -1},
        {"-1.7e9", -1700000000, -1700000000},
        {"9007199254740", NUMERIC_DATE_MAX, NUMERIC_DATE_MAX},
        {"9007199254739", NUMERIC_DATE_MAX - 1, NUMERIC_DATE_MAX - 1},
        {"9007199254739.5", NUMERIC_DATE_MAX - 1, NUMERIC_DATE_MAX},
        {"9007199254740.5", NUMERIC_DATE_MAX, NUMERIC_DATE_MAX},
        {"9007199254741", NUMERIC_DATE_MAX, NUMERIC_DATE_MAX},
        {"9223372036854775807", NUMERIC_DATE_MAX, NUMERIC_DATE_MAX},
        {"18446744073709551616", NUMERIC_DATE_MAX, NUMERIC_DATE_MAX},
        {"1e299", NUMERIC_DATE_MAX, NUMERIC_DATE_MAX},
        {"-1e299", -NUMERIC_DATE_MAX, -NUMERIC_DATE_MAX},
        {"-9223372036854775809", -NUMERIC_DATE_MAX, -NUMERIC_DATE_MAX},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json json;
        int64_t down = 1;
        int64_t up = 1;
        print_message("case: %s\n", cases[i].text);
        assert_int_equal(json_read(&json, cases[i].text, strlen(cases[i].text)), HB_OK);
        assert_true(numeric_date_read(&json, json.tokens, NUMERIC_DATE_DOWN, &down));
        assert_true(numeric_date_read(&json, json.tokens, NUMERIC_DATE_UP, &up));
        assert_true(down == cases[i].down);
        assert_true(up == cases[i].up);
        json_deinit(&json);
    }
}

static void what_is_no_number_is_no_date(void **state)
{
    (void)state;
    static const char *const texts[] = {"\"1700000000\"", "null", "true", "[1]", "{}"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct json json;
        int64_t ret = 7;
        assert_int_equal(json_read(&json, texts[i], strlen(texts[i])), HB_OK);
        assert_false(numeric_date_read(&json, json.tokens, NUMERIC_DATE_DOWN, &ret));
        assert_int_equal(ret, 7);
        json_deinit(&json);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_the_same_however_it_is_written),
        cmocka_unit_test(what_is_no_number_is_no_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
