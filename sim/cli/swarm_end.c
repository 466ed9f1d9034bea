/* All outcomes of a swarm together. See swarm.h. */
#include "reports/swarm.h"
#include "sim/cli/swarm.h"
#include "sim/explore/plan_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPRO_CAP 4300

/* A seed that ended before its verdict expects nothing. */
static struct expect expect_after(const struct swarm *swarm, const struct outcome *outcome,
                                  const struct plan *plan)
{
    struct expect ret = {.given = true, .small = swarm_small(swarm, &outcome->task)};
    char hash[HASH128_HEX_LEN + 1] = "";

    if (outcome->code == EXIT_VIOLATED && outcome->invariant >= 0) {
        ret.verdict = EXPECT_VIOLATED;
        ret.invariant = (enum invariant)outcome->invariant;
    }
    if (outcome->events > 0) {
        hash128_hex(outcome->hash, hash);
    }
    expect_seal(&ret, plan, swarm->loaded[outcome->task.scenario].scenario, hash);
    return ret;
}

/* The path of its plan goes to `ret`. */
static bool write_repro(const struct swarm *swarm, const struct outcome *outcome, char *ret,
                        size_t ret_cap)
{
    struct plan plan;
    struct buf text = {0};
    const int at =
        snprintf(ret, ret_cap, "%s/%s-seed-%" PRIu64, swarm->args.out,
                 scenario_name(swarm->loaded[outcome->task.scenario].scenario), outcome->task.seed);
    if (at < 0 || (size_t)at + 16 > ret_cap || !dir_make(ret) ||
        !swarm_plan(swarm, &outcome->task, &plan)) {
        return false;
    }
    const struct expect expect = expect_after(swarm, outcome, &plan);
    plan_write(&plan, swarm->loaded[outcome->task.scenario].scenario, &expect, &text);
    const bool good = file_write(ret, "plan.json", &text);
    (void)snprintf(ret + at, ret_cap - (size_t)at, "/plan.json");
    plan_deinit(&plan);
    buf_deinit(&text);
    return good;
}

struct totals {
    struct hash128 hash;
    uint64_t messages, deliveries, events, frames;
    uint64_t codes[EXIT_INCONCLUSIVE + 1];
};

static enum exit_code code_of(const struct swarm *swarm, uint64_t task)
{
    return swarm->done[task] ? (enum exit_code)swarm->outcomes[task].code : EXIT_HARNESS;
}

static struct totals sum_up(const struct swarm *swarm)
{
    struct totals totals = {.messages = 0};

    for (uint64_t i = 0; i < swarm->tasks; i++) {
        const struct outcome *outcome = &swarm->outcomes[i];
        totals.codes[code_of(swarm, i)]++;
        hash128_fold(&totals.hash, outcome->hash.lo, outcome->hash.hi);
        totals.messages += outcome->messages;
        totals.deliveries += outcome->deliveries;
        totals.events += outcome->events;
        totals.frames += outcome->frames;
    }
    return totals;
}

static bool write_summary(const struct swarm *swarm, const struct swarm_report *report)
{
    struct buf text = {0};
    bool first = true;
    bool good = true;

    swarm_begin(report, &text);
    for (uint64_t i = 0; i < swarm->tasks; i++) {
        const struct outcome *outcome = &swarm->outcomes[i];
        char repro[REPRO_CAP] = "";
        if (code_of(swarm, i) == EXIT_HELD || !swarm->done[i]) {
            continue;
        }
        good = write_repro(swarm, outcome, repro, sizeof repro) && good;
        const struct swarm_failure failure = {
            .seed = outcome->task.seed,
            .invariant = outcome->invariant >= 0
                             ? invariant_info((enum invariant)outcome->invariant)->id
                             : verdict_word(VERDICT_INCONCLUSIVE),
            .summary = outcome->what,
            .repro = repro,
        };
        swarm_failure(&failure, first, &text);
        first = false;
    }
    swarm_finish(&text);
    good = file_write(swarm->args.out, "summary.json", &text) && good;
    buf_deinit(&text);
    return good;
}

/* --- For CI systems ------------------------------------------------------------------------- */

/* What repeats a seed; the caller frees it. */
static char *command_of(const struct swarm *swarm, const struct outcome *outcome)
{
    char command[REPRO_CAP + 64];
    const struct loaded *loaded = &swarm->loaded[outcome->task.scenario];

    if (swarm->args.out != NULL) {
        (void)snprintf(command, sizeof command, "hubbub replay %s/%s-seed-%" PRIu64 "/plan.json",
                       swarm->args.out, scenario_name(loaded->scenario), outcome->task.seed);
    } else {
        struct args args = swarm->args;
        args.files = &loaded->path;
        args.seed = outcome->task.seed;
        args.overrides.small = swarm_small(swarm, &outcome->task);
        args_command(&args, command, sizeof command);
    }
    return hb_strndup(command, strlen(command));
}

