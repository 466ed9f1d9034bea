/* hubbub swarm: many seeds over forked workers.
 *
 * A worker takes seeds from the parent one at a time and answers with one fixed-size line of
 * numbers; a worker that dies (a failed assertion) costs its seed, is recorded, and is replaced.
 * Results are told in order of seeds, whatever -j, so the totals' hash depends on seeds only. */
#include "sim/cli/cli.h"

#include "sim/explore/plan_file.h"
#include "sim/explore/verify.h"

#include "server/base/rng.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCENARIOS_MAX 64
#define SEEDS_MAX     10000000
#define FAILURES_TOLD 20

static const char help[] =
    "usage: hubbub swarm SCENARIO... --seeds A..B [-j N] [--out DIR] [flags]\n"
    "\n"
    "Runs many seeds of each scenario, in its small form; 1 % of them in full size.\n"
    "\n"
    "  --seeds A..B          which seeds, both ends included\n"
    "  -j N                  worker processes; the default is 1\n"
    "  --out DIR             writes summary.json, and DIR/seed-N/plan.json of each failure\n"
    "  --verify-permille N   so many of 1000 seeds run two worlds in lockstep too (default 50)\n"
    "  --full-permille N     so many of 1000 seeds run in full size (default 10)\n"
    "\n"
    "Example:\n"
    "  hubbub swarm scenarios/city.json --seeds 1..200 -j 2 --out out/\n"
    "\n"
    "Exit codes: 0 all held, 1 one was violated, 2 bad usage or input, 3 harness failed,\n"
    "4 one was inconclusive\n";

struct task { /* parent -> worker */
    uint32_t scenario;
    uint32_t pad;
    uint64_t seed;
};

struct outcome { /* worker -> parent */
    struct task task;
    int32_t code;      /* enum exit_code */
    int32_t invariant; /* of the first violation; -1: none */
    struct hash128 hash;
    uint64_t messages, deliveries, events, frames;
    char what[200]; /* of the first violation, or why it is inconclusive */
};

struct loaded {
    const char *path;
    struct scenario *scenario;
    struct buf corpus;
};

struct worker {
    pid_t pid;
    int to, from; /* pipes; -1: not running */
    bool busy;
    struct task task;
};

struct swarm {
    struct args args;
    struct loaded loaded[SCENARIOS_MAX];
    struct outcome *outcomes; /* by (scenario, seed) in order */
    bool *done;
    uint64_t seeds, tasks, next, finished, failed;
    struct worker *workers;
    int64_t started_us, told_us;
};

/* --- The worker ----------------------------------------------------------------------------- */

static struct scenario_overrides size_of(const struct swarm *swarm, const struct task *task)
{
    struct scenario_overrides overrides = swarm->args.overrides;
    struct rng rng = rng_stream(task->seed, "swarm.full", task->scenario, 0);
    overrides.small = !rng_chance(&rng, swarm->args.full_permille);
    return overrides;
}

static bool verify_wanted(const struct swarm *swarm, const struct task *task)
{
    struct rng rng = rng_stream(task->seed, "swarm.verify", task->scenario, 0);
    return rng_chance(&rng, swarm->args.verify_permille);
}

/* The plan of a task; false: it does not fit (one line was printed). */
static bool plan_of(const struct swarm *swarm, const struct task *task, struct plan *ret)
{
    const struct loaded *loaded = &swarm->loaded[task->scenario];
    const struct scenario_overrides overrides = size_of(swarm, task);
    struct buf why = {0};
    const enum hb_err err = scenario_plan(loaded->scenario, task->seed, &overrides,
                                          loaded->corpus.bytes, loaded->corpus.len, ret, &why);
    if (err != HB_OK) {
        (void)fprintf(stderr, "hubbub swarm: %s: %s\n", loaded->path, why.bytes);
    }
    buf_deinit(&why);
    return err == HB_OK;
}

