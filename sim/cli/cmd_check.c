/* hubbub check. */
#include "sim/cli/check.h"
#include "sim/history/file.h"
#include "sim/recording/recording.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define RECORDERS_MAX 64

static const char help[] =
    "usage: hubbub check HISTORY [flags]\n"
    "       hubbub check --merge HISTORY... [flags]\n"
    "\n"
    "Judges what anybody's clients saw of any chat server: JSON Lines, one event a line,\n"
    "  {\"t\": 12.5, \"who\": \"bob/phone\", \"saw\": \"hello\", \"room\": \"lobby\", \"id\": "
    "\"m1\"}\n"
    "with sent, acked, saw, joined, left, up or down. sim/history/RECORDING.md tells how to write "
    "a\n"
    "recorder in 60 lines, sim/history/FORMAT.md is the specification. Histories that hubbub run\n"
    "wrote are judged too. HISTORY may be - for the standard input.\n"
    "\n"
    "  --profile FILE  what the server promises, as JSON; the default is\n"
    "                  {\"order\": \"room\", \"delivery\": \"effectively once\"}\n"
    "  --merge         several recorders' files of one run, put together by time\n"
    "  --lint          looks at the form only\n"
    "  --json          prints summary.json instead of the page\n"
    "  --known-failures FILE\n"
    "                  what is violated, and listed there until a day, does not count: see\n"
    "                  ci/templates/known-failures.json\n"
    "  --out DIR       writes summary.json; junit.xml and summary.md for CI systems; of a "
    "violated\n"
    "                  history also violation.txt\n"
    "  --quiet         one line instead of the page\n"
    "\n"
    "What could not be judged is listed with the reason, and never counted as held.\n"
    "\n"
    "Exit codes: 0 held or known, 1 violated, 2 bad usage or input, 3 harness failed, 4 "
    "inconclusive\n";

bool lint_wrong(struct lint *lint, const char *path, const char *why)
{
    if (++lint->errors <= ERRORS_TOLD) {
        say_error("hubbub check: %s: %s\n", path, why);
    }
    return lint->on;
}

static bool write_out(const struct args *args, const struct checked *checked,
                      const struct buf *summary, const struct buf *more)
{
    struct buf text = {0};
    bool good = out_write(args, "summary.json", summary);

    for (size_t i = 0; i < checked->violations_len; i++) {
        checked_story(&checked->violations[i], &(struct style){.colours = false}, &text);
    }
    buf_add(&text, more->len > 0 ? more->bytes : "", more->len);
    if (text.len > 0) {
        good = good && out_write(args, "violation.txt", &text);
    }
    buf_deinit(&text);
    return good;
}

static enum exit_code judged(const struct checked *checked)
{
    bool held = false;
    bool violated = false;

    for (size_t i = 0; i < checked->rows_len; i++) {
        held = held || checked->rows[i].result.state == JUDGED_HELD;
        violated = violated || checked->rows[i].result.state == JUDGED_VIOLATED;
    }
    held = held && checked->unclear[0] == 0;
    return violated ? EXIT_VIOLATED : held ? EXIT_HELD : EXIT_INCONCLUSIVE;
}

/* The history's case: its first violation, or why nothing was judged; all of them in the details. */
static struct report_case case_of(const struct checked *checked, const char *file,
                                  const char *command, enum exit_code code, struct buf *details)
{
    struct report_case ret = {.end = code == EXIT_HELD       ? CASE_GOOD
                                     : code == EXIT_VIOLATED ? CASE_BAD
                                                             : CASE_UNCLEAR,
                              .group = "history",
                              .name = checked->name,
                              .word = exit_word(code),
                              .invariant = "",
                              .message = code != EXIT_INCONCLUSIVE  ? ""
                                         : checked->unclear[0] != 0 ? checked->unclear
                                                                    : "nothing could be judged",
                              .file = file,
                              .command = command,
                              .hash = "",
                              .wall_us = checked->wall_us};
    if (checked->violations_len > 0) {
        ret.invariant = checked->violations[0].id;
        ret.message = checked->violations[0].summary;
    }
    buf_reserve(details, 1);
    for (size_t i = 0; i < checked->violations_len; i++) {
        const struct checked_violation *violation = &checked->violations[i];
        buf_printf(details, "%s at %s:%" PRIu64 ": ", violation->id, violation->file,
                   violation->line);
        buf_add_text(details, violation->summary);
        buf_add_char(details, '\n');
    }
    for (size_t i = 0; i < checked->rows_len; i++) {
        const struct checked_row *row = &checked->rows[i];
        if (row->why[0] != 0) {
            buf_printf(details, "%s was not judged: %s\n", row->id, row->why);
        }
    }
    ret.details = details->bytes;
    return ret;
}

/* What repeats it. */
static void command_of(const struct args *args, struct buf *out)
{
    command_add(out, args->merge ? "hubbub check --merge" : "hubbub check", args->files[0]);
    for (uint32_t i = 1; i < args->files_len; i++) {
        command_add(out, "", args->files[i]);
    }
    if (args->profile != NULL) {
        command_add(out, " --profile", args->profile);
    }
}

