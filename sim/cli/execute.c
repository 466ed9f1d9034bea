/* One execution with its reports. See cli.h. */
#include "reports/excerpt.h"
#include "reports/report.h"
#include "sim/cli/cli.h"
#include "sim/explore/plan_file.h"
#include "sim/explore/run.h"
#include "sim/explore/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

int64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

enum exit_code exit_of(enum verdict verdict)
{
    static const enum exit_code codes[] = {EXIT_HELD, EXIT_VIOLATED, EXIT_INCONCLUSIVE};
    HB_ASSERT(verdict <= VERDICT_INCONCLUSIVE);
    return codes[verdict];
}

static bool colours_wanted(void)
{
    const char *no = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) != 0 && (no == NULL || no[0] == 0);
}

/* --- Progress ------------------------------------------------------------------------------- */

struct progress {
    int64_t started_us, told_us;
    int64_t end_us; /* virtual */
    bool terminal;
};

static void tell_progress(void *user, int64_t virtual_us, uint64_t deliveries)
{
    struct progress *progress = user;
    const int64_t now = now_us();
    const int64_t pause = progress->terminal ? 200000 : 5000000;

    if (now - progress->told_us < pause || virtual_us <= 0) {
        return;
    }
    progress->told_us = now;
    const int64_t spent = now - progress->started_us;
    const int64_t left =
        (int64_t)((double)spent * (double)(progress->end_us - virtual_us) / (double)virtual_us);
    (void)fprintf(stderr,
                  "%s%3" PRId64 " %%  %" PRId64 " of %" PRId64 " virtual s, %" PRIu64
                  " deliveries, about %" PRId64 " s left%s",
                  progress->terminal ? "\r" : "", virtual_us * 100 / progress->end_us,
                  virtual_us / 1000000, progress->end_us / 1000000, deliveries, left / 1000000,
                  progress->terminal ? "   " : "\n");
}

/* --- The report ----------------------------------------------------------------------------- */

static struct report filled(const struct execution *execution, const struct run_result *result,
                            const char *hash, int64_t wall_us)
{
    const struct plan *plan = execution->plan;
    struct rusage usage;

    (void)getrusage(RUSAGE_SELF, &usage);
    return (struct report){
        .version = HUBBUB_VERSION,
        .scenario = plan->scenario,
        .seed = plan->seed,
        .hash = hash,
        .wall_us = wall_us,
        .clients = plan->clients,
        .nodes = plan->nodes,
        .rooms = plan->rooms,
        .peak_rss_bytes = (uint64_t)usage.ru_maxrss * 1024,
        .judgement = &result->judgement,
        .tally = &result->tally,
        .command = execution->command,
    };
}

/* --- A violation in full: the same plan once more, recorded --------------------------------- */

static const char *word_of_fault(uint64_t kind)
{
    return kind < FAULT_KIND_COUNT ? fault_word((enum fault_kind)kind) : "fault";
}

static bool tell_violations(const struct execution *execution, const struct run_result *result)
{
    struct excerpt excerpt;
    struct buf text = {0};
    struct run_result again;
    bool good = true;

    excerpt_init(&excerpt, &result->judgement, word_of_fault);
    if (execution->args->out != NULL) {
        excerpt_keep_history(&excerpt, &result->bounds, execution->plan->clients);
    }
    run_plan(execution->plan, NULL, 0,
             (struct obs_sink){.observe = excerpt_observe, .user = &excerpt},
             (struct run_progress){NULL, NULL}, &again);
    if (again.hash.lo != result->hash.lo || again.hash.hi != result->hash.hi) {
        (void)fprintf(stderr, "hubbub: the recorded execution of the same plan differs: run it "
                              "with --verify to see where\n");
        good = false;
    }
    if (!execution->args->quiet) {
        excerpt_print(&excerpt, colours_wanted(), &text);
        (void)fputs(text.bytes, stdout);
    }
    if (execution->args->out != NULL) {
        buf_clear(&text);
        excerpt_print(&excerpt, false, &text);
        if (!file_write(execution->args->out, "history.txt", &excerpt.history) ||
            !file_write(execution->args->out, "violation.txt", &text)) {
            good = false;
        }
    }
    excerpt_deinit(&excerpt);
    run_result_deinit(&again);
    buf_deinit(&text);
    return good;
}

static bool write_out(const struct execution *execution, const struct run_result *result,
                      const struct report *report)
{
    struct buf text = {0};
    const char *out = execution->args->out;

    const struct expect expect = expect_of(execution, result);
    plan_write(execution->plan, execution->scenario, &expect, &text);
    bool good = file_write(out, "plan.json", &text);
    buf_clear(&text);
    report_summary(report, &text);
    good = good && file_write(out, "summary.json", &text);
    buf_deinit(&text);
    return good;
}

/* The first life of the node that was asked for. */
static bool write_record(const struct execution *execution)
{
    const uint32_t node = execution->args->record_node;
    struct buf text = {0};
    bool good = true;

    if (node > 0) {
        run_record_node(execution->plan, (uint16_t)(node - 1), &text);
        good = file_write(execution->args->out, "node.record", &text);
        buf_deinit(&text);
    }
    return good;
}