static bool tell_cases(const struct swarm *swarm)
{
    struct report_case *cases = hb_calloc(swarm->tasks, sizeof *cases);
    char **commands = hb_calloc(swarm->tasks, sizeof *commands);

    for (uint64_t i = 0; i < swarm->tasks; i++) {
        const struct outcome *outcome = &swarm->outcomes[i];
        const enum exit_code code = code_of(swarm, i);
        const struct loaded *loaded = &swarm->loaded[i / swarm->seeds];
        cases[i] = (struct report_case){.end = code == EXIT_HELD       ? CASE_GOOD
                                               : code == EXIT_VIOLATED ? CASE_BAD
                                                                       : CASE_UNCLEAR,
                                        .group = scenario_name(loaded->scenario),
                                        .seed = swarm->args.seed_from + i % swarm->seeds,
                                        .word = code == EXIT_HELD           ? "held"
                                                : code == EXIT_VIOLATED     ? "violated"
                                                : code == EXIT_INCONCLUSIVE ? "inconclusive"
                                                : swarm->done[i]            ? "harness failed"
                                                                            : "not run",
                                        .invariant = "",
                                        .message = outcome->what,
                                        .details = "",
                                        .file = loaded->path,
                                        .command = "",
                                        .hash = "",
                                        .wall_us = outcome->wall_us};
        if (code != EXIT_HELD && swarm->done[i]) {
            commands[i] = command_of(swarm, outcome);
            cases[i].command = commands[i];
            cases[i].invariant = outcome->invariant >= 0
                                     ? invariant_info((enum invariant)outcome->invariant)->id
                                     : "";
        }
    }
    const struct report_cases all = {HUBBUB_VERSION, "hubbub swarm", cases, swarm->tasks};
    const bool good = cases_tell(&all, swarm->args.out);
    for (uint64_t i = 0; i < swarm->tasks; i++) {
        free(commands[i]);
    }
    free(commands);
    free(cases);
    return good;
}

enum exit_code swarm_end(const struct swarm *swarm)
{
    const int64_t wall_us = now_us() - swarm->started_us;
    const struct totals totals = sum_up(swarm);
    const uint64_t *codes = totals.codes;
    const enum exit_code code = codes[EXIT_VIOLATED] > 0       ? EXIT_VIOLATED
                                : codes[EXIT_HARNESS] > 0      ? EXIT_HARNESS
                                : codes[EXIT_INCONCLUSIVE] > 0 ? EXIT_INCONCLUSIVE
                                                               : EXIT_HELD;
    char hex[HASH128_HEX_LEN + 1];

    hash128_hex(totals.hash, hex);
    const struct swarm_report report = {
        .version = HUBBUB_VERSION,
        .scenario = scenario_name(swarm->loaded[0].scenario),
        .verdict = verdict_word(code == EXIT_HELD       ? VERDICT_HELD
                                : code == EXIT_VIOLATED ? VERDICT_VIOLATED
                                                        : VERDICT_INCONCLUSIVE),
        .hash = hex,
        .seeds_run = swarm->finished,
        .messages = totals.messages,
        .deliveries = totals.deliveries,
        .events = totals.events,
        .frames = totals.frames,
        .wall_us = wall_us,
    };
    const bool wrote = swarm->args.out == NULL || write_summary(swarm, &report);
    (void)printf("%" PRIu64 " seeds: %" PRIu64 " held, %" PRIu64 " violated, %" PRIu64
                 " inconclusive, %" PRIu64 " harness failures; %" PRIu64 " messages, %" PRIu64
                 " deliveries, %" PRId64 ".%" PRId64 " s%s%s%s%s\n",
                 swarm->finished, codes[EXIT_HELD], codes[EXIT_VIOLATED], codes[EXIT_INCONCLUSIVE],
                 codes[EXIT_HARNESS], totals.messages, totals.deliveries, wall_us / 1000000,
                 wall_us % 1000000 / 100000, swarm->args.quiet ? "" : "\nhash    ",
                 swarm->args.quiet ? "" : hex,
                 swarm->args.quiet ? ": " : "\nVerdict: ", report.verdict);
    return tell_cases(swarm) && wrote ? code : EXIT_HARNESS;
}
