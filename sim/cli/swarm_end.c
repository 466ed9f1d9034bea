/* All outcomes of a swarm together. See swarm.h. */
#include "reports/pairs.h"
#include "reports/shown.h"
#include "reports/swarm.h"
#include "sim/cli/swarm.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct totals {
    struct hash128 hash;
    uint64_t messages, deliveries, events, frames, full;
    uint64_t ends[SEED_ENDS];
};

/* Findings, whatever found them. */
static uint64_t findings(const struct totals *totals)
{
    uint64_t count = 0;
    for (int i = 0; i < SEED_ENDS; i++) {
        count += seed_code((enum seed_end)i) == EXIT_VIOLATED ? totals->ends[i] : 0;
    }
    return count;
}

static struct totals sum_up(const struct swarm *swarm)
{
    struct totals totals = {.messages = 0};

    for (uint64_t i = 0; i < swarm->places; i++) {
        const struct outcome *outcome = &swarm->outcomes[i];
        if (!outcome->done) {
            continue;
        }
        totals.ends[outcome->end]++;
        totals.full += !place_small(swarm, i);
        hash128_fold(&totals.hash, outcome->hash.lo, outcome->hash.hi);
        totals.messages += outcome->messages;
        totals.deliveries += outcome->deliveries;
        totals.events += outcome->events;
        totals.frames += outcome->frames;
    }
    return totals;
}

/* A finding before all. Of a swarm that was interrupted nothing else is known for good. */
static enum exit_code code_of(const struct swarm *swarm, const struct totals *totals,
                              const struct never *never)
{
    bool has[EXIT_INCONCLUSIVE + 1] = {false};

    for (int i = 0; i < SEED_ENDS; i++) {
        has[seed_code((enum seed_end)i)] |= totals->ends[i] > 0;
    }
    if (swarm->unwritten || swarm->ended == ENDED_WORKERS) {
        return EXIT_HARNESS;
    }
    if (has[EXIT_VIOLATED]) {
        return EXIT_VIOLATED;
    }
    if (swarm->ended == ENDED_SIGNAL) {
        return EXIT_INCONCLUSIVE;
    }
    return has[EXIT_HARNESS] ? EXIT_HARNESS
           : has[EXIT_INCONCLUSIVE] || swarm->finished == 0 || never->enough || swarm->canary_lost
               ? EXIT_INCONCLUSIVE
               : known_code(&swarm->args, EXIT_HELD);
}

/* "" if every seed is done. */
static void early_end(const struct swarm *swarm, char ret[64])
{
    const char *name = sigabbrev_np(swarm->signal);

    ret[0] = 0;
    switch (swarm->ended) {
    case ENDED_ALL:
        break;
    case ENDED_TIME:
        (void)snprintf(ret, 64, "the time is over");
        break;
    case ENDED_FAILURES:
        (void)snprintf(ret, 64, "--fail-fast %u", (unsigned)swarm->args.fail_fast);
        break;
    case ENDED_SIGNAL:
        (void)snprintf(ret, 64, "interrupted by SIG%s", name != NULL ? name : "?");
        break;
    case ENDED_WORKERS:
        (void)snprintf(ret, 64, "no worker can be started");
        break;
    }
}

/* --- summary.json --------------------------------------------------------------------------- */

static void add_failure(const struct swarm *swarm, const struct groups *groups, uint64_t place,
                        bool first, struct buf *out)
{
    const struct outcome *outcome = &swarm->outcomes[place];
    const struct loaded *loaded = &swarm->loaded[place_scenario(swarm, place)];
    const char *id = outcome_id(outcome);
    char repro[REPRO_CAP];
    struct buf path = {0};
    struct buf command = {0};

    place_repro(swarm, place, repro);
    out_path(&swarm->args, repro, &path);
    place_command(swarm, place, &command);
    const struct swarm_failure failure = {
        .seed = place_seed(swarm, place),
        .scenario = scenario_name(loaded->scenario),
        .file = loaded->path,
        .form = place_small(swarm, place) ? "small" : "full",
        .end = seed_word(outcome->end),
        .invariant = id,
        .group = groups->items[groups->of_place[place]].name,
        .summary = outcome->what,
        .repro = path.bytes,
        .command = command.bytes,
        .violated = outcome->violated,
    };
    swarm_failure(&failure, first, out);
    buf_deinit(&path);
    buf_deinit(&command);
}

static bool write_summary(const struct swarm *swarm, const struct swarm_report *report,
                          const struct groups *groups)
{
    struct buf text = {0};
    bool first = true;

    swarm_begin(report, &text);
    states_json(swarm, &text);
    buf_printf(&text, "  \"canary\": {\"planted\": %" PRIu64 ", \"seen\": %" PRIu64 "},\n",
               swarm->canaries, swarm->canaries_seen);
    swarm_invariants(swarm->invariants, &swarm->pairs, &text);
    for (uint64_t i = 0; i < swarm->places; i++) {
        if (swarm->outcomes[i].done && swarm->outcomes[i].end != SEED_HELD &&
            swarm->outcomes[i].end != SEED_KNOWN) {
            add_failure(swarm, groups, i, first, &text);
            first = false;
        }
    }
    groups_summary(swarm, groups, &text);
    swarm_finish(&text);
    const bool good = out_write(&swarm->args, "summary.json", &text) && states_write(swarm);
    buf_deinit(&text);
    return good;
}

