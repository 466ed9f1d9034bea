/* hubbub swarm: many seeds over forked workers. See swarm.h. */
#include "sim/cli/swarm.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SEEDS_MAX 10000000

static const char help[] =
    "usage: hubbub swarm SCENARIO... --seeds A..B [-j N] [--out DIR] [flags]\n"
    "\n"
    "Runs many seeds of each scenario, in its small form; 1 % of them in full size.\n"
    "\n"
    "  --seeds A..B          which seeds, both ends included\n"
    "  -j N                  worker processes; the default is 1\n"
    "  --out DIR             writes summary.json, junit.xml and summary.md, and of each failure\n"
    "                        DIR/NAME-seed-N/plan.json, which expects what that seed came to\n"
    "  --verify-permille N   so many of 1000 seeds run two worlds in lockstep too (default 50)\n"
    "  --full-permille N     so many of 1000 seeds run in full size (default 10)\n"
    "  --quiet               one line, when all is done\n"
    "\n"
    "Example:\n"
    "  hubbub swarm scenarios/city.json --seeds 1..200 -j 2 --out out/\n"
    "\n"
    "Exit codes: 0 all held, 1 one was violated, 2 bad usage or input, 3 harness failed,\n"
    "4 one was inconclusive\n";

static const char *const written[] = {"summary.json", "junit.xml", "summary.md", NULL};

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

static bool load_all(struct swarm *swarm)
{
    struct args *args = &swarm->args;

    if (args->files_len == 0 || args->files_len > SCENARIOS_MAX || !args->seeds_given) {
        say_error("hubbub swarm: expected 1 to %d scenarios and --seeds A..B; see "
                  "hubbub swarm --help\n",
                  SCENARIOS_MAX);
        return false;
    }
    swarm->seeds = args->seed_to - args->seed_from + 1;
    if (swarm->seeds == 0 || swarm->seeds > SEEDS_MAX) {
        say_error("hubbub swarm: --seeds: expected at most %d seeds\n", SEEDS_MAX);
        return false;
    }
    for (uint32_t i = 0; i < args->files_len; i++) {
        swarm->loaded[i].path = args->files[i];
        if (!scenario_load(args->files[i], &swarm->loaded[i].scenario, &swarm->loaded[i].corpus)) {
            return false;
        }
        name_files(swarm, i);
    }
    if (!out_open(args, "hubbub swarm", written, false)) {
        return false;
    }
    swarm->tasks = swarm->seeds * args->files_len;
    return true;
}

enum exit_code cmd_swarm(int argc, char **argv)
{
    struct swarm *swarm = hb_calloc(1, sizeof *swarm);
    enum exit_code code = EXIT_INPUT;

    if (wants_help(argc, argv)) {
        (void)fputs(help, stdout);
        free(swarm);
        return EXIT_HELD;
    }
    if (args_parse("swarm",
                   "--seeds -j --out --clients --rooms --nodes --duration --verify-permille "
                   "--full-permille --quiet",
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
        swarm_run(swarm);
        code = swarm_end(swarm);
    }
    for (uint32_t i = 0; i < SCENARIOS_MAX; i++) {
        scenario_free(&swarm->loaded[i].scenario);
        buf_deinit(&swarm->loaded[i].corpus);
    }
    results_close(&swarm->args.results);
    free(swarm->outcomes);
    free(swarm->done);
    free(swarm->workers);
    free(swarm);
    return code;
}
