/* One plan shrunk. See shrink.h. */
#include "sim/cli/shrink.h"
#include "sim/explore/plan_file.h"
#include "sim/results/name.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int64_t sum_or_never(int64_t now, int64_t span_us)
{
    return span_us > 0 ? now + span_us : INT64_MAX;
}

/* The invariant that is meant; -1: the first that is violated. */
static int32_t invariant_meant(const struct shrink_task *task)
{
    const struct expect *expect = &task->loaded->expect;
    return task->invariant >= 0                 ? task->invariant
           : expect->verdict == EXPECT_VIOLATED ? (int32_t)expect->invariant
                                                : -1;
}

/* --- Files ---------------------------------------------------------------------------------- */

static bool write_under(const struct shrink_task *task, const char *name, const struct buf *text)
{
    char path[NAME_CAP + 64];

    (void)snprintf(path, sizeof path, "%s%s", task->under, name);
    return out_write(task->args, path, text);
}

/* The plan with what it comes to: run once more, for all that a plan says of its run. A run that ends its process
 * is not; its plan expects nothing. False: it is not the same run, or it could not be written. */
static bool write_plan(const struct shrink_task *task, const char *name, const struct plan *plan,
                       const struct shrink_run *run)
{
    const struct execution execution = {.plan = plan,
                                        .scenario = task->loaded->scenario,
                                        .args = task->args,
                                        .small = task->loaded->expect.small};
    struct expect expect = {.given = true, .small = execution.small};
    struct buf text = {0};
    bool same = true;

    if (run->reason.invariant >= 0) {
        struct run_result result;
        run_plan(plan, NULL, 0, (struct obs_sink){.observe = NULL},
                 (struct run_progress){NULL, NULL}, &result);
        same = result.hash.lo == run->hash.lo && result.hash.hi == run->hash.hi;
        expect = expect_of(&execution, &result);
        expect.invariant = (enum invariant)run->reason.invariant;
        run_result_deinit(&result);
    } else {
        expect_seal(&expect, plan, execution.scenario, "");
    }
    if (!same) {
        say_error("%s: the same plan went another way when it was run again: run it with hubbub "
                  "replay --verify\n",
                  task->title);
    }
    plan_write(plan, execution.scenario, &expect, &text);
    const bool written = write_under(task, name, &text);
    buf_deinit(&text);
    return same && written;
}

static bool write_others(const struct shrink_task *task, const struct shrink_result *result)
{
    bool good = true;

    for (uint32_t i = 0; i < result->others_len; i++) {
        const struct expect nothing = {.given = true, .small = task->loaded->expect.small};
        struct expect expect = nothing;
        struct buf text = {0};
        char name[32];
        (void)snprintf(name, sizeof name, "other-%u.json", (unsigned)i + 1);
        if (result->others[i].reason.invariant >= 0) {
            expect.verdict = EXPECT_VIOLATED;
            expect.invariant = (enum invariant)result->others[i].reason.invariant;
        }
        plan_write(&result->others[i].plan, task->loaded->scenario, &expect, &text);
        good = write_under(task, name, &text) && good;
        buf_deinit(&text);
    }
    return good;
}

static bool write_files(const struct shrink_task *task, const struct shrink_ending *ending)
{
    struct buf text = {0};

    shrink_json(ending, &text);
    const bool good = write_plan(task, "plan.json", &ending->result->plan, &ending->result->run) &&
                      write_under(task, "certificate.json", &text) &&
                      write_others(task, ending->result);
    buf_deinit(&text);
    return good;
}

/* --- The end -------------------------------------------------------------------------------- */

/* It does not fail: there is nothing to shrink. */
static enum exit_code tell_holds(const struct shrink_task *task, const struct shrink_result *result,
                                 const char *early)
{
    static const char *const words[] = {"it holds", "it fails for another reason",
                                        "it proves nothing", "it is no plan"};

    if (early[0] != 0) {
        say_error("%s: %s: %s before its first run was done\n", task->title, task->file, early);
        return EXIT_INCONCLUSIVE;
    }
    say_error("%s: %s: %s, so there is nothing to shrink%s%s\n", task->title, task->file,
              words[result->was.end], result->was.end == SHRINK_FAILS ? ": " : "",
              result->was.end == SHRINK_FAILS ? result->was.reason.text : "");
    return EXIT_INCONCLUSIVE;
}

static void tell(const struct shrink_ending *ending)
{
    struct buf out = {0};

    if (ending->task->args->json) {
        shrink_json(ending, &out);
        (void)fputs(out.bytes, stdout);
    } else {
        (ending->task->args->quiet ? shrink_line : shrink_page)(ending, &out);
        page_print(out.bytes);
    }
    buf_deinit(&out);
}

static void why_early(const struct shrink_ask_state *state, char ret[64])
{
    char time[PARAM_TEXT_BYTES];

    ret[0] = 0;
    if (signal_caught() != 0) {
        (void)snprintf(ret, 64, "interrupted");
    } else if (state->timed_out) {
        duration_text(state->until_us - state->started_us, time);
        (void)snprintf(ret, 64, "the time of %s was over", time);
    } else if (state->broken) {
        (void)snprintf(ret, 64, "no worker can be started");
    }
}

enum exit_code shrink_one(const struct shrink_task *task)
{
    const struct args *args = task->args;
    const struct loaded_plan *loaded = task->loaded;
    struct shrink_ask_state state = {.jobs = args->jobs,
                                     .invariant = invariant_meant(task),
                                     .run_us =
                                         args->timeout_us > 0 ? args->timeout_us : SHRINK_RUN_US,
                                     .started_us = now_us(),
                                     .progress = progress_wanted(args),
                                     .left = plan_size(&loaded->plan)};
    const struct shrink_oracle oracle = {shrink_ask, shrink_told, &state};
    struct shrink_result result;
    struct buf path = {0};
    struct buf repro = {0};
    char early[64];

    state.until_us = sum_or_never(state.started_us, args->time_us);
    shrink_plan(&loaded->plan, loaded->scenario, NULL, &oracle, &result);
    if (state.progress) {
        progress_clear();
    }
    why_early(&state, early);
    const bool meant = state.invariant < 0 || result.was.reason.invariant == state.invariant ||
                       task->invariant < 0;
    if (!result.failed || !meant) {
        const enum exit_code code = tell_holds(task, &result, early);
        shrink_result_deinit(&result);
        return code;
    }
    struct shrink_ending ending = {.task = task,
                                   .result = &result,
                                   .early = early,
                                   .repro = "",
                                   .wall_us = now_us() - state.started_us};
    enum exit_code code = state.broken ? EXIT_HARNESS : EXIT_HELD;
    if (args->results != NULL) {
        char name[NAME_CAP + 64];
        (void)snprintf(name, sizeof name, "%splan.json", task->under);
        out_path(args, name, &path);
        command_add(&repro, "hubbub replay", path.bytes);
        ending.repro = repro.bytes;
        code = write_files(task, &ending) ? code : EXIT_HARNESS;
    }
    tell(&ending);
    shrink_result_deinit(&result);
    buf_deinit(&path);
    buf_deinit(&repro);
    return code;
}
