/* hubbub swarm: many seeds over forked workers. See swarm.h. */
#include "sim/cli/swarm.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SEEDS_BY_DEFAULT 1000000 /* of a swarm that --time ends */

static const char help[] =
    "usage: hubbub swarm SCENARIO... --seeds A..B [-j N] [--out DIR] [flags]\n"
    "\n"
    "Runs many seeds of each scenario, side by side: most in its small form, and so many in full "
    "size\n"
    "that they are about a tenth of the work. A seed that is violated, stuck, crashes or runs out "
    "of\n"
    "memory is a finding: it is told, its plan is written at once, and the swarm goes on.\n"
    "\n"
    "  --seeds A..B          which seeds, both ends included; with --time the default is "
    "1..1000000\n"
    "  --shard I/N           only part I (from 0) of N: together they are all seeds, each once\n"
    "  --form small|full     seeds of this form only\n"
    "  --time D              ends after this wall time, such as 90s, 10m, 8h\n"
    "  --fail-fast N         ends after N seeds that did not hold\n"
    "  --timeout D           how long one seed may take; the default is 20 times the median of "
    "those of\n"
    "                        its form, and at least 30s\n"
    "  -j N                  worker processes; the default is the cores\n"
    "  --out DIR             writes summary.json, junit.xml and summary.md; of each failure\n"
    "                        DIR/NAME-seed-N/plan.json, which expects what that seed came to; and\n"
    "                        seeds.txt, a line a seed\n"
    "  --shrink              makes each finding as small as it can be, in a minute each at most "
    "(hubbub\n"
    "                        shrink --help): DIR/NAME-seed-N/shrunk-plan.json\n"
    "  --resume              goes on with the seeds that are not done in DIR\n"
    "  --verify-permille N   so many of 1000 seeds run two worlds in lockstep too (default 50)\n"
    "  --full-permille N     so many of 1000 seeds run in full size, instead of a tenth of the "
    "work\n"
    "  --canary N            plants a bug into every Nth place's run, which the judge has to see; "
    "0: none; the\n"
    "                        default is 250 in swarms of at least 1000 places\n"
    "  --blind-canary        plants nothing and looks for it: such a swarm has to be inconclusive\n"
    "  --clients N, --rooms N, --nodes N, --duration D   as of hubbub run\n"
    "  --known-failures FILE what is violated, and listed there until a day, does not count: see\n"
    "                        ci/templates/known-failures.json\n"
    "  --quiet               one line, when all is done\n"
    "\n"
    "From 100 seeds of a form on, a coverage point or a fault that the scenario has on and no seed "
    "reached\n"
    "makes the swarm inconclusive, and is named; so does it not where --clients and the like "
    "change "
    "what\n"
    "the scenario says.\n"
    "\n"
    "SIGINT, SIGTERM and SIGHUP end a swarm with a summary of what is done; a second one at once.\n"
    "\n"
    "Example:\n"
    "  hubbub swarm scenarios/city.json --seeds 1..200 --out out/\n"
    "\n"
    "Exit codes: 0 all held or known, 1 one was violated, stuck, crashed or out of memory, 2 bad "
    "usage or "
    "input,\n"
    "3 harness failed, 4 one was inconclusive, or it was interrupted and no finding before\n";

static const char *const written[] = {"summary.json", "junit.xml",  "summary.md",
                                      "seeds.txt",    "states.txt", NULL};

static bool is_taken(const struct swarm *swarm, uint32_t len, const char *name)
{
    for (uint32_t i = 0; i < len; i++) {
        if (strcasecmp(swarm->loaded[i].name, name) ==
            0) { /* some file systems do not tell them apart */
            return true;
        }
    }
    return false;
}

/* Scenarios of the same name stand in different files: the second one is NAME-2. */
static void name_files(struct swarm *swarm, uint32_t place)
{
    char *name = swarm->loaded[place].name;
    char first[NAME_CAP];

    name_safe(scenario_name(swarm->loaded[place].scenario), first);
    (void)snprintf(name, NAME_CAP, "%s", first);
    for (uint32_t n = 2; is_taken(swarm, place, name); n++) {
        (void)snprintf(name, NAME_CAP, "%.80s-%u", first, (unsigned)n);
    }
}

