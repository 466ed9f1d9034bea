/* All outcomes of a swarm together. See swarm.h. */
#include "reports/swarm.h"
#include "sim/cli/swarm.h"
#include "sim/explore/plan_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPRO_CAP (NAME_CAP + 48)

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

/* The place of its plan in the folder. */
static void repro_of(const struct swarm *swarm, const struct outcome *outcome, char ret[REPRO_CAP])
{
    (void)snprintf(ret, REPRO_CAP, "%s-seed-%" PRIu64 "/plan.json",
                   swarm->loaded[outcome->task.scenario].name, outcome->task.seed);
}

static bool write_repro(const struct swarm *swarm, const struct outcome *outcome, const char *path)
{
    struct plan plan;
    struct buf text = {0};

    if (!swarm_plan(swarm, &outcome->task, &plan)) {
        return false;
    }
    const struct expect expect = expect_after(swarm, outcome, &plan);
    plan_write(&plan, swarm->loaded[outcome->task.scenario].scenario, &expect, &text);
    const bool good = out_write(&swarm->args, path, &text);
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
        char repro[REPRO_CAP];
        struct buf path = {0};
        if (code_of(swarm, i) == EXIT_HELD || !swarm->done[i]) {
            continue;
        }
        repro_of(swarm, outcome, repro);
        good = write_repro(swarm, outcome, repro) && good;
        buf_printf(&path, "%s/%s", swarm->args.out, repro);
        const struct swarm_failure failure = {
            .seed = outcome->task.seed,
            .invariant = outcome->invariant >= 0
                             ? invariant_info((enum invariant)outcome->invariant)->id
                             : verdict_word(VERDICT_INCONCLUSIVE),
            .summary = outcome->what,
            .repro = path.bytes,
        };
        swarm_failure(&failure, first, &text);
        buf_deinit(&path);
        first = false;
    }
    swarm_finish(&text);
    good = out_write(&swarm->args, "summary.json", &text) && good;
    buf_deinit(&text);
    return good;
}

/* --- For CI systems ------------------------------------------------------------------------- */

/* What repeats a seed. */
static void command_of(const struct swarm *swarm, const struct outcome *outcome, struct buf *out)
{
    const struct loaded *loaded = &swarm->loaded[outcome->task.scenario];

    if (swarm->args.results != NULL) {
        char repro[REPRO_CAP];
        struct buf path = {0};
        repro_of(swarm, outcome, repro);
        buf_printf(&path, "%s/%s", swarm->args.out, repro);
        command_add(out, "hubbub replay", path.bytes);
        buf_deinit(&path);
    } else {
        struct args args = swarm->args;
        args.files = &loaded->path;
        args.seed = outcome->task.seed;
        args.overrides.small = swarm_small(swarm, &outcome->task);
        args_command(&args, out);
    }
}

static bool tell_cases(const struct swarm *swarm)
{
    struct report_case *cases = hb_calloc(swarm->tasks, sizeof *cases);
    struct buf *commands = hb_calloc(swarm->tasks, sizeof *commands);

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
            command_of(swarm, outcome, &commands[i]);
            cases[i].command = commands[i].bytes;
            cases[i].invariant = outcome->invariant >= 0
                                     ? invariant_info((enum invariant)outcome->invariant)->id
                                     : "";
        }
    }
    const struct report_cases all = {HUBBUB_VERSION, "hubbub swarm", cases, swarm->tasks};
    const bool good = cases_tell(&all, &swarm->args);
    for (uint64_t i = 0; i < swarm->tasks; i++) {
        buf_deinit(&commands[i]);
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
        .verdict = exit_word(code),
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
