/* Known failures: what a list says of what is met, and what is no list. */
#include "server/base/tests/test.h"
#include "sim/explore/known.h"

#include <stdio.h>
#include <string.h>

#define TODAY "2026-11-26"

#define ENTRY(what, invariant, until, more)                                                        \
    "{" what ", \"invariant\": \"" invariant "\", \"until\": \"" until                             \
    "\", \"reason\": \"why\"" more "}"

static const char list[] =
    "{\"note\": \"x\", \"known\": [" ENTRY("\"scenario\": \"city\"", "ORD-05", "2026-12-31", "") "," ENTRY(
        "\"scenario\": \"city\"", "SYN-02", TODAY,
        ",\"strict\": true") "," ENTRY("\"scenario\": \"city\"", "SYN-01", "2026-11-25",
                                       "") "," ENTRY("\"scenario\": \"city\", \"seed\": "
                                                     "\"18446744073709551615\"",
                                                     "HLC-02", "2027-01-01",
                                                     "") "," ENTRY("\"scenario\": \"city\", "
                                                                   "\"seed\": 7",
                                                                   "HLC-03", "2027-01-01",
                                                                   "") "," ENTRY("\"plan\": "
                                                                                 "\"plans/a.json\"",
                                                                                 "ORD-05",
                                                                                 "2028-02-29",
                                                                                 "") "," ENTRY("\"h"
                                                                                               "ist"
                                                                                               "ory"
                                                                                               "\":"
                                                                                               " \""
                                                                                               "h."
                                                                                               "jso"
                                                                                               "nl"
                                                                                               "\"",
                                                                                               "SYN"
                                                                                               "-0"
                                                                                               "1",
                                                                                               "202"
                                                                                               "7-"
                                                                                               "01-"
                                                                                               "01",
                                                                                               "") "]}";

static struct known *list_of(const char *text)
{
    struct known *known = NULL;
    struct buf why = {0};
    if (known_read(text, strlen(text), TODAY, &known, &why) != HB_OK) {
        fail_msg("%s", why.bytes);
    }
    buf_deinit(&why);
    return known;
}

/* Everything was judged; `violated` is not INVARIANT_COUNT: these two were violated. */
static struct known_subject subject(enum known_what what, const char *const *name, uint64_t seed,
                                    enum invariant violated, enum invariant too)
{
    struct known_subject ret = {.what = what, .names = name, .names_len = 1, .seed = seed};
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        const bool is = i == (int)violated || i == (int)too;
        ret.states[i] = is ? JUDGED_VIOLATED : JUDGED_HELD;
    }
    return ret;
}

