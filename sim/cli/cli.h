/* The command line: the one place of the harness that sees files, clocks and terminals.
 *
 *   main.c       which command, help, version
 *   args.c       flags
 *   files.c      reading whole files; writing them whole or not at all
 *   memory.c     the heap of a large run
 *   execute.c    one run with its reports: shared by run and replay
 *   lines.c      a file line by line, however long it is
 *   check_*.c    what anybody recorded: JSON Lines, and our own text form
 *   cmd_*.c      the commands; swarm_*.c what swarm is made of (swarm.h)
 *
 * Exit codes: see enum exit_code; CI relies on them. */
#ifndef HUBBUB_SIM_CLI_CLI_H
#define HUBBUB_SIM_CLI_CLI_H

#include "server/base/mem.h"
#include "sim/check/verdict.h"
#include "sim/explore/scenario.h"
#include "sim/plan/plan.h"

enum exit_code {
    EXIT_HELD = 0,
    EXIT_VIOLATED = 1,
    EXIT_INPUT = 2,   /* usage or bad input */
    EXIT_HARNESS = 3, /* the harness itself failed */
    EXIT_INCONCLUSIVE = 4,
};

#define FILE_BYTES_MAX (64 * 1024 * 1024) /* of a scenario, a corpus or a plan */
#define JOBS_MAX       256                /* worker processes of a swarm */

struct args { /* what the flags said; 0 or NULL: not given */
    const char *const *files;
    uint32_t files_len;
    uint64_t seed;
    bool seed_given;
    uint64_t seed_from, seed_to;
    bool seeds_given;
    uint32_t jobs;
    struct scenario_overrides overrides;
    const char *out;
    const char *profile;
    bool verify, quiet, merge, lint, json;
    uint32_t record_node; /* from 1; 0: none */
    uint32_t verify_permille, full_permille;
};

/* Parses flags; what is none goes to `files`. `allowed` is a blank-separated list such as
 * "--seed --out". On an error prints one line and returns false. */
bool args_parse(const char *command, const char *allowed, int argc, char **argv, struct args *ret);

/* Reads a whole file, NUL-terminated. On an error prints one line and returns false. */
bool file_read(const char *path, struct buf *ret);
/* Writes DIR/NAME through a temporary file, so that it is whole or not there. */
bool file_write(const char *dir, const char *name, const struct buf *content);
bool dir_make(const char *dir);

/* A scenario and its corpus from files; prints one line on an error. */
bool scenario_load(const char *path, struct scenario **ret, struct buf *ret_corpus);

/* Lets the heap grow in one piece of huge pages, where the system has them: a large run misses the
 * translation cache all the time. Before the first large allocation; results do not depend on it. */
void heap_prepare(void);

struct execution {
    const struct plan *plan;
    const struct scenario *scenario;
    const struct args *args;
    const char *command; /* that repeats it, when no plan was written */
};

/* Runs, prints, writes reports; the exit code. */
enum exit_code execute(const struct execution *execution);
enum exit_code exit_of(enum verdict verdict);
int64_t now_us(void); /* monotonic */

enum exit_code cmd_run(int argc, char **argv);
enum exit_code cmd_replay(int argc, char **argv);
enum exit_code cmd_swarm(int argc, char **argv);
enum exit_code cmd_list(int argc, char **argv);
enum exit_code cmd_check(int argc, char **argv);

#endif
