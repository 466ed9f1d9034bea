/* Several plans: each in a process of its own, a line and a case each. See replay.h. */
#include "sim/cli/replay.h"
#include "sim/pool/pool.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_CAP    4096
#define WAIT_MS     1000
#define DETAILS_CAP 2048 /* bytes of lines, of the many that a run may have */

static const char *const written[] = {"junit.xml", "summary.md", NULL};

struct answer { /* of the process that ran a plan */
    bool read;  /* the plan could be */
    enum replay replay;
    enum verdict verdict;
    int32_t invariant; /* of the first violation; -1: none */
    uint8_t states[INVARIANT_COUNT];
    uint64_t seed;
    struct hash128 hash;
    char scenario[sizeof((struct plan *)0)->scenario];
    char why[300], summary[sizeof((struct violation *)0)->summary];
    char details[DETAILS_CAP];
};
_Static_assert(sizeof(struct answer) <= POOL_ANSWER_BYTES_MAX,
               "an answer goes through a pipe whole");

struct told { /* what a case borrows */
    char *path;
    char hash[HASH128_HEX_LEN + 1];
    char what[400];
    struct known_words known;
    struct buf command;
    struct answer answer;
};

struct several {
    const struct args *args;
    struct told **told; /* by pointer: what is borrowed stays where it is */
    struct report_case *cases;
    size_t len, cap;
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

/* --- In a process of its own ---------------------------------------------------------------- */

/* Whole lines, as many as fit, and how many do not. */
static void fit_lines(const char *text, char ret[DETAILS_CAP])
{
    const size_t room = DETAILS_CAP - 32;
    size_t len = strlen(text);
    size_t more = 0;

    while (len > room) {
        do {
            len--;
        } while (len > 0 && text[len - 1] != '\n');
        more++;
    }
    memcpy(ret, text, len);
    ret[len] = 0;
    if (more > 0) {
        (void)snprintf(ret + len, 32, "and %zu more\n", more);
    }
}

static void fill(const struct execution *execution, const struct run_result *result,
                 struct answer *ret)
{
    const struct judgement *judgement = &result->judgement;
    const struct report report = {.scenario = execution->plan->scenario,
                                  .command = "",
                                  .hash = "",
                                  .judgement = judgement,
                                  .tally = &result->tally};
    struct buf details = {0};

    ret->read = true;
    ret->replay = expect_compare(execution, result, ret->why, sizeof ret->why);
    ret->verdict = judgement->verdict;
    ret->seed = execution->plan->seed;
    ret->hash = result->hash;
    ret->invariant =
        judgement->violations_len > 0 ? (int32_t)judgement->violations[0].invariant : -1;
    memcpy(ret->scenario, execution->plan->scenario, sizeof ret->scenario);
    known_states(judgement, ret->states);
    const struct report_case of = report_case_of(&report, "", &details);
    (void)snprintf(ret->summary, sizeof ret->summary, "%s", of.message);
    fit_lines(of.details, ret->details);
    buf_deinit(&details);
}

static void run(void *user, uint64_t task, void *ret_answer)
{
    const struct several *several = user;
    const char *path = several->told[task]->path;
    struct answer *ret = ret_answer;
    struct loaded_plan loaded;
    struct run_result result;

    if (!plan_load(path, &loaded)) {
        return;
    }
    hb_context()->what = path;
    hb_context()->exit_code = EXIT_HARNESS;
    const struct execution execution = {.plan = &loaded.plan,
                                        .scenario = loaded.scenario,
                                        .small = loaded.expect.small,
                                        .expect = &loaded.expect};
    execute_plan(&execution, (struct run_progress){NULL, NULL}, &result);
    fill(&execution, &result, ret);
    run_result_deinit(&result);
    plan_unload(&loaded);
    hb_context()->what = NULL;
}

static void begin(void *user)
{
    const struct several *several = user;
    results_leave(several->args->results); /* a process that lives on does not hold the folder */
}

/* --- What it came to ------------------------------------------------------------------------ */

static struct report_case case_of(const struct told *told, int64_t wall_us)
{
    const struct answer *answer = &told->answer;
    const bool violated = answer->verdict == VERDICT_VIOLATED;

    return (struct report_case){
        .end = violated                          ? CASE_BAD
               : answer->verdict == VERDICT_HELD ? CASE_GOOD
                                                 : CASE_UNCLEAR,
        .group = answer->scenario,
        .name = told->path,
        .seed = answer->seed,
        .word = verdict_word(answer->verdict),
        .invariant =
            answer->invariant >= 0 ? invariant_info((enum invariant)answer->invariant)->id : "",
        .message = answer->summary,
        .details = answer->details,
        .file = told->path,
        .command = told->command.bytes,
        .hash = told->hash,
        .wall_us = wall_us};
}

static enum exit_code take_answer(const struct several *several, struct told *told, int64_t wall_us,
                                  struct report_case *ret)
{
    const struct answer *answer = &told->answer;
    const bool news = !several->args->accept_fixed;
    const char *const name = told->path;
    struct known_subject subject = {
        .what = KNOWN_PLAN, .names = &name, .names_len = 1, .seed = answer->seed};

