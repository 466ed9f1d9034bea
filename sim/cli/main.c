/* hubbub: a deterministic chaos simulator and conformance harness for realtime chat. */
#include "server/base/near.h"
#include "sim/cli/cli.h"
#include "sim/vdb/vdb.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "hubbub " HUBBUB_VERSION ": a deterministic chaos simulator for realtime chat\n"
    "\n"
    "usage: hubbub COMMAND [flags]\n"
    "\n"
    "Begin\n"
    "  init               writes a commented scenario and a CI file into the working folder\n"
    "Look for bugs\n"
    "  run SCENARIO       one seed of a scenario, with the verdict on every invariant\n"
    "  swarm SCENARIO...  many seeds, side by side\n"
    "Have found one\n"
    "  replay PLAN...     runs again, bit for bit, from the plans that they wrote\n"
    "                     or looks around in one: its state, a trace, why it failed\n"
    "  shrink PLAN        the few faults, people and messages that it takes to fail\n"
    "  diff A B           where two runs part\n"
    "Your own server\n"
    "  check HISTORY      judges what its clients saw, recorded in a few lines of any language\n"
    "Look up\n"
    "  list [WHAT|ID]     invariants, faults, parameters, coverage points, scenarios\n"
    "  explain ID         what an invariant means to a person, and what usually breaks it\n"
    "  help COMMAND       its flags and examples\n"
    "\n"
    "A first run:\n"
    "  hubbub run quiet\n"
    "\n"
    "Exit codes: 0 held, 1 violated, 2 bad usage or input, 3 harness failed, 4 inconclusive\n"
    "hubbub --version --verbose names the node library, which hubbubd was linked with too\n";

static const struct {
    const char *name;
    enum exit_code (*run)(int argc, char **argv);
} commands[] = {{"init", cmd_init},     {"run", cmd_run},       {"swarm", cmd_swarm},
                {"replay", cmd_replay}, {"shrink", cmd_shrink}, {"diff", cmd_diff},
                {"check", cmd_check},   {"list", cmd_list},     {"explain", cmd_explain}};
#define COMMANDS_LEN (sizeof commands / sizeof commands[0])

/* What a page could not be written to must not look like a page without findings. */
static int finished(enum exit_code code)
{
    const bool failed = ferror(stdout) != 0;
    if (fflush(stdout) != 0 || failed) {
        say_error("hubbub: cannot write to the standard output\n");
        return EXIT_HARNESS;
    }
    return (int)code;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

static enum exit_code run_command(const char *name, int argc, char **argv)
{
    const char *names[COMMANDS_LEN + 1];
    struct buf meant = {0};

    for (size_t i = 0; i < COMMANDS_LEN; i++) {
        names[i] = commands[i].name;
        if (strcmp(name, names[i]) == 0) {
            return commands[i].run(argc, argv);
        }
    }
    names[COMMANDS_LEN] = "help";
    near_tell(&meant, text_of(name), names, COMMANDS_LEN + 1);
    if (meant.len == 0) {
        buf_add_text(&meant, "; see hubbub --help");
    }
    say_error("hubbub: %s %s%s\n",
              name[0] == '-' ? "expected a command, got the flag" : "unknown command", name,
              meant.bytes);
    buf_deinit(&meant);
    return EXIT_INPUT;
}

/* Descriptors that were closed, and what the system would kill us for. False: nothing can be told. */
static bool system_ready(void)
{
    /* A file that is opened later would take a closed descriptor's number, and the page with it. */
    if (fcntl(STDIN_FILENO, F_GETFD) < 0) {
        (void)open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    if (fcntl(STDOUT_FILENO, F_GETFD) < 0 || fcntl(STDERR_FILENO, F_GETFD) < 0) {
        say_error("hubbub: the standard output or the standard error is closed\n");
        return false;
    }
    (void)signal(SIGXFSZ, SIG_IGN); /* a file beyond `ulimit -f` is an error of that write */
    (void)signal(SIGPIPE, SIG_IGN); /* and so is a pipe that nobody reads */
    return true;
}

int main(int argc, char **argv)
{
    static char flag[] = "--help";
    char *asks[] = {flag, NULL};

    hb_context()->no_memory_exit_code = EXIT_HARNESS;
    if (!system_ready()) {
        return EXIT_INPUT;
    }
    vdb_single_thread();
    if (argc < 2) {
        (void)fputs(help, stderr);
        return EXIT_INPUT;
    }
    if (is_help(argv[1])) {
        if (argc > 2 && !is_help(argv[2])) {
            return finished(run_command(argv[2], 1, asks));
        }
        page_print(help);
        return finished(EXIT_HELD);
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)puts("hubbub " HUBBUB_VERSION);
        if (argc > 2 && strcmp(argv[2], "--verbose") == 0) {
            (void)printf("node library %s\n", node_library_hash);
        }
        return finished(EXIT_HELD);
    }
    return finished(run_command(argv[1], argc - 2, argv + 2));
}