static void run_task(const struct swarm *swarm, const struct task *task, struct outcome *ret)
{
    static const enum exit_code codes[] = {EXIT_HELD, EXIT_VIOLATED, EXIT_INCONCLUSIVE};
    struct plan plan;
    struct run_result result;
    char what[128];
    const char *const *must_reach;
    const struct scenario *scenario = swarm->loaded[task->scenario].scenario;

    memset(ret, 0, sizeof *ret);
    ret->task = *task;
    ret->invariant = -1;
    ret->code = EXIT_HARNESS;
    if (!plan_of(swarm, task, &plan)) {
        return;
    }
    (void)snprintf(what, sizeof what, "seed %" PRIu64 " of %s", task->seed, plan.scenario);
    *hb_context() = (struct hb_context){.what = what, .exit_code = EXIT_HARNESS};
    /* What a seed must reach is asked of the scenario's full size only. */
    const uint32_t must_reach_len =
        size_of(swarm, task).small ? 0 : scenario_must_reach(scenario, &must_reach);
    run_plan(&plan, must_reach_len > 0 ? must_reach : NULL, must_reach_len,
             (struct obs_sink){.observe = NULL}, (struct run_progress){NULL, NULL}, &result);
    ret->code = (int32_t)codes[result.verdict];
    ret->hash = result.hash;
    ret->messages = result.stats.messages;
    ret->deliveries = result.stats.deliveries;
    ret->events = result.stats.events;
    ret->frames = result.stats.frames;
    (void)snprintf(ret->what, sizeof ret->what, "%s", result.inconclusive_why);
    if (result.violations_len > 0) {
        ret->invariant = (int32_t)result.violations[0].invariant;
        (void)snprintf(ret->what, sizeof ret->what, "%.199s", result.violations[0].summary);
    }
    if (verify_wanted(swarm, task)) {
        char where[300];
        if (!run_verify(&plan, 0, where, sizeof where)) {
            ret->code = EXIT_HARNESS;
            (void)snprintf(ret->what, sizeof ret->what, "not deterministic: %.170s", where);
        }
    }
    run_result_deinit(&result);
    plan_deinit(&plan);
}

static bool transfer(int fd, void *bytes, size_t bytes_len, bool writes)
{
    char *at = bytes;
    while (bytes_len > 0) {
        const ssize_t len = writes ? write(fd, at, bytes_len) : read(fd, at, bytes_len);
        if (len <= 0) {
            if (len < 0 && errno == EINTR) {
                continue;
            }
            return false;
        }
        at += len;
        bytes_len -= (size_t)len;
    }
    return true;
}

static _Noreturn void work(const struct swarm *swarm, int from, int to)
{
    struct task task;
    struct outcome outcome;
    while (transfer(from, &task, sizeof task, false)) {
        run_task(swarm, &task, &outcome);
        if (!transfer(to, &outcome, sizeof outcome, true)) {
            break;
        }
    }
    _exit(0);
}

/* --- The parent ----------------------------------------------------------------------------- */

static bool worker_start(struct swarm *swarm, struct worker *worker)
{
    int down[2];
    int up[2];
    if (pipe(down) != 0) {
        return false;
    }
    if (pipe(up) != 0) {
        (void)close(down[0]);
        (void)close(down[1]);
        return false;
    }
    (void)fflush(stdout);
    (void)fflush(stderr);
    worker->pid = fork();
    if (worker->pid == 0) {
        for (uint32_t i = 0; i < swarm->args.jobs; i++) { /* the ends of older workers */
            if (&swarm->workers[i] != worker && swarm->workers[i].to >= 0) {
                (void)close(swarm->workers[i].to);
                (void)close(swarm->workers[i].from);
            }
        }
        (void)close(down[1]);
        (void)close(up[0]);
        work(swarm, down[0], up[1]);
    }
    (void)close(down[0]);
    (void)close(up[1]);
    worker->to = down[1];
    worker->from = up[0];
    worker->busy = false;
    return worker->pid > 0;
}

static uint64_t place_of(const struct swarm *swarm, const struct task *task)
{
    return task->scenario * swarm->seeds + (task->seed - swarm->args.seed_from);
}

static void worker_give(struct swarm *swarm, struct worker *worker)
{
    if (swarm->next == swarm->tasks || worker->to < 0) {
        return;
    }
    worker->task = (struct task){.scenario = (uint32_t)(swarm->next / swarm->seeds),
                                 .seed = swarm->args.seed_from + swarm->next % swarm->seeds};
    swarm->next++;
    worker->busy = transfer(worker->to, &worker->task, sizeof worker->task, true);
}