/* --- For CI systems ------------------------------------------------------------------------- */

/* The scenario's name, unless another scenario of this swarm has it too. */
static const char *group_of(const struct loaded *loaded)
{
    const char *name = scenario_name(loaded->scenario);
    char safe[NAME_CAP];

    name_safe(name, safe);
    return strcmp(safe, loaded->name) == 0 ? name : loaded->name;
}

static enum case_end case_of(enum seed_end end)
{
    const enum exit_code code = seed_code(end);
    return end == SEED_KNOWN       ? CASE_KNOWN
           : code == EXIT_HELD     ? CASE_GOOD
           : code == EXIT_VIOLATED ? CASE_BAD
                                   : CASE_UNCLEAR;
}

/* The seeds that were not run, if somebody or something else than a wish ended the swarm. */
static struct report_case rest_of(const struct swarm *swarm, char name[64], const char *why)
{
    (void)snprintf(name, 64, "%" PRIu64 " seeds that were not run",
                   swarm->places - swarm->finished);
    return (struct report_case){
        .end = CASE_UNCLEAR,
        .group = scenario_name(swarm->loaded[0].scenario),
        .name = name,
        .word = exit_word(swarm->ended == ENDED_SIGNAL ? EXIT_INCONCLUSIVE : EXIT_HARNESS),
        .invariant = "",
        .message = why,
        .details = "",
        .file = "",
        .command = "",
        .hash = ""};
}

/* What no seed reached, where that counts. */
static struct report_case never_of(const struct swarm *swarm, const struct never *never)
{
    return (struct report_case){.end = CASE_UNCLEAR,
                                .group = scenario_name(swarm->loaded[0].scenario),
                                .name = "what no seed reached",
                                .word = exit_word(EXIT_INCONCLUSIVE),
                                .invariant = "",
                                .message = never->lines[0],
                                .details = "",
                                .file = "",
                                .command = "",
                                .hash = ""};
}

static bool tell_cases(const struct swarm *swarm, const char *early, const struct never *never)
{
    struct report_case *cases = hb_calloc(swarm->finished + 2, sizeof *cases);
    struct buf *commands = hb_calloc(swarm->finished + 1, sizeof *commands);
    char rest[64];
    size_t len = 0;

    for (uint64_t i = 0; i < swarm->places; i++) {
        const struct outcome *outcome = &swarm->outcomes[i];
        const struct loaded *loaded = &swarm->loaded[place_scenario(swarm, i)];
        if (!outcome->done) {
            continue;
        }
        cases[len] = (struct report_case){.end = case_of(outcome->end),
                                          .group = group_of(loaded),
                                          .seed = place_seed(swarm, i),
                                          .word = seed_word(outcome->end),
                                          .invariant = outcome_id(outcome),
                                          .message = outcome->what != NULL ? outcome->what : "",
                                          .details = "",
                                          .file = loaded->path,
                                          .command = "",
                                          .hash = "",
                                          .wall_us = outcome->wall_us};
        if (outcome->end != SEED_HELD) {
            place_command(swarm, i, &commands[len]);
            cases[len].command = commands[len].bytes;
        }
        len++;
    }
    const size_t seeds = len;
    if (swarm->ended == ENDED_SIGNAL || swarm->ended == ENDED_WORKERS) {
        cases[len++] = rest_of(swarm, rest, early);
    }
    if (never->enough) {
        cases[len++] = never_of(swarm, never);
    }
    const struct report_cases all = {HUBBUB_VERSION, "hubbub swarm", cases, len};
    const bool good = cases_tell(&all, &swarm->args);
    for (size_t i = 0; i < seeds; i++) {
        buf_deinit(&commands[i]);
    }
    free(commands);
    free(cases);
    return good;
}

/* --- The page ------------------------------------------------------------------------------- */

static void tell_never(const struct never *never, struct buf *out)
{
    for (uint32_t i = 0; i < never->len; i++) {
        buf_printf(out, "%s%s", i > 0 ? "; " : "never   ", never->lines[i]);
    }
    if (never->len > 0) {
        buf_printf(out, "%s\n",
                   never->enough
                       ? ""
                       : " (not counted: too few seeds, or not the scenario as it is written)");
    }
}

