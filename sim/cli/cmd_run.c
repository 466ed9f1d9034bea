/* hubbub run. */
#include "sim/cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char run_help[] =
    "usage: hubbub run SCENARIO [flags]\n"
    "\n"
    "Runs one seed of a scenario and prints the verdict on every invariant.\n"
    "\n"
    "  --seed N        which seed; the default is 1. The same seed gives the same run, bit for "
    "bit\n"
    "  --clients N     another number of clients; the rooms share them out\n"
    "  --rooms N       another number of rooms\n"
    "  --nodes N       another number of server nodes\n"
    "  --duration D    another length, in virtual time, such as 30s\n"
    "  --small         the scenario's small form, which swarms use\n"
    "  --verify        runs two worlds in lockstep too, and names the first event that differs\n"
    "  --out DIR       writes summary.json and plan.json, which expects what this run came to;\n"
    "                  junit.xml and summary.md for CI systems; of a violated run also "
    "history.txt\n"
    "                  and violation.txt\n"
    "  --history       writes DIR/history.txt of a run that held too: all that was observed, so "
    "that\n"
    "                  hubbub check says the same of it\n"
    "  --record-node N writes DIR/node.record too: all that node N (from 0) was given and did in "
    "its\n"
    "                  first life, for the same node elsewhere\n"
    "  --known-failures FILE\n"
    "                  what is violated, and listed there until a day, does not count: see\n"
    "                  ci/templates/known-failures.json\n"
    "  --quiet         one line instead of the page\n"
    "\n"
    "Examples:\n"
    "  hubbub run scenarios/city.json --seed 1\n"
    "  hubbub run scenarios/city.json --small --seed 42 --verify --out out/\n"
    "\n"
    "Exit codes: 0 held or known, 1 violated, 2 bad usage or input, 3 harness failed, 4 "
    "inconclusive\n";

static bool record_wanted(const struct args *args, const struct plan *plan)
{
    const bool good = !args->record_given || (args->record_node < plan->nodes && args->out != NULL);
    if (!good) {
        say_error("hubbub run: --record-node: expected one of the %u nodes, from 0, and --out\n",
                  (unsigned)plan->nodes);
    }
    return good;
}

static bool history_wanted(const struct args *args)
{
    const bool good = !args->history || args->out != NULL;
    if (!good) {
        say_error("hubbub run: --history: expected --out too: it is written there\n");
    }
    return good;
}

static const char *const written[] = {"summary.json", "plan.json",     "junit.xml",   "summary.md",
                                      "history.txt",  "violation.txt", "node.record", NULL};

/* The plan has all of it; this says what differs from the scenario. */
static void tell_drawn(const struct args *args, const struct scenario *scenario)
{
    struct buf drawn = {0};

    if (args->overrides.small && !args->quiet) {
        scenario_drawn(scenario, args->seed, &drawn);
    }
    if (drawn.len > 0) {
        say("drawn   %s\n", drawn.bytes);
    }
    buf_deinit(&drawn);
}

enum exit_code cmd_run(int argc, char **argv)
{
    struct args args;
    struct scenario *scenario = NULL;
    struct buf corpus = {0};
    struct buf why = {0};
    struct plan plan;
    struct buf command = {0};
    enum exit_code code = EXIT_INPUT;

    if (wants_help(argc, argv)) {
        page_print(run_help);
        return EXIT_HELD;
    }
    if (!args_parse("run",
                    "--seed --clients --rooms --nodes --duration --small --verify --out --quiet "
                    "--record-node --known-failures --history",
                    argc, argv, &args)) {
        return EXIT_INPUT;
    }
    if (args.files_len != 1) {
        say_error("hubbub run: expected one scenario, got %u; see hubbub run --help\n",
                  (unsigned)args.files_len);
        return EXIT_INPUT;
    }
    if (!scenario_load(args.files[0], &scenario, &corpus)) {
        return EXIT_INPUT;
    }
    if (scenario_plan(scenario, args.seed, &args.overrides, corpus.bytes, corpus.len, &plan,
                      &why) != HB_OK) {
        say_error("hubbub run: %s: %s\n", args.files[0], why.bytes);
    } else {
        args_command(&args, &command);
        const struct execution execution = {.title = "hubbub run",
                                            .plan = &plan,
                                            .scenario = scenario,
                                            .args = &args,
                                            .command = command.bytes,
                                            .file = args.files[0],
                                            .small = args.overrides.small};
        if (record_wanted(&args, &plan) && history_wanted(&args) &&
            known_open(&args, "hubbub run") && out_open(&args, "hubbub run", written, false)) {
            tell_drawn(&args, scenario);
            code = execute(&execution);
        }
        known_close(&args, code != EXIT_INPUT);
        plan_deinit(&plan);
    }
    scenario_free(&scenario);
    buf_deinit(&corpus);
    buf_deinit(&why);
    buf_deinit(&command);
    results_close(&args.results);
    return code;
}