static void take(struct swarm *swarm, const struct outcome *outcome)
{
    const uint64_t place = place_of(swarm, &outcome->task);
    swarm->outcomes[place] = *outcome;
    swarm->done[place] = true;
    swarm->finished++;
    if (outcome->code == EXIT_HELD) {
        return;
    }
    swarm->failed++;
    if (swarm->failed <= FAILURES_TOLD) {
        const char *id =
            outcome->invariant >= 0 ? invariant_info((enum invariant)outcome->invariant)->id : "-";
        (void)printf("seed %" PRIu64 " of %s: %s %s: %s\n", outcome->task.seed,
                     swarm->loaded[outcome->task.scenario].path,
                     outcome->code == EXIT_VIOLATED       ? "violated"
                     : outcome->code == EXIT_INCONCLUSIVE ? "inconclusive"
                                                          : "harness failed",
                     id, outcome->what);
        (void)fflush(stdout);
    }
}

/* A worker died: a failed assertion in a node is a finding, elsewhere the harness is at fault. */
static void worker_died(struct swarm *swarm, struct worker *worker)
{
    int status = 0;
    (void)waitpid(worker->pid, &status, 0);
    (void)close(worker->to);
    (void)close(worker->from);
    worker->to = -1;
    if (worker->busy) {
        struct outcome outcome = {.task = worker->task, .code = EXIT_HARNESS, .invariant = -1};
        const bool finding = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_VIOLATED;
        outcome.code = finding ? EXIT_VIOLATED : EXIT_HARNESS;
        (void)snprintf(outcome.what, sizeof outcome.what, "%s",
                       finding ? "an assertion of the node failed" : "the worker died");
        take(swarm, &outcome);
    }
    if (swarm->next < swarm->tasks && worker_start(swarm, worker)) {
        worker_give(swarm, worker);
    }
}

static void tell(struct swarm *swarm)
{
    const bool terminal = isatty(STDERR_FILENO) != 0;
    const int64_t now = now_us();
    if (now - swarm->told_us < (terminal ? 200000 : 10000000) || swarm->finished == 0) {
        return;
    }
    swarm->told_us = now;
    const uint64_t spent = (uint64_t)(now - swarm->started_us);
    (void)fprintf(stderr,
                  "%s%" PRIu64 " of %" PRIu64 " seeds, %" PRIu64 " failed, %" PRIu64
                  " seeds a minute, about %" PRIu64 " s left%s",
                  terminal ? "\r" : "", swarm->finished, swarm->tasks, swarm->failed,
                  swarm->finished * 60000000 / (spent + 1),
                  spent / swarm->finished * (swarm->tasks - swarm->finished) / 1000000,
                  terminal ? "   " : "\n");
}

static void run_all(struct swarm *swarm)
{
    struct pollfd polls[256];

    for (uint32_t i = 0; i < swarm->args.jobs; i++) {
        if (worker_start(swarm, &swarm->workers[i])) {
            worker_give(swarm, &swarm->workers[i]);
        }
    }
    while (swarm->finished < swarm->tasks) {
        nfds_t len = 0;
        for (uint32_t i = 0; i < swarm->args.jobs; i++) {
            polls[i] = (struct pollfd){.fd = swarm->workers[i].from, .events = POLLIN};
            polls[i].fd = swarm->workers[i].to >= 0 && swarm->workers[i].busy ? polls[i].fd : -1;
            len += polls[i].fd >= 0;
        }
        if (len == 0) {
            break; /* no worker could be started */
        }
        (void)poll(polls, swarm->args.jobs, 1000);
        for (uint32_t i = 0; i < swarm->args.jobs; i++) {
            struct worker *worker = &swarm->workers[i];
            struct outcome outcome;
            if (polls[i].fd < 0 || (polls[i].revents & (POLLIN | POLLHUP)) == 0) {
                continue;
            }
            if (!transfer(worker->from, &outcome, sizeof outcome, false)) {
                worker_died(swarm, worker);
                continue;
            }
            worker->busy = false;
            take(swarm, &outcome);
            worker_give(swarm, worker);
        }
        tell(swarm);
    }
    for (uint32_t i = 0; i < swarm->args.jobs; i++) {
        if (swarm->workers[i].to >= 0) {
            (void)close(swarm->workers[i].to);
            (void)close(swarm->workers[i].from);
            (void)waitpid(swarm->workers[i].pid, NULL, 0);
        }
    }
}

