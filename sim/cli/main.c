/* hubbub: a deterministic chaos simulator and conformance harness for realtime chat. */
#include "sim/cli/cli.h"

#include "sim/world/vdb.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "hubbub " HUBBUB_VERSION ": a deterministic chaos simulator for realtime chat\n"
    "\n"
    "usage: hubbub COMMAND [flags]\n"
    "\n"
    "  run SCENARIO       one seed of a scenario, with the verdict on every invariant\n"
    "  replay PLAN        a run again, from the plan that it wrote\n"
    "  swarm SCENARIO...  many seeds, side by side\n"
    "  list [ID]          the invariants, faults and coverage points\n"
    "\n"
    "hubbub COMMAND --help tells more. A first run:\n"
    "  hubbub run scenarios/quiet.json\n"
    "\n"
    "Exit codes: 0 held, 1 violated, 2 bad usage or input, 3 harness failed, 4 inconclusive\n";

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        enum exit_code (*run)(int argc, char **argv);
    } commands[] = {
        {"run", cmd_run}, {"replay", cmd_replay}, {"swarm", cmd_swarm}, {"list", cmd_list}};

    vdb_single_thread();
    if (argc < 2) {
        (void)fputs(help, stderr);
        return EXIT_INPUT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        (void)fputs(help, stdout);
        return EXIT_HELD;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)puts("hubbub " HUBBUB_VERSION);
        return EXIT_HELD;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            const enum exit_code code = commands[i].run(argc - 2, argv + 2);
            return fflush(stdout) == 0 ? (int)code : (int)EXIT_HARNESS;
        }
    }
    (void)fprintf(stderr, "hubbub: unknown command %s; see hubbub --help\n", argv[1]);
    return EXIT_INPUT;
}
