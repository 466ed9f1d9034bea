/* One execution with its reports. See cli.h. */
#include "reports/excerpt.h"
#include "reports/report.h"
#include "sim/cli/cli.h"
#include "sim/explore/plan_file.h"
#include "sim/explore/run.h"
#include "sim/explore/verify.h"

#include <errno.h>
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

/* --- Progress ------------------------------------------------------------------------------- */

struct progress {
    int64_t started_us, told_us;
    int64_t end_us; /* virtual */
};

static void tell_progress(void *user, int64_t virtual_us, uint64_t deliveries)
{
    struct progress *progress = user;
    const int64_t now = now_us();

    if (now - progress->told_us < PROGRESS_US || virtual_us <= 0) {
        return;
    }
    progress->told_us = now;
    const int64_t spent = now - progress->started_us;
    const int64_t left =
        (int64_t)((double)spent * (double)(progress->end_us - virtual_us) / (double)virtual_us);
    progress_print("%3" PRId64 " %%  %" PRId64 " of %" PRId64 " virtual s, %" PRIu64
                   " deliveries, about %" PRId64 " s left",
                   virtual_us * 100 / progress->end_us, virtual_us / 1000000,
                   progress->end_us / 1000000, deliveries, left / 1000000);
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
        .form = execution->small ? "small" : "full",
        .replay = "",
        .known = "",
        .replay_why = "",
        .failed = "",
    };
}

/* All that a run comes to, and all texts that the report borrows. */
struct ending {
    struct report report;
    struct run_result result;
    char hash[HASH128_HEX_LEN + 1];
    char why[300], differs[300];
    bool known; /* what is violated is listed as known */
    struct known_words known_words;
    enum replay replay;
    enum exit_code code;
    struct buf repro; /* the command that replays it */
    struct buf story; /* of a violated run: what each person saw, with colours */
    struct buf story_plain;
    struct buf details;
};

/* From now on the harness is at fault, whatever the run came to. */
static void fail(struct ending *ending, const char *why)
{
    ending->report.failed = ending->report.failed[0] != 0 ? ending->report.failed : why;
    ending->code = EXIT_HARNESS;
    ending->report.verdict = exit_word(EXIT_HARNESS);
    ending->report.exit_code = EXIT_HARNESS;
}

/* --- A violation in full: the same plan once more, recorded --------------------------------- */

const char *word_of_fault(uint64_t kind)
{
    return kind < FAULT_KIND_COUNT ? fault_word((enum fault_kind)kind) : "fault";
}

/* history.txt, as it grows. */
struct keeping {
    int fd; /* -1: it cannot be written */
};

static void keep(void *user, const struct buf *text)
{
    struct keeping *keeping = user;

    for (size_t done = 0; keeping->fd >= 0 && done < text->len;) {
        const ssize_t len = write(keeping->fd, text->bytes + done, text->len - done);
        if (len < 0 && errno != EINTR) {
            say_error("hubbub: history.txt: cannot write it: %s\n", strerror(errno));
            (void)close(keeping->fd);
            keeping->fd = -1;
        }
        done += len > 0 ? (size_t)len : 0;
    }
}

static void keep_begin(const struct execution *execution, struct excerpt *excerpt,
                       const struct bounds *bounds, struct keeping *keeping)
{
    struct buf why = {0};

    keeping->fd = results_grow(execution->args->results, "history.txt", &why);
    if (keeping->fd < 0) {
        say_error("hubbub: %s\n", why.bytes);
    }
    buf_deinit(&why);
    excerpt_keep_history(excerpt, bounds, keep, keeping);
}

