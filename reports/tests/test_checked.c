/* What `hubbub check` writes as JSON, another reader reads with the same texts. */
#include "reports/checked.h"
#include "server/base/tests/test.h"

#include <cJSON.h>

static const char nasty[] =
    "\"q' \\ \b\f\n\r\t\x01\x1f\x7f \xe2\x80\xa8\xe2\x80\xa9 </script> \xd7\xa9";

static const cJSON *in(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static void assert_nasty(const cJSON *text)
{
    assert_string_equal(cJSON_GetStringValue(text), nasty);
}

static cJSON *read_by_another(const struct checked *checked)
{
    struct buf json = {0};
    checked_summary(checked, &json);
    cJSON *tree = cJSON_ParseWithLengthOpts(json.bytes, json.len + 1, NULL, true);
    assert_non_null(tree);
    buf_deinit(&json);
    return tree;
}

static void another_reader_finds_every_text_of_what_was_checked(void **state)
{
    const struct checked_row rows[] = {
        {.id = "ORD-01", .sentence = nasty, .why = nasty},
        {.id = "LIV-02", .sentence = "", .why = "", .result = {.used_us = 1, .bound_us = 4}}};
    const struct checked_sight sights[] = {{-1005, 1, "shown", nasty}};
    const struct checked_violation violation = {.id = "ORD-01",
                                                .sentence = nasty,
                                                .summary = nasty,
                                                .at_us = 1500,
                                                .file = nasty,
                                                .line = 3,
                                                .room = nasty,
                                                .people = {nasty, nasty},
                                                .people_len = 2,
                                                .sights = sights,
                                                .sights_len = 1};
    const struct checked_left_out left_out = {2, nasty};
    const struct checked checked = {.version = "0.1.0",
                                    .unclear = "",
                                    .known = "",
                                    .name = nasty,
                                    .verdict = "violated",
                                    .promised = nasty,
                                    .rows = rows,
                                    .rows_len = 2,
                                    .violations = &violation,
                                    .violations_len = 1,
                                    .left_out = &left_out,
                                    .left_out_len = 1};
    (void)state;
    cJSON *tree = read_by_another(&checked);
    assert_nasty(in(tree, "history"));
    assert_nasty(in(tree, "promised"));
    assert_nasty(in(in(in(tree, "invariants"), "ORD-01"), "why"));
    assert_int_equal(in(in(in(tree, "invariants"), "LIV-02"), "margin_permille")->valueint, 250);
    const cJSON *found = cJSON_GetArrayItem(in(tree, "violations"), 0);
    assert_nasty(in(found, "file"));
    assert_nasty(in(found, "room"));
    assert_nasty(in(found, "summary"));
    assert_nasty(cJSON_GetArrayItem(in(found, "people"), 1));
    const cJSON *sight = cJSON_GetArrayItem(in(found, "saw"), 0);
    assert_nasty(in(sight, "who"));
    assert_nasty(in(sight, "shown"));
    assert_nasty(in(cJSON_GetArrayItem(in(tree, "left_out"), 0), "what"));
    cJSON_Delete(tree);
}

static void another_reader_reads_it_however_little_there_is(void **state)
{
    const struct checked nothing = {
        .version = "0.1.0", .name = "", .verdict = "inconclusive", .known = ""};
    (void)state;
    cJSON *tree = read_by_another(&nothing);
    assert_int_equal(cJSON_GetArraySize(in(tree, "violations")), 0);
    assert_null(in(tree, "promised"));
    cJSON_Delete(tree);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_reader_finds_every_text_of_what_was_checked),
        cmocka_unit_test(another_reader_reads_it_however_little_there_is),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
