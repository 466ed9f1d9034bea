/* hubbub replay: one plan with its page, or many with a line each. */
#include "sim/cli/cli.h"
#include "sim/explore/plan_file.h"
#include "sim/explore/run.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_CAP 4096

static const char help[] =
    "usage: hubbub replay PLAN [--verify] [--out DIR] [--quiet]\n"
    "       hubbub replay DIR|PLAN... [--accept-fixed] [--out DIR]\n"
    "\n"
    "Runs a plan that `hubbub run --out` or `hubbub swarm --out` wrote: the same run, bit for "
    "bit.\n"
    "Take faults or actions out of it by naming them in its \"drop\": [\"fault4\", "
    "\"c17.send#3\"].\n"
    "A plan says what it expects, and the replay what has become of it:\n"
    "\n"
    "  same               held, or violated by the same invariant, as expected. The hash is "
    "compared\n"
    "                     where the node library is the plan's and the plan was not edited\n"
    "  fixed              it was to be violated, and holds\n"
    "  fails differently  it was to hold, or to be violated by another invariant\n"
    "  diverged           it is no longer that run: fewer people act, or do less; a planned fault "
    "did\n"
    "                     not fire; or the hash is another where it is compared: the line says "
    "between\n"
    "                     which events, as close as the plan's checkpoints are\n"
    "\n"
    "A folder's plans (its *.json), or several, are told in a line each.\n"
    "\n"
    "  --verify        runs two worlds in lockstep too, and names the first event that differs\n"
    "  --accept-fixed  \"fixed\" among several is good; else it asks for the plan to be moved on\n"
    "  --known-failures FILE\n"
    "                  what fails differently, and is listed there until a day, does not count: "
    "see\n"
    "                  ci/templates/known-failures.json\n"
    "  --out DIR       writes junit.xml and summary.md; of one plan all that `hubbub run` writes\n"
    "  --quiet         one line instead of the page; of several only those that are not as "
    "expected\n"
    "\n"
    "Exit codes: 0 as expected, or a single plan is fixed; 1 fails differently; 2 bad usage or "
    "input,\n"
    "3 harness failed, 4 diverged, or one of several is fixed. A plan that expects nothing: as of\n"
    "hubbub run\n";

static const char *const written_of_one[] = {
    "summary.json", "plan.json", "junit.xml", "summary.md", "history.txt", "violation.txt", NULL};
static const char *const written[] = {"junit.xml", "summary.md", NULL};

struct loaded_plan {
    struct plan plan;
    struct scenario *scenario;
    struct expect expect;
};

/* Prints one line on an error. */
static bool load(const char *path, struct loaded_plan *ret)
{
    struct buf text = {0};
    struct buf why = {0};
    bool good = file_read(path, &text);

    if (good &&
        plan_read(text.bytes, text.len, &ret->plan, &ret->scenario, &ret->expect, &why) != HB_OK) {
        say_error("hubbub replay: %s: %s\n", path, why.bytes);
        good = false;
    }
    if (good && strcmp(ret->expect.version, HUBBUB_VERSION) != 0) {
        say_error("hubbub replay: %s: written by hubbub %s, and this is %s: it may be another "
                  "run\n",
                  path, ret->expect.version, HUBBUB_VERSION);
    }
    buf_deinit(&text);
    buf_deinit(&why);
    return good;
}

static void unload(struct loaded_plan *loaded)
{
    plan_deinit(&loaded->plan);
    scenario_free(&loaded->scenario);
}

static enum exit_code replay_one(const char *path, struct args *args)
{
    struct loaded_plan loaded;
    struct buf command = {0};

    if (!load(path, &loaded)) {
        return EXIT_INPUT;
    }
    command_add(&command, "hubbub replay", path);
    const struct execution execution = {.title = "hubbub replay",
                                        .plan = &loaded.plan,
                                        .scenario = loaded.scenario,
                                        .args = args,
                                        .command = command.bytes,
                                        .file = path,
                                        .small = loaded.expect.small,
                                        .expect = &loaded.expect};
    const enum exit_code code =
        out_open(args, "hubbub replay", written_of_one, false) ? execute(&execution) : EXIT_INPUT;
    unload(&loaded);
    buf_deinit(&command);
    return code;
}