static void what_is_violated_is_known_if_all_of_it_is_listed(void **state)
{
    static const struct {
        enum known_what what;
        const char *name;
        uint64_t seed;
        enum invariant violated, too;
        enum known_end end;
        const char *why;
    } rows[] = {
        {KNOWN_SCENARIO, "city", 1, INVARIANT_COUNT, INVARIANT_COUNT, KNOWN_NOT, ""},
        {KNOWN_SCENARIO, "city", 1, ORD_05, ORD_05, KNOWN_IS,
         "ORD-05, known until 2026-12-31: why"},
        {KNOWN_SCENARIO, "city", 1, SYN_02, SYN_02, KNOWN_IS, "SYN-02, known until " TODAY ": why"},
        {KNOWN_SCENARIO, "city", 1, ORD_05, SYN_02, KNOWN_IS,
         "ORD-05, known until 2026-12-31: why"},
        {KNOWN_SCENARIO, "city", 1, ORD_05, ORD_06, KNOWN_NOT, ""},
        {KNOWN_SCENARIO, "city", 1, SYN_01, SYN_01, KNOWN_OVER,
         "SYN-01, known until 2026-11-25, which is over: why"},
        {KNOWN_SCENARIO, "city", 1, ORD_05, SYN_01, KNOWN_OVER,
         "SYN-01, known until 2026-11-25, which is over: why"},
        {KNOWN_SCENARIO, "city2", 1, ORD_05, ORD_05, KNOWN_NOT, ""},
        {KNOWN_SCENARIO, "x/city", 1, ORD_05, ORD_05, KNOWN_NOT, ""},
        {KNOWN_SCENARIO, "city", UINT64_MAX, HLC_02, HLC_02, KNOWN_IS,
         "HLC-02, known until 2027-01-01: why"},
        {KNOWN_SCENARIO, "city", 1, HLC_02, HLC_02, KNOWN_NOT, ""},
        {KNOWN_SCENARIO, "city", 7, HLC_03, HLC_03, KNOWN_IS,
         "HLC-03, known until 2027-01-01: why"},
        {KNOWN_PLAN, "city", 1, ORD_05, ORD_05, KNOWN_NOT, ""},
        {KNOWN_PLAN, "plans/a.json", 1, ORD_05, ORD_05, KNOWN_IS,
         "ORD-05, known until 2028-02-29: why"},
        {KNOWN_PLAN, "/x/plans/a.json", 1, ORD_05, ORD_05, KNOWN_IS,
         "ORD-05, known until 2028-02-29: why"},
        {KNOWN_PLAN, "myplans/a.json", 1, ORD_05, ORD_05, KNOWN_NOT, ""},
        {KNOWN_PLAN, "a.json", 1, ORD_05, ORD_05, KNOWN_NOT, ""},
        {KNOWN_HISTORY, "/tmp/h.jsonl", 1, SYN_01, SYN_01, KNOWN_IS,
         "SYN-01, known until 2027-01-01: why"},
    };
    struct known *known = list_of(list);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct known_subject met =
            subject(rows[i].what, &rows[i].name, rows[i].seed, rows[i].violated, rows[i].too);
        char why[KNOWN_WHY_MAX];
        assert_int_equal(known_meet(known, &met, why), rows[i].end);
        assert_string_equal(why, rows[i].why);
    }
    known_free(&known);
}

static void a_pass_is_told_only_where_it_was_judged_and_never_failed(void **state)
{
    static const char *const name = "city";
    struct known *known = list_of(list);
    struct known_subject met = subject(KNOWN_SCENARIO, &name, 1, INVARIANT_COUNT, INVARIANT_COUNT);
    struct buf told = {0};
    char why[KNOWN_WHY_MAX];
    (void)state;
    assert_int_equal(known_tell(known, &told), 0); /* nothing was met */
    assert_int_equal(told.len, 0);
    met.states[SYN_02] = JUDGED_NOT_EXERCISED;
    (void)known_meet(known, &met, why);
    assert_int_equal(known_tell(known, &told), 0); /* the strict one was not judged */
    assert_non_null(strstr(told.bytes, "Unexpected pass: ORD-05 of city "));
    assert_non_null(strstr(told.bytes, "held in each of 1 cases"));
    assert_non_null(strstr(told.bytes, "is known[0] still needed?\n"));
    assert_null(strstr(told.bytes, "SYN-02"));
    assert_null(strstr(told.bytes, "HLC-02")); /* of another seed */
    assert_null(strstr(told.bytes, "a.json"));
    met.states[SYN_02] = JUDGED_HELD;
    met.states[ORD_05] = met.states[SYN_01] = JUDGED_VIOLATED;
    (void)known_meet(known, &met, why);
    buf_clear(&told);
    assert_int_equal(known_tell(known, &told), 1);
    assert_int_equal(known_tell(known, NULL), 1);
    assert_null(strstr(told.bytes, "ORD-05")); /* it failed once */
    assert_non_null(strstr(told.bytes, "Unexpected pass: SYN-02 "));
    assert_non_null(strstr(told.bytes, "exit code 4"));
    assert_non_null(strstr(told.bytes, "Known until 2026-11-25, which is over: SYN-01 of city "
                                       "(known[2]: why): it counts again\n"));
    known_free(&known);
    buf_deinit(&told);
}

