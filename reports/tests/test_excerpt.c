/* The story of the first violation, and a line for each other rule. */
#include "reports/excerpt.h"
#include "server/base/tests/test.h"

#include <string.h>

static const char *fault_word(uint64_t kind)
{
    (void)kind;
    return "redis_cut";
}

static void page_of(struct violation *violations, size_t len, uint64_t ord, uint64_t syn,
                    struct buf *out)
{
    struct judgement judgement = {
        .verdict = VERDICT_VIOLATED, .violations = violations, .violations_len = len};
    struct excerpt excerpt;

    judgement.invariants[ORD_05].violations = ord;
    judgement.invariants[SYN_05].violations = syn;
    excerpt_init(&excerpt, &judgement, fault_word);
    excerpt_print(&excerpt, &(struct style){.columns = 0}, out);
    excerpt_deinit(&excerpt);
}

static struct violation of(enum invariant invariant, int64_t at_us, const char *summary)
{
    struct violation violation = {.invariant = invariant,
                                  .at_us = at_us,
                                  .room = OBS_NONE,
                                  .user = OBS_NONE,
                                  .node = OBS_NODE_NONE};
    memcpy(violation.summary, summary, strlen(summary) + 1);
    return violation;
}

static void the_first_is_told_and_the_others_have_a_line_each(void **state)
{
    struct violation violations[] = {
        of(ORD_05, 2 * SECOND, "one"),
        of(ORD_05, 3 * SECOND, "two"),
        of(SYN_05, 4 * SECOND, "a sync gave seq 9"),
        of(SYN_05, 5 * SECOND, "four"),
    };
    struct buf out = {0};
    (void)state;
    page_of(violations, 4, 28, 2, &out);
    assert_non_null(strstr(out.bytes, "ORD-05 is broken at 2.000s\n"));
    assert_non_null(strstr(out.bytes, "happened: one\n"));
    assert_non_null(strstr(out.bytes, "\n  ORD-05 27 times more\n"));
    assert_non_null(
        strstr(out.bytes, "\n  SYN-05 2 times, first at 4.000s: a sync gave place 9\n"));
    assert_null(strstr(out.bytes, "two"));
    assert_null(strstr(out.bytes, "four"));
    buf_deinit(&out);
}

static void one_alone_has_no_others(void **state)
{
    struct violation violations[] = {of(ORD_05, 2 * SECOND, "one")};
    struct buf out = {0};
    (void)state;
    page_of(violations, 1, 1, 0, &out);
    assert_null(strstr(out.bytes, "What else"));
    buf_clear(&out);
    page_of(violations, 0, 0, 0, &out);
    assert_int_equal(out.len, 0);
    buf_deinit(&out);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_is_told_and_the_others_have_a_line_each),
        cmocka_unit_test(one_alone_has_no_others),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
