/* Every invariant is explained, and every letter of a bound. */
#include "server/base/tests/test.h"
#include "sim/check/explained.h"

#include <string.h>

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static void every_invariant_has_its_meaning_and_causes(void **state)
{
    (void)state;
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        const char *id = invariant_info((enum invariant)i)->id;
        const struct explained *of = explained((enum invariant)i);
        if (of->meaning == NULL || of->causes == NULL) {
            fail_msg("%s is not explained: a row of the table in explained.c", id);
        }
        const size_t len = strlen(of->meaning);
        if (len < 20 || strchr(".!", of->meaning[len - 1]) == NULL) {
            fail_msg("%s: its meaning is no sentence", id);
        }
        if (strlen(of->causes) < 20 || strchr(of->causes, '\n') != NULL) {
            fail_msg("%s: its causes are not told", id);
        }
    }
}

static void no_two_mean_the_same(void **state)
{
    (void)state;
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(explained((enum invariant)i)->meaning,
                                    explained((enum invariant)k)->meaning);
        }
    }
}

static void every_letter_of_a_formula_is_explained(void **state)
{
    (void)state;
    for (int b = 0; b < BOUND_COUNT; b++) {
        const char *formula = bound_info((enum bound)b)->formula;
        for (const char *at = formula; *at != 0;) {
            size_t len = 0;
            while (is_letter(at[len])) {
                len++;
            }
            if (len > 0 && bound_letter(at, len) == NULL) {
                fail_msg("\"%.*s\" of \"%s\" has no row in explained.c", (int)len, at, formula);
            }
            at += len > 0 ? len : 1;
        }
    }
    assert_null(bound_letter("x", 1));
    assert_string_equal(bound_letter("Bk", 2)->letter, "Bk");
    assert_string_equal(bound_letter("Bk_least", 8)->letter, "Bk_least");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_invariant_has_its_meaning_and_causes),
        cmocka_unit_test(no_two_mean_the_same),
        cmocka_unit_test(every_letter_of_a_formula_is_explained),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