/* --- Several -------------------------------------------------------------------------------- */

struct told { /* what a case borrows */
    char *path;
    char scenario[sizeof((struct plan *)0)->scenario];
    char hash[HASH128_HEX_LEN + 1];
    char why[300];
    struct known_words known;
    struct buf command, details;
    struct judgement judgement;
};

struct several {
    const struct args *args;
    struct told **told; /* by pointer: what is borrowed stays where it is */
    struct report_case *cases;
    size_t len, told_cap, cases_cap, cases_len;
    enum exit_code code;
};

/* Which of two ends is told: a violation before all, then what keeps one from knowing. */
static enum exit_code worse(enum exit_code a, enum exit_code b)
{
    static const int rank[] = {[EXIT_HELD] = 0,
                               [EXIT_INCONCLUSIVE] = 1,
                               [EXIT_INPUT] = 2,
                               [EXIT_HARNESS] = 3,
                               [EXIT_VIOLATED] = 4};
    return rank[a] > rank[b] ? a : b;
}

/* Runs the plan and fills its case; the exit code that it asks for. */
static enum exit_code run_loaded(const struct loaded_plan *loaded, const struct several *several,
                                 struct told *told, struct report_case *ret)
{
    const struct execution execution = {.plan = &loaded->plan,
                                        .scenario = loaded->scenario,
                                        .small = loaded->expect.small,
                                        .expect = &loaded->expect};
    const bool news = !several->args->accept_fixed;
    const int64_t started_us = now_us();
    struct run_result result;

    execute_plan(&execution, (struct run_progress){NULL, NULL}, &result);
    hash128_hex(result.hash, told->hash);
    (void)snprintf(told->scenario, sizeof told->scenario, "%s", loaded->plan.scenario);
    const enum replay replay = expect_compare(&execution, &result, told->why, sizeof told->why);
    told->judgement = result.judgement;
    result.judgement = (struct judgement){.violations = NULL};
    const struct report report = {.scenario = told->scenario,
                                  .seed = loaded->plan.seed,
                                  .hash = told->hash,
                                  .command = told->command.bytes,
                                  .judgement = &told->judgement,
                                  .tally = &result.tally,
                                  .wall_us = now_us() - started_us};
    const struct report_case run = report_case_of(&report, told->path, &told->details);
    *ret = replayed_case(run, replay, told->why, news);
    ret->name = told->path;
    run_result_deinit(&result);
    const char *const name = told->path;
    struct known_subject subject = {.what = KNOWN_PLAN, .names = &name, .names_len = 1};
    known_states(&told->judgement, subject.states);
    const bool known = known_look(several->args, &subject, &told->known);
    known_case(ret, known, &told->known);
    const enum exit_code code = exit_of_replay(replay, told->judgement.verdict, news);
    return known && code == EXIT_VIOLATED ? EXIT_HELD : code;
}

static void add(struct several *several, const char *path)
{
    struct told *told = hb_calloc(1, sizeof *told);
    struct loaded_plan loaded;
    char what[PATH_CAP + 64];

    HB_GROW(several->told, several->len, several->told_cap);
    several->told[several->len++] = told;
    HB_GROW(several->cases, several->cases_len, several->cases_cap);
    struct report_case *of = &several->cases[several->cases_len++];
    told->path = hb_strndup(path, strlen(path));
    command_add(&told->command, "hubbub replay", path);
    if (load(path, &loaded)) {
        (void)snprintf(what, sizeof what, "%s", path);
        hb_context()->what = what;
        hb_context()->exit_code = EXIT_HARNESS;
        several->code = worse(several->code, run_loaded(&loaded, several, told, of));
        hb_context()->what = NULL;
        unload(&loaded);
    } else {
        several->code = worse(several->code, EXIT_INPUT);
        *of = (struct report_case){.end = CASE_UNCLEAR,
                                   .group = "plans",
                                   .name = told->path,
                                   .word = "not a plan",
                                   .invariant = "",
                                   .message = "it cannot be read",
                                   .details = "",
                                   .file = told->path,
                                   .command = told->command.bytes,
                                   .hash = ""};
    }
    if (several->args->quiet && of->end == CASE_GOOD) {
        return;
    }
    say("%-17s  %s%s%s\n", of->word, path, of->message[0] != 0 ? ": " : "", of->message);
    (void)fflush(stdout);
}