static void record(const struct execution *execution, struct ending *ending)
{
    const bool keeps = execution->args->results != NULL;
    struct keeping keeping = {.fd = -1};
    const struct run_result *result = &ending->result;
    struct excerpt excerpt;
    struct run_result again;

    excerpt_init(&excerpt, &result->judgement, word_of_fault);
    if (keeps) {
        keep_begin(execution, &excerpt, &result->bounds, &keeping);
    }
    run_plan(execution->plan, NULL, 0, excerpt_sink(&excerpt), (struct run_progress){NULL, NULL},
             &again);
    if (again.hash.lo != result->hash.lo || again.hash.hi != result->hash.hi) {
        say_error(
            "hubbub: the recorded execution of the same plan differs: run it with --verify to "
            "see where\n");
        fail(ending, "the recorded execution of the same plan differs");
    }
    const struct style style = style_of(STDOUT_FILENO);
    excerpt_print(&excerpt, &style, &ending->story);
    excerpt_print(&excerpt, &(struct style){.colours = false}, &ending->story_plain);
    excerpt_end_history(&excerpt);
    if (keeps && (keeping.fd < 0 || close(keeping.fd) != 0)) {
        fail(ending, "its results could not be written");
    }
    excerpt_deinit(&excerpt);
    run_result_deinit(&again);
}

/* --- The folder ----------------------------------------------------------------------------- */

/* The first life of the node that was asked for. */
static bool write_record(const struct execution *execution)
{
    const struct args *args = execution->args;
    struct buf text = {0};
    bool good = true;

    if (args->record_given) {
        run_record_node(execution->plan, (uint16_t)args->record_node, &text);
        good = out_write(args, "node.record", &text);
        buf_deinit(&text);
    }
    return good;
}

/* All but the summary, which tells what became of the others too. */
static bool write_files(const struct execution *execution, struct ending *ending)
{
    const struct args *args = execution->args;
    struct buf text = {0};
    const struct expect expect = expect_of(execution, &ending->result);

    plan_write(execution->plan, execution->scenario, &expect, &text);
    bool good = out_write(args, "plan.json", &text) && write_record(execution);
    if (ending->story_plain.len > 0) {
        good = good && out_write(args, "violation.txt", &ending->story_plain);
    }
    buf_deinit(&text);
    return good;
}

static bool write_summary(const struct args *args, const struct report *report)
{
    struct buf text = {0};
    report_summary(report, &text);
    const bool good = out_write(args, "summary.json", &text);
    buf_deinit(&text);
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
                                .end_us =
                                    execution->plan->duration_us + execution->plan->settle_us};
    const bool told = progress_wanted(args);

    progress.told_us = progress.started_us;
    execute_plan(execution, (struct run_progress){told ? tell_progress : NULL, &progress}, ret);
    const int64_t wall_us = now_us() - progress.started_us;
    if (told) {
        progress_clear();
    }
    return wall_us;
}

static void print_page(const struct report *report)
{
    const struct style style = style_of(STDOUT_FILENO);
    struct buf page = {0};
    report_terminal(report, &style, &page);
    page_print(page.bytes);
    buf_deinit(&page);
}

/* What CI systems read. */
static bool tell_case(const struct execution *execution, struct ending *ending)
{
    buf_clear(&ending->details);
    const struct report_case run =
        report_case_of(&ending->report, execution->file, &ending->details);
    struct report_case of = replayed_case(run, ending->replay, ending->why, false);
    known_case(&of, ending->known, &ending->known_words);
    if (ending->code == EXIT_HARNESS) {
        of.end = CASE_UNCLEAR;
        of.word = exit_word(EXIT_HARNESS);
        of.message = ending->report.failed;
    }
    const struct report_cases cases = {HUBBUB_VERSION, execution->title, &of, 1};
    return cases_tell(&cases, execution->args);
}

static void tell_page(const struct execution *execution, const struct ending *ending)
{
    print_page(&ending->report);
    page_print(ending->story.len > 0 ? ending->story.bytes : "");
    if (ending->story.len > 0 && execution->args->results != NULL) {
        (void)fputc('\n', stdout);
        say("Replay:  %s\n", ending->repro.bytes);
    }
    if (execution->args->verify) {
        const bool same = ending->differs[0] == 0;
        say("Verify:  two worlds in lockstep %s%s\n", same ? "agree" : "differ: ", ending->differs);
    }
}

