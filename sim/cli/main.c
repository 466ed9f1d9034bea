/* hubbub: a deterministic chaos simulator and conformance harness for realtime chat. */
#include "sim/cli/cli.h"
#include "sim/vdb/vdb.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "hubbub " HUBBUB_VERSION ": a deterministic chaos simulator for realtime chat\n"
    "\n"
    "usage: hubbub COMMAND [flags]\n"
    "\n"
    "  run SCENARIO       one seed of a scenario, with the verdict on every invariant\n"
    "  replay PLAN...     runs again, from the plans that they wrote\n"
    "  swarm SCENARIO...  many seeds, side by side\n"
    "  check HISTORY      what anybody's clients saw, recorded: judges your own server too\n"
    "  list [ID]          the invariants, faults and coverage points\n"
    "\n"
    "hubbub COMMAND --help tells more; hubbub --version --verbose names the node library, which\n"
    "hubbubd was linked with too. A first run:\n"
    "  hubbub run scenarios/quiet.json\n"
    "\n"
    "Exit codes: 0 held, 1 violated, 2 bad usage or input, 3 harness failed, 4 inconclusive\n";

/* What a page could not be written to must not look like a page without findings. */
static int finished(enum exit_code code)
{
    const bool failed = ferror(stdout) != 0;
    if (fflush(stdout) != 0 || failed) {
        (void)fprintf(stderr, "hubbub: cannot write to the standard output\n");
        return EXIT_HARNESS;
    }
    return (int)code;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        enum exit_code (*run)(int argc, char **argv);
    } commands[] = {{"run", cmd_run},
                    {"replay", cmd_replay},
                    {"swarm", cmd_swarm},
                    {"check", cmd_check},
                    {"list", cmd_list}};

    /* A file that is opened later would take a closed descriptor's number, and the page with it. */
    if (fcntl(STDIN_FILENO, F_GETFD) < 0) {
        (void)open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    if (fcntl(STDOUT_FILENO, F_GETFD) < 0 || fcntl(STDERR_FILENO, F_GETFD) < 0) {
        (void)fprintf(stderr, "hubbub: the standard output or the standard error is closed\n");
        return EXIT_INPUT;
    }
    vdb_single_thread();
    if (argc < 2) {
        (void)fputs(help, stderr);
        return EXIT_INPUT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        (void)fputs(help, stdout);
        return finished(EXIT_HELD);
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)puts("hubbub " HUBBUB_VERSION);
        if (argc > 2 && strcmp(argv[2], "--verbose") == 0) {
            (void)printf("node library %s\n", node_library_hash);
        }
        return finished(EXIT_HELD);
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return finished(commands[i].run(argc - 2, argv + 2));
        }
    }
    (void)fprintf(stderr, "hubbub: unknown command %s; see hubbub --help\n", argv[1]);
    return EXIT_INPUT;
}