/* The seeds of this shard. */
static bool share(struct swarm *swarm)
{
    struct args *args = &swarm->args;
    const uint64_t first = args->seed_from;
    const uint64_t all = args->seed_to - first + 1;

    if (args->shards > 0) {
        if (all > UINT64_MAX / SHARDS_MAX || all < args->shards) {
            say_error(
                "hubbub swarm: --shard: expected at least as many seeds as shards, and at most "
                "%" PRIu64 " seeds\n",
                UINT64_MAX / SHARDS_MAX);
            return false;
        }
        args->seed_from = first + all * args->shard / args->shards;
        args->seed_to = first + all * (args->shard + 1) / args->shards - 1;
    }
    swarm->seeds = args->seed_to - args->seed_from + 1;
    if (swarm->seeds == 0 || swarm->seeds > SEEDS_MAX) {
        say_error("hubbub swarm: --seeds: expected at most %d seeds\n", SEEDS_MAX);
        return false;
    }
    swarm->places = swarm->seeds * args->files_len;
    return true;
}

static bool choose_forms(struct swarm *swarm)
{
    const struct args *args = &swarm->args;

    for (uint32_t i = 0; i < args->files_len; i++) {
        struct loaded *loaded = &swarm->loaded[i];
        if (args->form == FORM_SMALL && !scenario_has_small(loaded->scenario)) {
            say_error("hubbub swarm: --form small: %s has no small form\n", loaded->path);
            return false;
        }
        if (!full_rate(swarm, i, &loaded->full_ppm)) {
            return false;
        }
        loaded->full_ppm = args->form == FORM_SMALL      ? 0
                           : args->form == FORM_FULL     ? 1000000
                           : args->full_permille <= 1000 ? args->full_permille * 1000
                                                         : loaded->full_ppm;
    }
    return true;
}

static bool complete_args(struct args *args)
{
    const char *wrong = NULL;

    if (args->time_us > 0 && !args->seeds_given) {
        args->seed_from = 1;
        args->seed_to = SEEDS_BY_DEFAULT;
        args->seeds_given = true;
    }
    args->jobs = args->jobs > 0 ? args->jobs : cores();
    if (args->files_len == 0 || args->files_len > SCENARIOS_MAX || !args->seeds_given) {
        say_error("hubbub swarm: expected 1 to %d scenarios and --seeds A..B; see hubbub swarm "
                  "--help\n",
                  SCENARIOS_MAX);
        return false;
    }
    if (args->resume && args->out == NULL) {
        wrong = "--resume: expected --out DIR too, with what is done";
    } else if (args->form != FORM_BOTH && args->full_permille <= 1000) {
        wrong = "--form and --full-permille: expected one of them";
    }
    if (wrong != NULL) {
        say_error("hubbub swarm: %s\n", wrong);
    }
    return wrong == NULL;
}

static bool load_all(struct swarm *swarm)
{
    struct args *args = &swarm->args;

    if (!complete_args(args) || !share(swarm)) {
        return false;
    }
    for (uint32_t i = 0; i < args->files_len; i++) {
        swarm->loaded[i].path = args->files[i];
        if (!scenario_load(args->files[i], &swarm->loaded[i].scenario, &swarm->loaded[i].corpus)) {
            return false;
        }
        name_files(swarm, i);
    }
    if (!choose_forms(swarm) || !known_open(args, "hubbub swarm") ||
        !out_open(args, "hubbub swarm", written, args->resume)) {
        return false;
    }
    swarm->outcomes = hb_calloc(swarm->places, sizeof *swarm->outcomes);
    return seeds_open(swarm);
}

enum exit_code cmd_swarm(int argc, char **argv)
{
    struct swarm *swarm = hb_calloc(1, sizeof *swarm);
    enum exit_code code = EXIT_INPUT;

    if (wants_help(argc, argv)) {
        page_print(help);
        free(swarm);
        return EXIT_HELD;
    }
    swarm->seeds_fd = -1;
    swarm->started_us = now_us();
    if (args_parse("swarm",
                   "--seeds -j --out --clients --rooms --nodes --duration --verify-permille "
                   "--full-permille --form --shard --time --timeout --fail-fast --resume --shrink "
                   "--quiet --canary --blind-canary --known-failures",
                   argc, argv, &swarm->args) &&
        load_all(swarm)) {
        swarm_run(swarm);
        if (swarm->args.shrink) {
            swarm_shrink(swarm);
        }
        code = swarm_conclude(swarm);
    }
    if (swarm->seeds_fd >= 0) {
        (void)close(swarm->seeds_fd);
    }
    known_close(&swarm->args, code != EXIT_INPUT);
    results_close(&swarm->args.results);
    for (uint32_t i = 0; i < SCENARIOS_MAX; i++) {
        scenario_free(&swarm->loaded[i].scenario);
        buf_deinit(&swarm->loaded[i].corpus);
    }
    for (uint64_t i = 0; swarm->outcomes != NULL && i < swarm->places; i++) {
        free(swarm->outcomes[i].what);
        free(swarm->outcomes[i].shape);
    }
    free(swarm->outcomes);
    free(swarm);
    return code;
}
