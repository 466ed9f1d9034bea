/* Cases for CI systems: the forms are valid whatever the texts, and say what they were given. */
#include "reports/annotations.h"
#include "reports/junit.h"
#include "reports/markdown.h"
#include "server/base/tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FFFD "\xef\xbf\xbd"

/* Markup, ends of sections, quotes, line ends, controls, invalid and cut UTF-8, U+FFFF, right-to-left. */
static const char hostile[] =
    "<a href=\"x\"> ]]> & 'q' | `c` \\ @x\tt\r\nl \x01\x1b[31m\x7f \xc0\xaf "
    "\xff \xed\xa0\x80 \xef\xbf\xbf \xc2\x85 \xd7\xa9 %0A::error::\xf0\x9f";
/* The same, as a reader of XML gets it. */
static const char hostile_read[] =
    "<a href=\"x\"> ]]> & 'q' | `c` \\ @x\tt\r\nl " FFFD FFFD "[31m" FFFD " " FFFD FFFD " " FFFD
    " " FFFD FFFD FFFD " " FFFD " " FFFD " \xd7\xa9 %0A::error::" FFFD FFFD;

static struct report_case plain(uint64_t seed)
{
    return (struct report_case){.end = CASE_GOOD,
                                .group = "city",
                                .seed = seed,
                                .word = "held",
                                .invariant = "",
                                .message = "",
                                .details = "",
                                .file = "",
                                .command = "",
                                .hash = "",
                                .wall_us = 1500000};
}

static struct report_case nasty(enum case_end end)
{
    return (struct report_case){end,     hostile, hostile, 0,       hostile, hostile,
                                hostile, hostile, hostile, hostile, hostile, 2250001};
}

static struct report_cases listed(const struct report_case *cases, size_t len)
{
    return (struct report_cases){"0.1.0", "hubbub swarm", cases, len};
}

/* Runs xmllint over the text; gives what it prints, without the last line end, and its status. */
static struct buf xmllint(const char *arguments, const struct buf *xml, int *ret_status)
{
    char path[32] = "/tmp/hubbub-junit-";
    char command[400];
    char chunk[4096];
    struct buf ret = {0};

    memset(path + strlen(path), 'X', 6); /* whole, it would look like a leftover marker */
    const int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, xml->bytes, xml->len), (ssize_t)xml->len);
    (void)close(file);
    (void)snprintf(command, sizeof command, "xmllint %s %s 2>&1", arguments, path);
    FILE *out = popen(command, "r");
    assert_non_null(out);
    buf_reserve(&ret, 1);
    for (size_t len = 0; (len = fread(chunk, 1, sizeof chunk, out)) > 0;) {
        buf_add(&ret, chunk, len);
    }
    *ret_status = pclose(out);
    (void)unlink(path);
    if (ret.len > 0) {
        ret.bytes[--ret.len] = 0;
    }
    return ret;
}

static void assert_valid(const struct buf *xml)
{
    int status;
    struct buf told = xmllint("--noout --schema reports/tests/junit.xsd", xml, &status);
    if (status != 0) {
        fail_msg("%s\n%s", told.bytes, xml->bytes);
    }
    buf_deinit(&told);
}