static void tell_page(const struct swarm *swarm, const struct totals *totals,
                      const struct swarm_report *report, const struct never *never,
                      const struct groups *groups, struct buf *out)
{
    static const enum seed_end died[] = {SEED_STUCK, SEED_CRASHED, SEED_NO_MEMORY};
    const uint64_t told = swarm->told < SEEDS_TOLD_MAX ? swarm->told : SEEDS_TOLD_MAX;

    buf_printf(out,
               "%" PRIu64 " seeds: %" PRIu64 " held, %" PRIu64 " violated, %" PRIu64
               " inconclusive, %" PRIu64 " harness failures; %" PRIu64 " messages, %" PRIu64
               " deliveries, %" PRId64 ".%" PRId64 " s",
               swarm->finished, totals->ends[SEED_HELD], findings(totals),
               totals->ends[SEED_INCONCLUSIVE], totals->ends[SEED_HARNESS], totals->messages,
               totals->deliveries, report->wall_us / 1000000, report->wall_us % 1000000 / 100000);
    if (totals->ends[SEED_KNOWN] > 0) {
        buf_printf(out, "; %" PRIu64 " known", totals->ends[SEED_KNOWN]);
    }
    if (swarm->args.quiet) {
        buf_printf(out, ": %s%s%s%s\n", report->verdict, report->early[0] != 0 ? " (" : "",
                   report->early, report->early[0] != 0 ? ")" : "");
        return;
    }
    buf_add_char(out, '\n');
    for (size_t i = 0; i < sizeof died / sizeof died[0]; i++) {
        if (totals->ends[died[i]] > 0) {
            buf_printf(out, "%" PRIu64 " of the violated: %s\n", totals->ends[died[i]],
                       seed_word(died[i]));
        }
    }
    buf_printf(out, "form    %s: %" PRIu64 " small, %" PRIu64 " full\nhash    %s\n", report->form,
               swarm->finished - totals->full, totals->full, report->hash);
    report_pairs_text(&swarm->pairs, out);
    if (report->early[0] != 0) {
        buf_printf(out, "ended   %s: %" PRIu64 " of %" PRIu64 " seeds are done%s\n", report->early,
                   swarm->finished, swarm->places,
                   swarm->args.results != NULL ? "; --resume goes on with the others" : "");
    }
    tell_never(never, out);
    groups_tell(swarm, groups, out);
    states_line(swarm, out);
    canary_line(swarm, out);
    if (swarm->failed > told) {
        struct buf path = {0};
        if (swarm->args.results != NULL) {
            out_path(&swarm->args, "summary.json", &path);
        }
        buf_printf(out, "and %" PRIu64 " more failures: ", swarm->failed - told);
        shown_text(out, path.len > 0 ? path.bytes : "summary.json of --out");
        buf_add_text(out, " has them all\n");
        buf_deinit(&path);
    }
    buf_printf(out, "Verdict: %s%s%s%s\n", report->verdict, report->early[0] != 0 ? " (" : "",
               report->early, report->early[0] != 0 ? ")" : "");
}

enum exit_code swarm_conclude(const struct swarm *swarm)
{
    const struct totals totals = sum_up(swarm);
    struct buf page = {0};
    struct never *never = hb_calloc(1, sizeof *never);
    const char *lines[NEVER_MAX];
    char hex[HASH128_HEX_LEN + 1];
    char early[64];

    reach_never(swarm, never);
    enum exit_code code = code_of(swarm, &totals, never);
    for (uint32_t i = 0; i < never->len; i++) {
        lines[i] = never->lines[i];
    }
    hash128_hex(totals.hash, hex);
    early_end(swarm, early);
    struct swarm_report report = {
        .version = HUBBUB_VERSION,
        .scenario = scenario_name(swarm->loaded[0].scenario),
        .verdict = code == EXIT_HELD && totals.ends[SEED_KNOWN] > 0 ? KNOWN_WORD : exit_word(code),
        .exit_code = (int)code,
        .hash = hex,
        .form = form_word(swarm->args.form),
        .interrupted = swarm->ended == ENDED_SIGNAL,
        .early = early,
        .seed_from = swarm->args.seed_from,
        .seed_to = swarm->args.seed_to,
        .seeds_planned = swarm->places,
        .seeds_run = swarm->finished,
        .seeds_full = totals.full,
        .held = totals.ends[SEED_HELD],
        .violated = findings(&totals),
        .known = totals.ends[SEED_KNOWN],
        .stuck = totals.ends[SEED_STUCK],
        .crashed = totals.ends[SEED_CRASHED],
        .no_memory = totals.ends[SEED_NO_MEMORY],
        .inconclusive = totals.ends[SEED_INCONCLUSIVE],
        .harness_failed = totals.ends[SEED_HARNESS],
        .messages = totals.messages,
        .deliveries = totals.deliveries,
        .events = totals.events,
        .frames = totals.frames,
        .wall_us = now_us() - swarm->started_us,
        .never_reached = lines,
        .never_reached_len = never->len,
    };
    struct groups *groups = hb_calloc(1, sizeof *groups);
    groups_make(swarm, groups);
    if (!tell_cases(swarm, early, never) ||
        (swarm->args.results != NULL && !write_summary(swarm, &report, groups))) {
        code = EXIT_HARNESS;
        report.verdict = exit_word(code);
    }
    tell_page(swarm, &totals, &report, never, groups, &page);
    groups_deinit(groups);
    free(groups);
    free(never);
    page_print(page.bytes);
    buf_deinit(&page);
    return code;
}