    hash128_hex(answer->hash, told->hash);
    *ret = replayed_case(case_of(told, wall_us), answer->replay, answer->why, news);
    memcpy(subject.states, answer->states, sizeof subject.states);
    const bool known = known_look(several->args, &subject, &told->known);
    known_case(ret, known, &told->known);
    const enum exit_code code = exit_of_replay(answer->replay, answer->verdict, news);
    return known && code == EXIT_VIOLATED ? EXIT_HELD : code;
}

/* It did not answer: how it ended is a finding, but for an assertion of the harness. Or it is no plan. */
static enum exit_code take_end(const struct pool_end *end, struct told *told,
                               struct report_case *ret)
{
    static const char *const words[] = {[POOL_ANSWERED] = "not a plan",
                                        [POOL_EXITED] = "assertion failed",
                                        [POOL_CRASHED] = "crashed",
                                        [POOL_STUCK] = "stuck",
                                        [POOL_NO_MEMORY] = "out of memory"};
    const bool harness = end->how == POOL_EXITED && end->status != EXIT_VIOLATED;
    const bool found = end->how != POOL_ANSWERED && !harness;

    pool_describe(end, told->what, sizeof told->what);
    if (end->how == POOL_ANSWERED) {
        (void)snprintf(told->what, sizeof told->what, "it cannot be read");
    } else if (end->how == POOL_EXITED) {
        (void)snprintf(told->what, sizeof told->what, "of %s; the standard error has which",
                       harness ? "the harness" : "the node");
    }
    *ret = (struct report_case){.end = found ? CASE_BAD : CASE_UNCLEAR,
                                .group = "plans",
                                .name = told->path,
                                .word = words[end->how],
                                .invariant = "",
                                .message = told->what,
                                .details = "",
                                .file = told->path,
                                .command = told->command.bytes,
                                .hash = "",
                                .wall_us = end->wall_us};
    return found ? EXIT_VIOLATED : harness ? EXIT_HARNESS : EXIT_INPUT;
}

static void take(struct several *several, const struct pool_end *end)
{
    struct told *told = several->told[end->task];
    struct report_case *of = &several->cases[end->task];
    enum exit_code code;

    if (end->how == POOL_ANSWERED) {
        memcpy(&told->answer, end->answer, sizeof told->answer);
    }
    if (told->answer.read) {
        code = take_answer(several, told, end->wall_us, of);
    } else {
        code = take_end(end, told, of);
    }
    several->code = worse(several->code, code);
    if (several->args->quiet && of->end == CASE_GOOD) {
        return;
    }
    say("%-17s  %s%s%s\n", of->word, told->path, of->message[0] != 0 ? ": " : "", of->message);
    (void)fflush(stdout);
}

/* --- Which ---------------------------------------------------------------------------------- */

static void add(struct several *several, const char *path)
{
    struct told *told = hb_calloc(1, sizeof *told);

    told->path = hb_strndup(path, strlen(path));
    command_add(&told->command, "hubbub replay", path);
    HB_GROW(several->told, several->len, several->cap);
    several->told[several->len++] = told;
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

/* One after the other, so that their lines are in order. */
static void run_all(struct several *several)
{
    const struct pool_work work = {
        .run = run, .begin = begin, .user = several, .answer_bytes = sizeof(struct answer)};
    const int64_t limit_us =
        several->args->timeout_us > 0 ? several->args->timeout_us : 30 * INT64_C(60000000);
    struct pool *pool = pool_new(&work, 1);
    struct pool_end end;

    for (size_t i = 0; i < several->len; i++) {
        if (!pool_give(pool, i, limit_us)) {
            say_error("hubbub replay: cannot start a process: %s\n", strerror(errno));
            several->code = worse(several->code, EXIT_HARNESS);
            several->len = i;
            break;
        }
        while (!pool_wait(pool, WAIT_MS, &end)) {
        }
        take(several, &end);
    }
    pool_free(&pool);
}

static void tell_sum(const struct report_cases *cases)
{
    const size_t known = report_cases_count(cases, CASE_KNOWN);

    (void)printf("%zu plans: %zu as they should be, %zu violated, %zu unclear", cases->len,
                 report_cases_count(cases, CASE_GOOD), report_cases_count(cases, CASE_BAD),
                 report_cases_count(cases, CASE_UNCLEAR));
    known > 0 ? (void)printf(", %zu known\n", known) : (void)fputc('\n', stdout);
}

enum exit_code replay_several(struct args *args)
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
    const size_t told_len = several.len;
    several.cases = hb_calloc(told_len, sizeof *several.cases);
    run_all(&several);
    const struct report_cases cases = {HUBBUB_VERSION, "hubbub replay", several.cases, several.len};
    several.code = known_code(args, several.code);
    if (!cases_tell(&cases, args)) {
        several.code = worse(several.code, EXIT_HARNESS);
    }
    tell_sum(&cases);
    for (size_t i = 0; i < told_len; i++) {
        buf_deinit(&several.told[i]->command);
        free(several.told[i]->path);
        free(several.told[i]);
    }
    free(several.told);
    free(several.cases);
    return several.code;
}
