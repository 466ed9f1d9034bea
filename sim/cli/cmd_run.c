/* hubbub run, hubbub replay. */
#include "sim/cli/cli.h"

#include "sim/explore/plan_file.h"

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
    "  --out DIR       writes summary.json and plan.json; of a violated run also history.txt and\n"
    "                  violation.txt\n"
    "  --record-node N writes DIR/node.record too: all that node N was given and did in its first\n"
    "                  life, for the same node elsewhere\n"
    "  --quiet         one line instead of the page\n"
    "\n"
    "Examples:\n"
    "  hubbub run scenarios/city.json --seed 1\n"
    "  hubbub run scenarios/city.json --small --seed 42 --verify --out out/\n"
    "\n"
    "Exit codes: 0 held, 1 violated, 2 bad usage or input, 3 harness failed, 4 inconclusive\n";

static const char replay_help[] =
    "usage: hubbub replay PLAN [--verify] [--out DIR] [--quiet]\n"
    "\n"
    "Runs a plan that `hubbub run --out` or `hubbub swarm --out` wrote: the same run, bit for "
    "bit.\n"
    "Take faults or actions out of it by naming them in its \"drop\": [\"fault4\", "
    "\"c17.send#3\"].\n"
    "\n"
    "Exit codes: as of hubbub run; 0 also means that it no longer fails\n";

static bool wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

static void command_of(const struct args *args, char *ret, size_t ret_cap)
{
    const struct scenario_overrides *o = &args->overrides;
    int at = snprintf(ret, ret_cap, "hubbub run %s --seed %" PRIu64, args->files[0], args->seed);
    const struct {
        const char *flag;
        uint32_t value;
    } numbers[] = {{"--clients", o->clients}, {"--rooms", o->rooms}, {"--nodes", o->nodes}};
    for (size_t i = 0; i < 3; i++) {
        if (numbers[i].value > 0 && at > 0 && (size_t)at < ret_cap) {
            at += snprintf(ret + at, ret_cap - (size_t)at, " %s %u", numbers[i].flag,
                           (unsigned)numbers[i].value);
        }
    }
    if (o->duration_us > 0 && at > 0 && (size_t)at < ret_cap) {
        at += snprintf(ret + at, ret_cap - (size_t)at, " --duration %" PRId64 "us", o->duration_us);
    }
    if (o->small && at > 0 && (size_t)at < ret_cap) {
        (void)snprintf(ret + at, ret_cap - (size_t)at, " --small");
    }
}

enum exit_code cmd_run(int argc, char **argv)
{
    struct args args;
    struct scenario *scenario = NULL;
    struct buf corpus = {0};
    struct buf why = {0};
    struct plan plan;
    char command[4400];
    enum exit_code code = EXIT_INPUT;

    if (wants_help(argc, argv)) {
        (void)fputs(run_help, stdout);
        return EXIT_HELD;
    }
    if (!args_parse("run",
                    "--seed --clients --rooms --nodes --duration --small --verify --out --quiet "
                    "--record-node",
                    argc, argv, &args)) {
        return EXIT_INPUT;
    }
    if (args.files_len != 1) {
        (void)fprintf(stderr, "hubbub run: expected one scenario, got %u; see hubbub run --help\n",
                      (unsigned)args.files_len);
        return EXIT_INPUT;
    }
    if (!scenario_load(args.files[0], &scenario, &corpus)) {
        return EXIT_INPUT;
    }
    if (scenario_plan(scenario, args.seed, &args.overrides, corpus.bytes, corpus.len, &plan,
                      &why) != HB_OK) {
        (void)fprintf(stderr, "hubbub run: %s: %s\n", args.files[0], why.bytes);
    } else {
        command_of(&args, command, sizeof command);
        const struct execution execution = {&plan, scenario, &args, command};
        code = execute(&execution);
        plan_deinit(&plan);
    }
    scenario_free(&scenario);
    buf_deinit(&corpus);
    buf_deinit(&why);
    return code;
}

enum exit_code cmd_replay(int argc, char **argv)
{
    struct args args;
    struct scenario *scenario = NULL;
    struct buf text = {0};
    struct buf why = {0};
    struct plan plan;
    char command[4400];
    enum exit_code code = EXIT_INPUT;

    if (wants_help(argc, argv)) {
        (void)fputs(replay_help, stdout);
        return EXIT_HELD;
    }
    if (!args_parse("replay", "--verify --out --quiet", argc, argv, &args)) {
        return EXIT_INPUT;
    }
    if (args.files_len != 1) {
        (void)fprintf(stderr,
                      "hubbub replay: expected one plan, got %u; see hubbub replay --help\n",
                      (unsigned)args.files_len);
        return EXIT_INPUT;
    }
    if (!file_read(args.files[0], &text)) {
        buf_deinit(&text);
        return EXIT_INPUT;
    }
    if (plan_read(text.bytes, text.len, &plan, &scenario, &why) != HB_OK) {
        (void)fprintf(stderr, "hubbub replay: %s: %s\n", args.files[0], why.bytes);
    } else {
        (void)snprintf(command, sizeof command, "hubbub replay %s", args.files[0]);
        const struct execution execution = {&plan, scenario, &args, command};
        code = execute(&execution);
        plan_deinit(&plan);
        scenario_free(&scenario);
    }
    buf_deinit(&text);
    buf_deinit(&why);
    return code;
}