/* --- The end -------------------------------------------------------------------------------- */

static bool write_repro(const struct swarm *swarm, const struct outcome *outcome, char *ret,
                        size_t ret_cap)
{
    struct plan plan;
    struct buf text = {0};
    const int at =
        snprintf(ret, ret_cap, "%s/%s-seed-%" PRIu64, swarm->args.out,
                 scenario_name(swarm->loaded[outcome->task.scenario].scenario), outcome->task.seed);
    if (at < 0 || (size_t)at + 16 > ret_cap || !dir_make(ret) ||
        !plan_of(swarm, &outcome->task, &plan)) {
        return false;
    }
    plan_write(&plan, swarm->loaded[outcome->task.scenario].scenario, &text);
    const bool good = file_write(ret, "plan.json", &text);
    (void)snprintf(ret + at, ret_cap - (size_t)at, "/plan.json");
    plan_deinit(&plan);
    buf_deinit(&text);
    return good;
}

static enum exit_code finish(struct swarm *swarm)
{
    struct hash128 hash = {0, 0};
    uint64_t sums[4] = {0};
    uint64_t counts[EXIT_INCONCLUSIVE + 1] = {0};
    struct buf failures = {0};
    char hex[HASH128_HEX_LEN + 1];
    const int64_t wall_us = now_us() - swarm->started_us;
    bool wrote = true;

    buf_reserve(&failures, 1);
    for (uint64_t i = 0; i < swarm->tasks; i++) {
        const struct outcome *outcome = &swarm->outcomes[i];
        char repro[4300] = "";
        const enum exit_code code = swarm->done[i] ? (enum exit_code)outcome->code : EXIT_HARNESS;
        counts[code]++;
        hash128_fold(&hash, outcome->hash.lo, outcome->hash.hi);
        sums[0] += outcome->messages;
        sums[1] += outcome->deliveries;
        sums[2] += outcome->events;
        sums[3] += outcome->frames;
        if (code == EXIT_HELD || !swarm->done[i]) {
            continue;
        }
        if (swarm->args.out != NULL) {
            wrote = write_repro(swarm, outcome, repro, sizeof repro) && wrote;
        }
        const char *id = outcome->invariant >= 0
                             ? invariant_info((enum invariant)outcome->invariant)->id
                             : verdict_word(VERDICT_INCONCLUSIVE);
        buf_printf(&failures, "%s{\"seed\": %" PRIu64 ", \"invariant\": \"%s\", \"group\": ",
                   failures.len > 0 ? ", " : "", outcome->task.seed, id);
        buf_add_json(&failures, id, strlen(id));
        buf_add_text(&failures, ", \"summary\": ");
        buf_add_json(&failures, outcome->what, strlen(outcome->what));
        buf_add_text(&failures, ", \"repro\": ");
        buf_add_json(&failures, repro, strlen(repro));
        buf_add_char(&failures, '}');
    }
    hash128_hex(hash, hex);
    const enum exit_code code = counts[EXIT_VIOLATED] > 0       ? EXIT_VIOLATED
                                : counts[EXIT_HARNESS] > 0      ? EXIT_HARNESS
                                : counts[EXIT_INCONCLUSIVE] > 0 ? EXIT_INCONCLUSIVE
                                                                : EXIT_HELD;
    const char *verdict = code == EXIT_HELD       ? "held"
                          : code == EXIT_VIOLATED ? "violated"
                                                  : "inconclusive";
    if (swarm->args.out != NULL) {
        struct buf text = {0};
        buf_printf(&text,
                   "{\n  \"hubbub\": \"%s\",\n  \"scenario\": \"%s\",\n  \"verdict\": \"%s\",\n"
                   "  \"hash\": \"%s\",\n  \"seeds_run\": %" PRIu64 ",\n  \"messages\": %" PRIu64
                   ",\n  \"deliveries\": %" PRIu64 ",\n  \"events\": %" PRIu64
                   ",\n  \"frames\": %" PRIu64 ",\n  \"wall_us\": %" PRId64
                   ",\n  \"deliveries_per_second\": %" PRIu64 ",\n  \"failures\": [",
                   HUBBUB_VERSION, scenario_name(swarm->loaded[0].scenario), verdict, hex,
                   swarm->finished, sums[0], sums[1], sums[2], sums[3], wall_us,
                   sums[1] * 1000000 / (uint64_t)(wall_us + 1));
        buf_add(&text, failures.bytes, failures.len);
        buf_add_text(&text, "]\n}\n");
        wrote = file_write(swarm->args.out, "summary.json", &text) && wrote;
        buf_deinit(&text);
    }
    (void)printf("%" PRIu64 " seeds: %" PRIu64 " held, %" PRIu64 " violated, %" PRIu64
                 " inconclusive, %" PRIu64 " harness failures; %" PRIu64 " messages, %" PRIu64
                 " deliveries, %" PRId64 ".%" PRId64 " s\nhash    %s\nVerdict: %s\n",
                 swarm->finished, counts[EXIT_HELD], counts[EXIT_VIOLATED],
                 counts[EXIT_INCONCLUSIVE], counts[EXIT_HARNESS], sums[0], sums[1],
                 wall_us / 1000000, wall_us % 1000000 / 100000, hex, verdict);
    buf_deinit(&failures);
    return wrote ? code : EXIT_HARNESS;
}

