/* hubbub diff: where two runs part. */
#include "reports/shown.h"
#include "sim/cli/compare.h"
#include "sim/cli/lines.h"
#include "sim/cli/replay.h"
#include "sim/look/sides.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define BEFORE     8  /* lines that both have, before the first that differs */
#define AFTER      20 /* lines of each from there on */
#define LINE_BYTES 4096

static const char help[] =
    "usage: hubbub diff A B\n"
    "       hubbub diff --history A B\n"
    "\n"
    "Runs two plans and says where they part: their verdicts and counts side by side, and the "
    "first\n"
    "event that differs, with what it brings about in each. A and B are plans, or folders that\n"
    "`hubbub run --out` wrote.\n"
    "\n"
    "  --history  compares two recorded histories instead (history.txt, or the folders that have "
    "one),\n"
    "             line by line, and runs nothing\n"
    "\n"
    "Plans that know their hash of this very node library, and have the same, are not run.\n"
    "\n"
    "Exit codes: 0 the same, 1 they part, 2 bad usage or input, 3 harness failed\n";

/* As a terminal may be given it. */
static void add_shown(struct buf *out, const char *bytes, size_t len)
{
    struct buf text = {0};

    buf_add(&text, bytes, len);
    buf_reserve(&text, 1);
    text.bytes[text.len] = 0;
    shown_text(out, text.bytes);
    buf_deinit(&text);
}

/* The file that is meant: of a folder, `name` within it. */
static void path_of(const char *given, const char *name, struct buf *ret)
{
    buf_add_text(ret, given);
    if (is_folder(given)) {
        buf_printf(ret, "%s%s", given[strlen(given) - 1] == '/' ? "" : "/", name);
    }
}

static enum exit_code diff_plans(const char *const given[2])
{
    struct loaded_plan loaded[2];
    struct buf paths[2] = {{0}, {0}};
    struct buf titles[2] = {{0}, {0}};
    uint32_t good = 0;
    bool parted = false;

    for (; good < 2; good++) {
        path_of(given[good], "plan.json", &paths[good]);
        if (!plan_load(paths[good].bytes, &loaded[good])) {
            break;
        }
    }
    if (good == 2) {
        add_shown(&titles[0], given[0], strlen(given[0]));
        add_shown(&titles[1], given[1], strlen(given[1]));
        const struct compared compared = {.titles = {titles[0].bytes, titles[1].bytes},
                                          .plans = {&loaded[0].plan, &loaded[1].plan},
                                          .scenarios = {loaded[0].scenario, loaded[1].scenario},
                                          .small = {loaded[0].expect.small, loaded[1].expect.small},
                                          .expects = {&loaded[0].expect, &loaded[1].expect}};
        (void)compare(&compared, &parted);
    }
    for (uint32_t i = 0; i < good; i++) {
        plan_unload(&loaded[i]);
    }
    buf_deinit(&paths[0]);
    buf_deinit(&paths[1]);
    buf_deinit(&titles[0]);
    buf_deinit(&titles[1]);
    return good < 2 ? EXIT_INPUT : parted ? EXIT_VIOLATED : EXIT_HELD;
}

/* --- Histories ------------------------------------------------------------------------------ */

struct histories {
    struct lines lines[2];
    struct buf before[BEFORE]; /* ring, of what both have */
    uint64_t same;             /* lines */
    struct buf after[2];
    bool parted;
};

static void keep(struct histories *histories, const char *line, size_t len)
{
    struct buf *at = &histories->before[histories->same++ % BEFORE];

    buf_clear(at);
    buf_add(at, line, len);
}

/* To the first line that differs, and some behind it. */
static void read_both(struct histories *histories)
{
    const char *line[2] = {"", ""};
    size_t len[2];
    bool more[2] = {true, true};

    while (!histories->parted && (more[0] || more[1])) {
        more[0] = lines_next(&histories->lines[0], &line[0], &len[0]);
        more[1] = lines_next(&histories->lines[1], &line[1], &len[1]);
        if (more[0] && more[1] && len[0] == len[1] && memcmp(line[0], line[1], len[0]) == 0) {
            keep(histories, line[0], len[0]);
        } else {
            histories->parted = more[0] || more[1];
        }
    }
    for (int i = 0; i < 2 && histories->parted; i++) {
        for (int n = 0; n < AFTER && more[i]; n++) {
            add_shown(&histories->after[i], line[i], len[i]);
            buf_add_char(&histories->after[i], '\n');
            more[i] = lines_next(&histories->lines[i], &line[i], &len[i]);
        }
    }
}

static void tell_histories(const struct histories *histories, const struct buf titles[2])
{
    const struct style style = style_of(STDOUT_FILENO);
    struct buf before = {0};
    struct buf out = {0};

    if (!histories->parted) {
        say("The same history, %" PRIu64 " lines\n", histories->same);
        return;
    }
    buf_printf(&out,
               "They part at line %" PRIu64 "; what is before it is of both, - of %s, + of %s:\n",
               histories->same + 1, titles[0].bytes, titles[1].bytes);
    for (uint64_t i = histories->same > BEFORE ? histories->same - BEFORE : 0; i < histories->same;
         i++) {
        const struct buf *at = &histories->before[i % BEFORE];
        add_shown(&before, at->len > 0 ? at->bytes : "", at->len);
        buf_add_char(&before, '\n');
    }
    sides(&out, &before, &before, 0);
    sides(&out, &histories->after[0], &histories->after[1], style.columns);
    page_print(out.bytes);
    buf_deinit(&before);
    buf_deinit(&out);
}

static enum exit_code diff_histories(const char *const given[2])
{
    struct histories histories = {.same = 0};
    struct buf paths[2] = {{0}, {0}};
    uint32_t opened = 0;
    bool good = true;

    for (; opened < 2 && good; opened += good) {
        path_of(given[opened], "history.txt", &paths[opened]);
        good = lines_open(&histories.lines[opened], paths[opened].bytes, LINE_BYTES);
    }
    if (good) {
        read_both(&histories);
    }
    for (uint32_t i = 0; i < opened; i++) {
        good = lines_close(&histories.lines[i]) && good;
    }
    if (good) {
        struct buf titles[2] = {{0}, {0}};
        add_shown(&titles[0], given[0], strlen(given[0]));
        add_shown(&titles[1], given[1], strlen(given[1]));
        tell_histories(&histories, titles);
        buf_deinit(&titles[0]);
        buf_deinit(&titles[1]);
    }
    for (int i = 0; i < BEFORE; i++) {
        buf_deinit(&histories.before[i]);
    }
    for (int i = 0; i < 2; i++) {
        buf_deinit(&histories.after[i]);
        buf_deinit(&paths[i]);
    }
    return !good ? EXIT_INPUT : histories.parted ? EXIT_VIOLATED : EXIT_HELD;
}

enum exit_code cmd_diff(int argc, char **argv)
{
    struct args args;

    if (wants_help(argc, argv)) {
        page_print(help);
        return EXIT_HELD;
    }
    if (!args_parse("diff", "--history", argc, argv, &args)) {
        return EXIT_INPUT;
    }
    if (args.files_len != 2) {
        say_error("hubbub diff: expected two plans, got %u; see hubbub diff --help\n",
                  (unsigned)args.files_len);
        return EXIT_INPUT;
    }
    return args.history ? diff_histories(args.files) : diff_plans(args.files);
}