/* What other tools write is taken, what CI systems would not read is refused. */
static void the_schema_takes_and_refuses(void **state)
{
    static const struct {
        const char *inner;
        bool valid;
    } rows[] = {
        {"<testcase name='a'/>", true},
        {"<testcase name='a' classname='c' time='1,234.5'><skipped/><system-out>x</system-out>"
         "</testcase><testsuite name='n' tests='1' failures='0' errors='0' time='1,234.50'/>",
         true},
        {"<testcase name='a'><rerunFailure type='t'>x</rerunFailure></testcase>", true},
        {"<testcase/>", false},
        {"<testcase name='a' file='x.c'/>", false},
        {"<testcase name='a'><passed/></testcase>", false},
        {"<testcase name='a'><failure kind='x'/></testcase>", false},
        {"<testcase name='a'><rerunFailure>x</rerunFailure></testcase>", false},
        {"<testsuite name='n' tests='1' failures='0'/>", false},
        {"<testsuite name='n' tests='1' failures='0' errors='0' time='1 s'/>", false},
        {"<testsuite name='n' tests='1' failures='0' errors='0' time='1,23'/>", false},
        {"<properties><property name='a'/></properties>", false},
        {"text", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf xml = {0};
        int status;
        buf_printf(&xml,
                   "<testsuites><testsuite name='s' tests='1' failures='0' errors='0'>%s"
                   "</testsuite></testsuites>",
                   rows[i].inner);
        struct buf told = xmllint("--noout --schema reports/tests/junit.xsd", &xml, &status);
        if ((status == 0) != rows[i].valid) {
            fail_msg("%s: %s", rows[i].inner, told.bytes);
        }
        buf_deinit(&told);
        buf_deinit(&xml);
    }
}

static void assert_reads(const struct buf *xml, const char *path, const char *expected)
{
    char arguments[300];
    (void)snprintf(arguments, sizeof arguments, "--xpath 'string(%s)'", path);
    int status;
    struct buf got = xmllint(arguments, xml, &status);
    assert_int_equal(status, 0);
    assert_string_equal(got.bytes, expected);
    buf_deinit(&got);
}

static void junit_follows_the_schema_and_counts(void **state)
{
    struct report_case cases[6] = {plain(1), plain(2), plain(UINT64_MAX),
                                   plain(4), plain(5), plain(6)};
    struct buf xml = {0};
    (void)state;
    cases[1].end = CASE_BAD;
    cases[1].word = "violated";
    cases[1].invariant = "ORD-05";
    cases[1].message = "two orders";
    cases[1].command = "hubbub replay out/plan.json";
    cases[3].end = CASE_UNCLEAR;
    cases[3].word = "inconclusive";
    cases[3].group = cases[4].group = "quiet";
    cases[5].end = CASE_KNOWN;
    cases[5].group = "quiet";
    cases[5].message = "known until 2026-12-31: the gap";
    struct report_cases all = listed(cases, 6);
    report_junit(&all, &xml);
    assert_valid(&xml);
    assert_reads(&xml, "/testsuites/@tests", "6");
    assert_reads(&xml, "/testsuites/@failures", "1");
    assert_reads(&xml, "/testsuites/@errors", "1");
    assert_reads(&xml, "/testsuites/@time", "9.000000");
    assert_reads(&xml, "count(//testsuite)", "2");
    assert_reads(&xml, "//testsuite[1]/@tests", "3");
    assert_reads(&xml, "//testsuite[2]/@errors", "1");
    assert_reads(&xml, "//testsuite[1]/@skipped", "0");
    assert_reads(&xml, "//testsuite[2]/@skipped", "1");
    assert_reads(&xml, "//skipped/@message", "known until 2026-12-31: the gap");
    assert_reads(&xml, "//testcase[failure]/@name", "seed 2");
    assert_reads(&xml, "//failure/@type", "ORD-05");
    assert_reads(&xml, "//failure/@message", "two orders");
    assert_reads(&xml, "contains(//failure, \"hubbub replay out/plan.json\")", "true");
    assert_reads(&xml, "//error/@type", "inconclusive");
    assert_reads(&xml, "//testcase[3]/@name", "seed 18446744073709551615");
    buf_deinit(&xml);
    all.len = 0;
    report_junit(&all, &xml);
    assert_valid(&xml);
    buf_deinit(&xml);
}

static void junit_is_read_back_whatever_the_names(void **state)
{
    const struct report_case cases[2] = {nasty(CASE_BAD), nasty(CASE_GOOD)};
    struct report_cases all = listed(cases, 2);
    struct buf xml = {0};
    struct buf expected = {0};
    (void)state;
    all.title = hostile;
    all.version = hostile;
    report_junit(&all, &xml);
    assert_valid(&xml);
    assert_reads(&xml, "//testsuites/@name", hostile_read);
    assert_reads(&xml, "//property/@value", hostile_read);
    assert_reads(&xml, "//testcase[2]/@name", hostile_read);
    assert_reads(&xml, "//failure/@message", hostile_read);
    buf_printf(&expected, "%sLook at: %s\nHash:    %s\nRepeat:  %s\n", hostile_read, hostile_read,
               hostile_read, hostile_read);
    assert_reads(&xml, "//failure", expected.bytes);
    buf_deinit(&expected);
    buf_deinit(&xml);
}

/* How many bars of a line divide cells. */
static int bars(const char *line)
{
    int count = 0;
    for (; *line != 0 && *line != '\n'; line++) {
        count += *line == '|';
        line += *line == '\\' && line[1] != 0;
    }
    return count;
}

static void markdown_keeps_its_table_whatever_the_names(void **state)
{
    const struct report_case cases[2] = {nasty(CASE_BAD), plain(7)};
    const struct report_cases all = listed(cases, 2);
    struct buf page = {0};
    int rows = 0;
    (void)state;
    report_markdown(&all, &page);
    for (const char *end, *line = page.bytes; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        if (*line == '|') {
            assert_int_equal(bars(line), 6);
            rows++;
        }
    }
    assert_int_equal(rows, 3);
    assert_non_null(
        strstr(page.bytes, "&lt;a href=\"x\"\\> \\]\\]\\> \\& 'q' \\| \\`c\\` \\\\ \\@x t"));
    assert_non_null(strstr(page.bytes, "1 good, 1 violated, 0 unclear"));
    assert_null(strstr(page.bytes, "seed 7"));
    for (size_t i = 0; i < page.len; i++) {
        assert_true(page.bytes[i] == '\n' || (unsigned char)page.bytes[i] >= 0x20);
    }
    buf_deinit(&page);
}

static void what_is_too_much_for_a_page_is_counted(void **state)
{
    struct report_case cases[80];
    struct report_cases all = listed(cases, 80);
    struct buf page = {0};
    (void)state;
    for (size_t i = 0; i < 80; i++) {
        cases[i] = plain(i);
        const bool known = i % 3 == 0;
        cases[i].end = i >= 77 ? CASE_GOOD : known ? CASE_KNOWN : CASE_BAD;
        cases[i].word = known ? "known" : "violated";
    }
    report_markdown(&all, &page);
    assert_non_null(strstr(page.bytes, "and 27 more"));
    assert_non_null(strstr(page.bytes, "3 good, 51 violated, 0 unclear, 26 known"));
    assert_non_null(strstr(page.bytes, "| seed 74 |"));
    assert_null(strstr(page.bytes, "| seed 76 |"));
    assert_null(strstr(page.bytes, "| known |")); /* what is not known goes before */
    buf_clear(&page);
    report_annotations(&all, &page);
    assert_non_null(strstr(
        page.bytes, "seed 14 of city::violated%0Aand 41 more: junit.xml of --out has them all\n"));
    assert_null(strstr(page.bytes, "seed 16 of"));
    buf_clear(&page);
    all.len = 1;
    cases[0].end = CASE_GOOD;
    cases[0].word = "held";
    report_markdown(&all, &page);
    assert_non_null(strstr(page.bytes, "| city | seed 0 | held |"));
    buf_clear(&page);
    report_annotations(&all, &page);
    assert_int_equal(page.len, 0);
    buf_deinit(&page);
}

static void an_annotation_is_one_line_and_one_command(void **state)
{
    struct report_case cases[2] = {nasty(CASE_BAD), plain(3)};
    const struct report_cases all = listed(cases, 2);
    struct buf lines = {0};
    (void)state;
    cases[1].end = CASE_UNCLEAR;
    cases[1].word = "inconclusive";
    cases[1].message = "no message, 100%: none";
    cases[1].file = "scenarios/a,b:c.json";
    report_annotations(&all, &lines);
    const char *second = strchr(lines.bytes, '\n');
    assert_non_null(second);
    assert_string_equal(second + 1, "::warning file=scenarios/a%2Cb%3Ac.json,title=seed 3 of city::"
                                    "inconclusive: no message, 100%25: none\n");
    assert_int_equal(strncmp(lines.bytes, "::error file=<a href=\"x\"> ", 26), 0);
    assert_null(memchr(lines.bytes, '\r', lines.len));
    assert_non_null(strstr(lines.bytes, "%250A%3A%3Aerror%3A%3A"));
    buf_deinit(&lines);
}

static void a_report_becomes_a_case(void **state)
{
    static const struct tally_fault faults[] = {{"redis_cut", 3, 2, 1, false},
                                                {"half_open", 9, 3, 1, true}};
    struct violation violation = {.invariant = ORD_06, .at_us = 1234567};
    struct judgement judgement = {
        .verdict = VERDICT_VIOLATED, .violations = &violation, .violations_len = 1};
    struct tally tally = {.faults = faults, .faults_len = 2};
    const struct report report = {.scenario = "city",
                                  .seed = 7,
                                  .hash = "ab",
                                  .command = "hubbub run x",
                                  .judgement = &judgement,
                                  .tally = &tally,
                                  .wall_us = 5};
    struct buf details = {0};
    (void)state;
    (void)snprintf(violation.summary, sizeof violation.summary, "out of order");
    struct report_case of = report_case_of(&report, "x.json", &details);
    assert_int_equal(of.end, CASE_BAD);
    assert_string_equal(of.invariant, "ORD-06");
    assert_string_equal(of.message, "out of order");
    assert_string_equal(of.details, "ORD-06 at 1.234567 s: out of order\n");
    judgement.violations_len = 0;
    judgement.verdict = VERDICT_INCONCLUSIVE;
    (void)snprintf(judgement.inconclusive_why, sizeof judgement.inconclusive_why,
                   "no message was committed");
    buf_clear(&details);
    of = report_case_of(&report, "x.json", &details);
    assert_int_equal(of.end, CASE_UNCLEAR);
    assert_string_equal(of.message, "no message was committed");
    assert_string_equal(of.details, "redis_cut: 2 of 3 planned fired\n");
    tally.faults_len = 0;
    judgement.verdict = VERDICT_HELD;
    buf_clear(&details);
    judgement.inconclusive_why[0] = 0;
    of = report_case_of(&report, "x.json", &details);
    assert_int_equal(of.end, CASE_GOOD);
    buf_deinit(&details);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schema_takes_and_refuses),
        cmocka_unit_test(junit_follows_the_schema_and_counts),
        cmocka_unit_test(junit_is_read_back_whatever_the_names),
        cmocka_unit_test(markdown_keeps_its_table_whatever_the_names),
        cmocka_unit_test(what_is_too_much_for_a_page_is_counted),
        cmocka_unit_test(an_annotation_is_one_line_and_one_command),
        cmocka_unit_test(a_report_becomes_a_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