static bool load_all(struct swarm *swarm)
{
    const struct args *args = &swarm->args;

    if (args->files_len == 0 || args->files_len > SCENARIOS_MAX || !args->seeds_given) {
        (void)fprintf(stderr,
                      "hubbub swarm: expected 1 to %d scenarios and --seeds A..B; see "
                      "hubbub swarm --help\n",
                      SCENARIOS_MAX);
        return false;
    }
    swarm->seeds = args->seed_to - args->seed_from + 1;
    if (swarm->seeds == 0 || swarm->seeds > SEEDS_MAX) {
        (void)fprintf(stderr, "hubbub swarm: --seeds: expected at most %d seeds\n", SEEDS_MAX);
        return false;
    }
    for (uint32_t i = 0; i < args->files_len; i++) {
        swarm->loaded[i].path = args->files[i];
        if (!scenario_load(args->files[i], &swarm->loaded[i].scenario, &swarm->loaded[i].corpus)) {
            return false;
        }
    }
    if (args->out != NULL && !dir_make(args->out)) {
        return false;
    }
    swarm->tasks = swarm->seeds * args->files_len;
    return true;
}

enum exit_code cmd_swarm(int argc, char **argv)
{
    struct swarm *swarm = hb_calloc(1, sizeof *swarm);
    enum exit_code code = EXIT_INPUT;

    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            (void)fputs(help, stdout);
            free(swarm);
            return EXIT_HELD;
        }
    }
    if (args_parse("swarm",
                   "--seeds -j --out --clients --rooms --nodes --duration --verify-permille "
                   "--full-permille",
                   argc, argv, &swarm->args) &&
        load_all(swarm)) {
        swarm->outcomes = hb_calloc(swarm->tasks, sizeof *swarm->outcomes);
        swarm->done = hb_calloc(swarm->tasks, sizeof *swarm->done);
        swarm->workers = hb_calloc(swarm->args.jobs, sizeof *swarm->workers);
        for (uint32_t i = 0; i < swarm->args.jobs; i++) {
            swarm->workers[i].to = -1;
        }
        swarm->started_us = now_us();
        (void)signal(SIGPIPE, SIG_IGN);
        run_all(swarm);
        code = finish(swarm);
    }
    for (uint32_t i = 0; i < SCENARIOS_MAX; i++) {
        scenario_free(&swarm->loaded[i].scenario);
        buf_deinit(&swarm->loaded[i].corpus);
    }
    free(swarm->outcomes);
    free(swarm->done);
    free(swarm->workers);
    free(swarm);
    return code;
}
