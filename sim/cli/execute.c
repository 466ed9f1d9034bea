/* One execution with its reports. See cli.h. */
#include "sim/cli/cli.h"

#include "sim/explore/plan_file.h"
#include "sim/explore/verify.h"

#include "reports/people.h"
#include "reports/report.h"
#include "sim/history/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define PEOPLE_MAX 2 /* violations that are told in full; the others are counted */

int64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
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

static void tell_progress(void *user, const struct world_stats *stats)
{
    struct progress *progress = user;
    const int64_t now = now_us();
    const int64_t pause = progress->terminal ? 200000 : 5000000;

    if (now - progress->told_us < pause || stats->now_us <= 0) {
        return;
    }
    progress->told_us = now;
    const int64_t spent = now - progress->started_us;
    const int64_t left = (int64_t)((double)spent * (double)(progress->end_us - stats->now_us) /
                                   (double)stats->now_us);
    (void)fprintf(stderr,
                  "%s%3" PRId64 " %%  %" PRId64 " of %" PRId64 " virtual s, %" PRIu64
                  " deliveries, about %" PRId64 " s left%s",
                  progress->terminal ? "\r" : "", stats->now_us * 100 / progress->end_us,
                  stats->now_us / 1000000, progress->end_us / 1000000, stats->deliveries,
                  left / 1000000, progress->terminal ? "   " : "\n");
}

/* --- The report ----------------------------------------------------------------------------- */

struct filled {
    struct report report;
    struct report_fault faults[FAULT_KIND_COUNT];
    struct report_count coverage[NOTE_COUNT];
    char hash[HASH128_HEX_LEN + 1];
};

static void fill(const struct execution *execution, const struct run_result *result,
                 int64_t wall_us, struct filled *filled)
{
    const struct plan *plan = execution->plan;
    const struct world_stats *stats = &result->stats;
    struct rusage usage;

    (void)getrusage(RUSAGE_SELF, &usage);
    hash128_hex(result->hash, filled->hash);
    filled->report = (struct report){
        .version = HUBBUB_VERSION,
        .scenario = plan->scenario,
        .verdict = verdict_word(result->verdict),
        .why = result->inconclusive_why,
        .seed = plan->seed,
        .hash = filled->hash,
        .virtual_us = stats->now_us,
        .wall_us = wall_us,
        .clients = plan->clients,
        .nodes = plan->nodes,
        .rooms = plan->rooms,
        .messages = stats->messages,
        .deliveries = stats->deliveries,
        .frames = stats->frames,
        .events = stats->events,
        .resends = stats->resends,
        .reconnects = stats->reconnects,
        .sync_pages = stats->sync_pages,
        .transactions = stats->transactions,
        .peak_rss_bytes = (uint64_t)usage.ru_maxrss * 1024,
        .invariants = result->invariants,
        .violations = result->violations,
        .violations_len = result->violations_len,
        .faults = filled->faults,
        .coverage = filled->coverage,
        .coverage_len = NOTE_COUNT,
        .command = execution->command,
    };
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        const struct world_fault_count *count = &stats->faults[i];
        if (count->planned > 0) {
            filled->faults[filled->report.faults_len++] = (struct report_fault){
                fault_word((enum fault_kind)i), count->planned, count->fired, count->mattered};
        }
    }
    for (int i = 0; i < NOTE_COUNT; i++) {
        filled->coverage[i] = (struct report_count){note_text((enum note_code)i), stats->notes[i]};
    }
}

/* --- A violation in full: the same plan once more, recorded --------------------------------- */

struct recorder {
    struct people people[PEOPLE_MAX];
    uint32_t people_len;
    struct buf *history; /* NULL: not wanted */
    uint8_t *members;    /* by user: in one of the violations' rooms */
    uint32_t members_len;
};

/* A city's whole history is hundreds of megabytes. What is kept judges alike: the rooms of the
 * violations with everyone in them, and what concerns everybody. */
static bool kept(struct recorder *recorder, const struct obs *obs)
{
    bool room = obs->room == OBS_NONE;

    for (uint32_t i = 0; i < recorder->people_len; i++) {
        const uint32_t of = recorder->people[i].violation->room;
        room = room || of == OBS_NONE || of == obs->room;
    }
    if (obs->kind == OBS_MEMBER && room && obs->user < recorder->members_len) {
        recorder->members[obs->user] = 1;
    }
    const bool declares = obs->kind == OBS_USER || obs->kind == OBS_DEVICE;
    const bool person = obs->device == OBS_NONE || obs->user >= recorder->members_len ||
                        recorder->members[obs->user] != 0;
    return room && (declares || person);
}

static void record(void *user, const struct obs *obs)
{
    struct recorder *recorder = user;
    for (uint32_t i = 0; i < recorder->people_len; i++) {
        people_observe(&recorder->people[i], obs);
    }
    if (recorder->history != NULL && kept(recorder, obs)) {
        history_write_obs(obs, recorder->history);
    }
}

static const char *word_of_fault(uint64_t kind)
{
    return kind < FAULT_KIND_COUNT ? fault_word((enum fault_kind)kind) : "fault";
}

/* The first violation of each of the first few invariants. */
static void choose(const struct run_result *result, struct recorder *recorder)
{
    for (size_t i = 0; i < result->violations_len && recorder->people_len < PEOPLE_MAX; i++) {
        bool had = false;
        for (uint32_t p = 0; p < recorder->people_len; p++) {
            had |= recorder->people[p].violation->invariant == result->violations[i].invariant;
        }
        if (!had) {
            recorder->people[recorder->people_len].fault_word = word_of_fault;
            recorder->people[recorder->people_len++].violation = &result->violations[i];
        }
    }
}

