/* What counts as the same reason to fail. */
#include "server/base/tests/test.h"
#include "sim/shrink/reason.h"

#include <string.h>

static void numbers_and_names_do_not_count_and_words_do(void **state)
{
    static const struct {
        const char *text, *shape;
    } cases[] = {
        {"a sync of device 9159 gave seq 90 of room 447 after seq 88",
         "a sync of device # gave seq # of room # after seq #"},
        {"n2 was -17 ms ahead", "# was -# ms ahead"},
        {"(016a) than (9f)", "(#) than (#)"},
        {"node \"one \\ two\" said \"\"", "node # said #"},
        {"an open \" quote", "an open \" quote"},
        {"0000-0001 3.25s", "#-# #.#"},
        {"", ""},
        {"words alone", "words alone"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reason reason;
        reason_of(3, cases[i].text, &reason);
        assert_string_equal(reason.shape, cases[i].shape);
        assert_string_equal(reason.text, cases[i].text);
    }
}

static void it_is_the_invariant_and_the_shape(void **state)
{
    struct reason one;
    struct reason two;
    (void)state;
    reason_of(3, "seq 4 of room 5", &one);
    reason_of(3, "seq 14 of room r9", &two);
    assert_true(reason_same(&one, &two));
    reason_of(4, "seq 4 of room 5", &two);
    assert_false(reason_same(&one, &two));
    reason_of(3, "seq 4 of a room 5", &two);
    assert_false(reason_same(&one, &two));
}

static void a_long_text_is_cut_and_still_compared(void **state)
{
    char text[1000];
    struct reason one;
    struct reason two;
    (void)state;
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    reason_of(0, text, &one);
    assert_int_equal(strlen(one.text), REASON_TEXT - 1);
    assert_int_equal(strlen(one.shape), REASON_TEXT - 1);
    text[0] = 'y';
    reason_of(0, text, &two);
    assert_false(reason_same(&one, &two));
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_names_do_not_count_and_words_do),
        cmocka_unit_test(it_is_the_invariant_and_the_shape),
        cmocka_unit_test(a_long_text_is_cut_and_still_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