static int is_plan(const struct dirent *entry)
{
    const size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

/* Byte by byte, whatever the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_folder(struct several *several, const char *dir)
{
    struct dirent **found = NULL;
    const int len = scandir(dir, &found, is_plan, by_name);

    if (len < 0) {
        say_error("hubbub replay: %s: cannot read this folder\n", dir);
        return false;
    }
    for (int i = 0; i < len; i++) {
        char path[PATH_CAP];
        const size_t dir_len = strlen(dir);
        const char *slash = dir_len > 0 && dir[dir_len - 1] == '/' ? "" : "/";
        (void)snprintf(path, sizeof path, "%s%s%s", dir, slash, found[i]->d_name);
        add(several, path);
        free(found[i]);
    }
    free(found);
    if (len == 0) {
        say("%s: no plan in this folder\n", dir);
    }
    return true;
}

static bool is_folder(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

static enum exit_code replay_several(struct args *args)
{
    struct several several = {.args = args, .code = EXIT_HELD};

    if (args->verify) {
        say_error("hubbub replay: --verify: expected a single plan\n");
        return EXIT_INPUT;
    }
    if (!out_open(args, "hubbub replay", written, false)) {
        return EXIT_INPUT;
    }
    heap_prepare();
    for (uint32_t i = 0; i < args->files_len; i++) {
        if (!is_folder(args->files[i])) {
            add(&several, args->files[i]);
        } else if (!add_folder(&several, args->files[i])) {
            several.code = worse(several.code, EXIT_INPUT);
        }
    }
    const struct report_cases cases = {HUBBUB_VERSION, "hubbub replay", several.cases, several.len};
    several.code = known_code(args, several.code);
    if (!cases_tell(&cases, args)) {
        several.code = worse(several.code, EXIT_HARNESS);
    }
    const size_t known = report_cases_count(&cases, CASE_KNOWN);
    (void)printf("%zu plans: %zu as they should be, %zu violated, %zu unclear", cases.len,
                 report_cases_count(&cases, CASE_GOOD), report_cases_count(&cases, CASE_BAD),
                 report_cases_count(&cases, CASE_UNCLEAR));
    known > 0 ? (void)printf(", %zu known\n", known) : (void)fputc('\n', stdout);
    for (size_t i = 0; i < several.len; i++) {
        judgement_deinit(&several.told[i]->judgement);
        buf_deinit(&several.told[i]->details);
        buf_deinit(&several.told[i]->command);
        free(several.told[i]->path);
        free(several.told[i]);
    }
    free(several.told);
    free(several.cases);
    return several.code;
}

enum exit_code cmd_replay(int argc, char **argv)
{
    struct args args;

    if (wants_help(argc, argv)) {
        page_print(help);
        return EXIT_HELD;
    }
    if (!args_parse("replay", "--verify --out --quiet --accept-fixed --known-failures", argc, argv,
                    &args)) {
        return EXIT_INPUT;
    }
    if (args.files_len == 0) {
        say_error("hubbub replay: expected plans or folders of them, got none; see hubbub "
                  "replay --help\n");
        return EXIT_INPUT;
    }
    const enum exit_code code = !known_open(&args, "hubbub replay") ? EXIT_INPUT
                                : args.files_len == 1 && !is_folder(args.files[0])
                                    ? replay_one(args.files[0], &args)
                                    : replay_several(&args);
    known_close(&args, code != EXIT_INPUT);
    results_close(&args.results);
    return code;
}