void execute_plan(const struct execution *execution, struct run_progress progress,
                  struct run_result *ret)
{
    const char *const *must_reach;
    const uint32_t all = scenario_must_reach(execution->scenario, &must_reach);
    /* Asked of the full size only: a small run may well miss one. */
    const uint32_t must_reach_len = execution->small ? 0 : all;

    run_plan(execution->plan, must_reach, must_reach_len, (struct obs_sink){.observe = NULL},
             progress, ret);
}

/* One run with its progress; the wall time that it took. */
static int64_t run_told(const struct execution *execution, struct run_result *ret)
{
    const struct args *args = execution->args;
    struct progress progress = {.started_us = now_us(),
                                .end_us = execution->plan->duration_us + execution->plan->settle_us,
                                .terminal = isatty(STDERR_FILENO) != 0};

    progress.told_us = progress.started_us;
    execute_plan(execution, (struct run_progress){args->quiet ? NULL : tell_progress, &progress},
                 ret);
    const int64_t wall_us = now_us() - progress.started_us;
    if (progress.terminal && !args->quiet) {
        (void)fputs("\r\x1b[K", stderr);
    }
    return wall_us;
}

static bool accepted(const struct execution *execution)
{
    const struct args *args = execution->args;
    if (args->record_node > execution->plan->nodes ||
        (args->record_node > 0 && args->out == NULL)) {
        (void)fprintf(stderr, "hubbub: --record-node: expected one of the %u nodes, and --out\n",
                      (unsigned)execution->plan->nodes);
        return false;
    }
    return args->out == NULL || dir_make(args->out);
}

static void print_page(const struct report *report)
{
    struct buf page = {0};
    report_terminal(report, colours_wanted(), &page);
    (void)fputs(page.bytes, stdout);
    buf_deinit(&page);
}

static bool agree(const struct plan *plan)
{
    char where[300];
    const bool same = run_verify(plan, 0, where, sizeof where);
    (void)printf("Verify:  two worlds in lockstep %s%s\n",
                 same ? "agree" : "differ: ", same ? "" : where);
    return same;
}

/* The last line, what CI systems read, and what has become of what the plan expects: the exit code of
 * that. `good`: the harness itself did not fail. */
static enum exit_code conclude(const struct execution *execution, const struct run_result *result,
                               const struct report *report, bool good)
{
    const struct args *args = execution->args;
    const enum verdict verdict = report->judgement->verdict;
    enum replay replay = REPLAY_UNEXPECTED;
    struct buf details = {0};
    char why[300] = "";

    if (execution->expect != NULL) {
        replay = expect_compare(execution, result, why, sizeof why);
    }
    const struct report_case run = report_case_of(report, execution->file, &details);
    struct report_case of = replayed_case(run, replay, why, false);
    const struct report_cases cases = {HUBBUB_VERSION, execution->title, &of, 1};
    enum exit_code code = exit_of_replay(replay, verdict, false);
    if (!good) {
        of.end = CASE_UNCLEAR;
        of.word = "harness failed";
        code = EXIT_HARNESS;
    }
    if (args->quiet) {
        (void)printf("%s: %s %s", hb_context()->what, verdict_word(verdict), report->hash);
    }
    if (replay != REPLAY_UNEXPECTED) {
        (void)printf("%s%s: %s", args->quiet ? "; " : "Replayed: ", replay_word(replay), why);
    }
    if (args->quiet || replay != REPLAY_UNEXPECTED) {
        (void)fputc('\n', stdout);
    }
    if (!cases_tell(&cases, args->out)) {
        code = EXIT_HARNESS;
    }
    buf_deinit(&details);
    return code;
}

enum exit_code execute(const struct execution *execution)
{
    const struct args *args = execution->args;
    struct run_result result;
    char what[128];
    char repro[4200];
    char hash[HASH128_HEX_LEN + 1];

    if (!accepted(execution)) {
        return EXIT_INPUT;
    }
    (void)snprintf(what, sizeof what, "seed %" PRIu64 " of %s", execution->plan->seed,
                   execution->plan->scenario);
    *hb_context() = (struct hb_context){.what = what, .exit_code = EXIT_HARNESS};
    heap_prepare();
    const int64_t wall_us = run_told(execution, &result);
    hash128_hex(result.hash, hash);
    struct report report = filled(execution, &result, hash, wall_us);
    if (args->out != NULL) {
        (void)snprintf(repro, sizeof repro, "%s/plan.json", args->out);
        report.repro = repro;
    }
    const bool violated = result.judgement.verdict == VERDICT_VIOLATED;
    if (!args->quiet) {
        print_page(&report);
    }
    bool good =
        args->out == NULL || (write_out(execution, &result, &report) && write_record(execution));
    if (violated && good && (!args->quiet || args->out != NULL)) {
        (void)fflush(stdout);
        good = tell_violations(execution, &result);
        if (args->out != NULL && !args->quiet) {
            (void)printf("\nReplay:  hubbub replay %s\n", repro);
        }
    }
    if (args->verify && good) {
        good = agree(execution->plan);
    }
    const enum exit_code code = conclude(execution, &result, &report, good);
    run_result_deinit(&result);
    return code;
}