static void what_is_no_list_is_told_with_its_place(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "line 1, column 1: there is nothing: expected a JSON object"},
        {"[]", "line 1, column 1: expected a JSON object"},
        {"{}", "known: expected an array, got nothing"},
        {"{\"known\": {}}", "known: expected an array, got an object"},
        {"{\"known\": [7]}", "known[0]: expected an object, got 7"},
        {"{\"knwon\": []}", "knwon: unknown field; expected one of known"},
        {"{\"known\": [{}]}", "known[0].scenario: expected one of \"scenario\", \"plan\" and"},
        {"{\"known\": [" ENTRY("\"scenario\": \"a\", \"plan\": \"b\"", "ORD-05", TODAY, "") "]}",
         "known[0].plan: expected one of \"scenario\", \"plan\" and \"history\""},
        {"{\"known\": [" ENTRY("\"plan\": \"b\", \"seed\": 1", "ORD-05", TODAY, "") "]}",
         "known[0].seed: expected nothing: only a scenario has seeds"},
        {"{\"known\": [" ENTRY("\"scenario\": \"b\", \"seed\": \"07\"", "ORD-05", TODAY, "") "]}",
         "known[0].seed: expected an integer"},
        {"{\"known\": [" ENTRY("\"scenario\": \"b\", \"seed\": -1", "ORD-05", TODAY, "") "]}",
         "known[0].seed: expected an integer"},
        {"{\"known\": [" ENTRY("\"scenario\": \"\"", "ORD-05", TODAY, "") "]}",
         "known[0].scenario: expected a text"},
        {"{\"known\": [" ENTRY("\"scenario\": \"a\\nb\"", "ORD-05", TODAY, "") "]}",
         "known[0].scenario: expected one line of text"},
        {"{\"known\": [" ENTRY("\"plan\": \"b\"", "ORD-99", TODAY, "") "]}",
         "known[0].invariant: expected the id of an invariant (hubbub list), got \"ORD-99\""},
        {"{\"known\": [" ENTRY("\"plan\": \"b\"", "ORD-05", "2026-02-29", "") "]}",
         "known[0].until: expected a day such as \"2026-12-31\", got \"2026-02-29\""},
        {"{\"known\": [" ENTRY("\"plan\": \"b\"", "ORD-05", "2026-13-01", "") "]}",
         "known[0].until"},
        {"{\"known\": [" ENTRY("\"plan\": \"b\"", "ORD-05", "2026-00-01", "") "]}",
         "known[0].until"},
        {"{\"known\": [" ENTRY("\"plan\": \"b\"", "ORD-05", "2026-11-31", "") "]}",
         "known[0].until"},
        {"{\"known\": [" ENTRY("\"plan\": \"b\"", "ORD-05", "26-11-30", "") "]}", "known[0].until"},
        {"{\"known\": [" ENTRY("\"plan\": \"b\"", "ORD-05", "2100-02-29", "") "]}",
         "known[0].until"},
        {"{\"known\": [" ENTRY("\"plan\": \"b\"", "ORD-05", TODAY, ",\"strict\": 1") "]}",
         "known[0].strict: expected true or false, got 1"},
        {"{\"known\": [{\"plan\": \"b\", \"invariant\": \"ORD-05\", \"until\": \"" TODAY "\"}]}",
         "known[0].reason: expected a text, got nothing"},
        {"{\"known\": [" ENTRY("\"plan\": \"b\"", "ORD-05", TODAY, "") "," ENTRY(
             "\"plan\": \"b\"", "ORD-05", TODAY, ",\"owner\": \"me\"") "]}",
         "known[1].owner: unknown field; expected one of scenario, plan, history, seed, invariant, "
         "until, reason, strict"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct known *known = NULL;
        struct buf why = {0};
        assert_int_equal(known_read(rows[i].text, strlen(rows[i].text), TODAY, &known, &why),
                         HB_EFIELD);
        if (strncmp(why.bytes, rows[i].why, strlen(rows[i].why)) != 0) {
            fail_msg("%s: %s", rows[i].text, why.bytes);
        }
        buf_deinit(&why);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_violated_is_known_if_all_of_it_is_listed),
        cmocka_unit_test(a_pass_is_told_only_where_it_was_judged_and_never_failed),
        cmocka_unit_test(what_is_no_list_is_told_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