/* Whether the list of known failures has what was violated. */
static void look_up(const struct execution *execution, struct ending *ending)
{
    const struct plan *plan = execution->plan;
    const bool replayed = execution->expect != NULL;
    const char *const name = replayed ? execution->file : plan->scenario;
    struct known_subject subject = {.what = replayed ? KNOWN_PLAN : KNOWN_SCENARIO,
                                    .names = &name,
                                    .names_len = 1,
                                    .seed = plan->seed};

    known_states(&ending->result.judgement, subject.states);
    ending->known = known_look(execution->args, &subject, &ending->known_words);
    ending->report.known = ending->known_words.text;
    if (ending->known) {
        ending->code = ending->code == EXIT_VIOLATED ? EXIT_HELD : ending->code;
        ending->report.verdict = KNOWN_WORD;
    }
    ending->code = known_code(execution->args, ending->code);
}

/* Everything is known before anything is told: page, files and exit code agree. */
static enum exit_code conclude(const struct execution *execution, struct ending *ending)
{
    const struct args *args = execution->args;

    if (execution->expect != NULL) {
        ending->replay =
            expect_compare(execution, &ending->result, ending->why, sizeof ending->why);
    }
    ending->report.replay = ending->replay != REPLAY_UNEXPECTED ? replay_word(ending->replay) : "";
    ending->report.replay_why = ending->why;
    if (ending->code != EXIT_HARNESS) {
        ending->code = exit_of_replay(ending->replay, ending->result.judgement.verdict, false);
        ending->report.verdict = verdict_word(ending->result.judgement.verdict);
        look_up(execution, ending);
        ending->report.exit_code = (int)ending->code;
    }
    if (args->results != NULL && !write_files(execution, ending)) {
        fail(ending, "its results could not be written");
    }
    if (!tell_case(execution, ending) ||
        (args->results != NULL && !write_summary(args, &ending->report))) {
        fail(ending, "its results could not be written");
    }
    if (!args->quiet) {
        tell_page(execution, ending);
    } else {
        say("%s: %s %s", hb_context()->what, ending->report.verdict, ending->hash);
    }
    if (args->quiet && ending->known_words.text[0] != 0) {
        say("; %s", ending->known_words.text);
    }
    if (ending->replay != REPLAY_UNEXPECTED) {
        say("%s%s: %s", args->quiet ? "; " : "Replayed: ", replay_word(ending->replay),
            ending->why);
    }
    if (args->quiet || ending->replay != REPLAY_UNEXPECTED) {
        (void)fputc('\n', stdout);
    }
    return ending->code;
}

enum exit_code execute(const struct execution *execution)
{
    const struct args *args = execution->args;
    struct ending ending = {.replay = REPLAY_UNEXPECTED, .code = EXIT_HELD};
    struct buf repro = {0};
    char what[SEED_WHAT_CAP];

    seed_begin(execution->plan->seed, execution->plan->scenario, what);
    heap_prepare();
    died_begin(execution);
    const int64_t wall_us = run_told(execution, &ending.result);
    died_end();
    hash128_hex(ending.result.hash, ending.hash);
    ending.report = filled(execution, &ending.result, ending.hash, wall_us);
    if (args->results != NULL) {
        out_path(args, "plan.json", &repro);
        command_add(&ending.repro, "hubbub replay", repro.bytes);
        ending.report.repro = repro.bytes;
    }
    if (args->history || (ending.result.judgement.verdict == VERDICT_VIOLATED &&
                          (!args->quiet || args->results != NULL))) {
        record(execution, &ending);
    }
    if (args->verify && !run_verify(execution->plan, 0, ending.differs, sizeof ending.differs)) {
        fail(&ending, "two worlds in lockstep differ");
    }
    const enum exit_code code = conclude(execution, &ending);
    run_result_deinit(&ending.result);
    buf_deinit(&ending.repro);
    buf_deinit(&ending.story);
    buf_deinit(&ending.story_plain);
    buf_deinit(&ending.details);
    buf_deinit(&repro);
    return code;
}