static bool look_up(const struct args *args, const struct checked *checked, struct known_words *ret)
{
    struct known_subject subject = {
        .what = KNOWN_HISTORY, .names = args->files, .names_len = args->files_len};

    HB_ASSERT(checked->rows_len == INVARIANT_COUNT);
    for (size_t i = 0; i < checked->rows_len; i++) {
        subject.states[i] = (uint8_t)checked->rows[i].result.state;
    }
    return known_look(args, &subject, ret);
}

static void print(const struct args *args, const struct checked *checked, const struct buf *more)
{
    struct buf text = {0};

    if (args->json) {
        checked_summary(checked, &text);
        (void)fputs(text.bytes, stdout);
    } else if (args->quiet) {
        say("%s: %s%s%s\n", checked->name, checked->verdict, checked->known[0] != 0 ? "; " : "",
            checked->known);
    } else {
        const struct style style = style_of(STDOUT_FILENO);
        checked_page(checked, &style, &text);
        page_print(text.bytes);
        page_print(more->len > 0 ? more->bytes : "");
    }
    buf_deinit(&text);
}

enum exit_code check_tell(const struct args *args, struct checked *checked, const struct buf *more)
{
    struct buf summary = {0};
    struct buf details = {0};
    struct buf command = {0};
    struct known_words words;
    struct rusage usage;
    enum exit_code code = judged(checked);

    (void)getrusage(RUSAGE_SELF, &usage);
    checked->peak_rss_bytes = (uint64_t)usage.ru_maxrss * 1024;
    command_of(args, &command);
    const bool known = look_up(args, checked, &words);
    struct report_case of = case_of(checked, args->files[0], command.bytes, code, &details);
    const struct report_cases cases = {HUBBUB_VERSION, "hubbub check", &of, 1};
    known_case(&of, known, &words);
    code = known_code(args, known ? EXIT_HELD : code);
    checked->verdict = known ? KNOWN_WORD : exit_word(judged(checked));
    checked->exit_code = (int)code;
    checked->known = words.text;
    checked_summary(checked, &summary);
    if (!cases_tell(&cases, args) ||
        (args->results != NULL && !write_out(args, checked, &summary, more))) {
        code = EXIT_HARNESS;
        checked->verdict = exit_word(code);
        checked->exit_code = (int)code;
    }
    print(args, checked, more);
    buf_deinit(&summary);
    buf_deinit(&details);
    buf_deinit(&command);
    return code;
}

static enum exit_code check_opened(const struct args *args, struct lines *lines, uint32_t lines_len)
{
    uint32_t histories = 0;
    for (uint32_t i = 0; i < lines_len; i++) {
        histories += lines_start_with(&lines[i], "hubbub-history ");
    }
    if (histories == 0) {
        return check_recordings(args, lines, lines_len);
    }
    if (lines_len > 1 || args->profile != NULL) {
        say_error("hubbub check: %s: a history that hubbub wrote: expected no %s with "
                  "it: it is judged alone, by its own bounds\n",
                  lines[0].path, lines_len > 1 ? "other file" : "--profile");
        return EXIT_INPUT;
    }
    return check_history(args, lines);
}

static const char *const written[] = {"summary.json", "violation.txt", "junit.xml", "summary.md",
                                      NULL};

enum exit_code cmd_check(int argc, char **argv)
{
    struct args args;
    struct lines lines[RECORDERS_MAX];
    uint32_t opened = 0;
    enum exit_code code = EXIT_INPUT;

    if (wants_help(argc, argv)) {
        page_print(help);
        return EXIT_HELD;
    }
    if (!args_parse("check", "--profile --merge --lint --json --out --quiet --known-failures", argc,
                    argv, &args)) {
        return EXIT_INPUT;
    }
    if (args.files_len == 0 || args.files_len > RECORDERS_MAX) {
        say_error("hubbub check: expected a history, got %u; see hubbub check --help\n",
                  (unsigned)args.files_len);
        return EXIT_INPUT;
    }
    if (args.files_len > 1 && !args.merge && !args.lint) {
        say_error("hubbub check: expected one history, got %u: those of several "
                  "recorders of one run are put together by --merge\n",
                  (unsigned)args.files_len);
        return EXIT_INPUT;
    }
    heap_prepare();
    while (opened < args.files_len &&
           lines_open(&lines[opened], args.files[opened], RECORDING_LINE_BYTES_MAX)) {
        opened++;
    }
    if (opened == args.files_len && known_open(&args, "hubbub check") &&
        (args.lint || out_open(&args, "hubbub check", written, false))) {
        code = check_opened(&args, lines, opened);
    }
    for (uint32_t i = 0; i < opened; i++) {
        if (!lines_close(&lines[i])) {
            code = EXIT_INPUT;
        }
    }
    known_close(&args, code != EXIT_INPUT);
    results_close(&args.results);
    return code;
}