static enum exit_code tell_violations(const struct execution *execution,
                                      const struct run_result *result)
{
    struct recorder recorder = {.people_len = 0};
    struct buf history = {0};
    struct buf text = {0};
    struct run_result again;
    enum exit_code code = EXIT_VIOLATED;

    choose(result, &recorder);
    if (execution->args->out != NULL) {
        recorder.history = &history;
        recorder.members_len = execution->plan->clients;
        recorder.members = hb_calloc(recorder.members_len, 1);
        history_write_header(&result->bounds, &history);
    }
    run_plan(execution->plan, NULL, 0, (struct obs_sink){.observe = record, .user = &recorder},
             (struct run_progress){NULL, NULL}, &again);
    if (again.hash.lo != result->hash.lo || again.hash.hi != result->hash.hi) {
        (void)fprintf(stderr, "hubbub: the recorded execution of the same plan differs: run it "
                              "with --verify to see where\n");
        code = EXIT_HARNESS;
    }
    for (uint32_t i = 0; i < recorder.people_len; i++) {
        people_print(&recorder.people[i], colours_wanted(), &text);
    }
    if (!execution->args->quiet) {
        (void)fputs(text.bytes, stdout);
    }
    if (execution->args->out != NULL) {
        buf_clear(&text);
        for (uint32_t i = 0; i < recorder.people_len; i++) {
            people_print(&recorder.people[i], false, &text);
        }
        if (!file_write(execution->args->out, "history.txt", &history) ||
            !file_write(execution->args->out, "violation.txt", &text)) {
            code = EXIT_HARNESS;
        }
    }
    for (uint32_t i = 0; i < recorder.people_len; i++) {
        people_deinit(&recorder.people[i]);
    }
    run_result_deinit(&again);
    free(recorder.members);
    buf_deinit(&history);
    buf_deinit(&text);
    return code;
}

static bool write_out(const struct execution *execution, const struct report *report)
{
    struct buf text = {0};
    const char *out = execution->args->out;

    plan_write(execution->plan, execution->scenario, &text);
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

enum exit_code execute(const struct execution *execution)
{
    static const enum exit_code codes[] = {EXIT_HELD, EXIT_VIOLATED, EXIT_INCONCLUSIVE};
    const struct args *args = execution->args;
    const char *const *must_reach;
    const uint32_t all = scenario_must_reach(execution->scenario, &must_reach);
    /* Asked of the full size only: a small run may well miss one. */
    const uint32_t must_reach_len = args->overrides.small ? 0 : all;
    struct progress progress = {.end_us = execution->plan->duration_us + execution->plan->settle_us,
                                .terminal = isatty(STDERR_FILENO) != 0};
    struct run_result result;
    struct filled filled = {0};
    char what[128];
    char repro[4200];

    if (args->record_node > execution->plan->nodes ||
        (args->record_node > 0 && args->out == NULL)) {
        (void)fprintf(stderr, "hubbub: --record-node: expected one of the %u nodes, and --out\n",
                      (unsigned)execution->plan->nodes);
        return EXIT_INPUT;
    }
    if (args->out != NULL && !dir_make(args->out)) {
        return EXIT_INPUT;
    }
    (void)snprintf(what, sizeof what, "seed %" PRIu64 " of %s", execution->plan->seed,
                   execution->plan->scenario);
    *hb_context() = (struct hb_context){.what = what, .exit_code = EXIT_HARNESS};
    heap_prepare();
    progress.started_us = now_us();
    progress.told_us = progress.started_us;
    run_plan(execution->plan, must_reach, must_reach_len, (struct obs_sink){.observe = NULL},
             (struct run_progress){args->quiet ? NULL : tell_progress, &progress}, &result);
    const int64_t wall_us = now_us() - progress.started_us;
    if (progress.terminal && !args->quiet) {
        (void)fputs("\r\x1b[K", stderr);
    }
    fill(execution, &result, wall_us, &filled);
    if (args->out != NULL) {
        (void)snprintf(repro, sizeof repro, "%s/plan.json", args->out);
        filled.report.repro = repro;
    }
    enum exit_code code = codes[result.verdict];
    struct buf page = {0};
    report_terminal(&filled.report, colours_wanted(), &page);
    if (!args->quiet) {
        (void)fputs(page.bytes, stdout);
    }
    if (args->out != NULL && (!write_out(execution, &filled.report) || !write_record(execution))) {
        code = EXIT_HARNESS;
    }
    if (code == EXIT_VIOLATED && (!args->quiet || args->out != NULL)) {
        (void)fflush(stdout);
        code = tell_violations(execution, &result);
        if (args->out != NULL && !args->quiet) {
            (void)printf("\nReplay:  hubbub replay %s\n", repro);
        }
    }
    if (args->quiet) {
        (void)printf("%s: %s %s\n", what, filled.report.verdict, filled.hash);
    }
    if (args->verify && code != EXIT_HARNESS) {
        char where[300];
        const bool same = run_verify(execution->plan, 0, where, sizeof where);
        (void)printf("Verify:  two worlds in lockstep %s%s\n",
                     same ? "agree" : "differ: ", same ? "" : where);
        code = same ? code : EXIT_HARNESS;
    }
    buf_deinit(&page);
    run_result_deinit(&result);
    return code;
}
