/* The command line: the one place of the harness that sees files, clocks and terminals.
 *
 *   main.c       which command, help, version
 *   args.c       flags
 *   say.c        lines for a person, and lines to copy
 *   files.c      reading whole files; the folder of --out
 *   scenarios.c  scenarios by path or by name
 *   memory.c     the heap of a large run
 *   machine.c    cores, and the signals that ask for an end
 *   expected.c   what a plan expects, and what became of it
 *   known_failures.c   a violation that is listed, until a day, does not count
 *   for_ci.c     what CI systems read of a command
 *   execute.c    one run with its reports: shared by run and replay
 *   died.c       what led to a failed assertion
 *   lines.c      a file line by line, however long it is
 *   check_*.c    what anybody recorded: JSON Lines, and our own text form
 *   cmd_*.c      the commands; replay_*.c, shrink_*.c, swarm_*.c what they are made of (replay.h, shrink.h, swarm.h)
 *
 * Exit codes: see enum exit_code; CI relies on them. */
#ifndef HUBBUB_SIM_CLI_CLI_H
#define HUBBUB_SIM_CLI_CLI_H

#include "reports/cases.h"
#include "reports/style.h"
#include "server/base/mem.h"
#include "sim/check/verdict.h"
#include "sim/explore/known.h"
#include "sim/explore/replay.h"
#include "sim/explore/run.h"
#include "sim/explore/scenario.h"
#include "sim/plan/plan.h"
#include "sim/results/results.h"

enum exit_code {
    EXIT_HELD = 0,
    EXIT_VIOLATED = 1,
    EXIT_INPUT = 2,   /* usage or bad input */
    EXIT_HARNESS = 3, /* the harness itself failed */
    EXIT_INCONCLUSIVE = 4,
};

#define FILE_BYTES_MAX    (64 * 1024 * 1024) /* of a scenario, a corpus or a plan */
#define JOBS_MAX          256                /* worker processes of a swarm */
#define SHARDS_MAX        1000000
#define PERMILLE_NONE     UINT32_MAX
#define CANARY_BY_DEFAULT UINT32_MAX

enum form { /* which size of a scenario a swarm runs */
            FORM_BOTH,
            FORM_SMALL,
            FORM_FULL,
};
const char *form_word(enum form form);

#define WORDS_MAX 32
struct words { /* of a flag that may be given several times */
    const char *items[WORDS_MAX];
    uint32_t len;
};
struct run_instant { /* of a run */
    bool given;
    uint64_t event; /* its number; 0: the instant counts */
    int64_t us;
};

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
    struct results *results; /* opened from `out`; NULL: none was asked for */
    const char *profile;
    const char *known_failures;
    struct known *known; /* read from it; NULL: there is no list */
    bool why;            /* it is asked */
    bool verify, quiet, merge, lint, json, accept_fixed;
    bool history; /* all that was observed is wanted */
    bool record_given;
    uint32_t record_node;                    /* from 0 */
    uint32_t verify_permille, full_permille; /* PERMILLE_NONE: not given */
    uint32_t canary; /* every so many places; CANARY_BY_DEFAULT: not given */
    bool blind_canary;
    int64_t time_us, timeout_us;
    uint32_t fail_fast; /* failures */
    bool resume, shrink;
    enum form form;
    struct run_instant until, from;
    uint32_t steps;
    struct words shows, traces, drops;
    const char *invariant;  /* an id */
    uint32_t shard, shards; /* which of how many, from 0; 0 shards: not given */
    uint64_t given;         /* a bit for each flag, by its place in the table of args.c */
};

/* Parses flags; what is none, or stands behind --, goes to `files`. `allowed` is a blank-separated list
 * such as "--seed --out". On an error prints one line and returns false. */
bool args_parse(const char *command, const char *allowed, int argc, char **argv, struct args *ret);

/* Whether --help or -h stands anywhere, or `help` alone. */
bool wants_help(int argc, char **argv);
/* Appends the `hubbub run` that repeats a seed of the first file, for a shell. */
void args_command(const struct args *args, struct buf *out);

/* What is written to a descriptor may look like: colours, letters and width of its terminal, of the locale, and
 * of NO_COLOR, TERM and COLUMNS. */
struct style style_of(int fd);
/* Whether there is a terminal for a line that is written again and again; what is piped is spared. */
bool progress_wanted(const struct args *args);
void progress_print(const char *format, ...) HB_PRINTF(1, 2);
void progress_clear(void);
#define PROGRESS_US 200000 /* between two of them */
/* A page on the standard output, as that may be given it. */
void page_print(const char *page);
/* One line on the standard error, or output: whatever a name in it holds, a terminal is not disturbed. */
void say_error(const char *format, ...) HB_PRINTF(1, 2);
void say(const char *format, ...) HB_PRINTF(1, 2);
/* Appends "COMMAND PATH" for a shell. */
void command_add(struct buf *out, const char *command, const char *path);
/* What a failing assertion says of the seed that runs, in `ret_what`, which hb_context borrows. */
#define SEED_WHAT_CAP 320
void seed_begin(uint64_t seed, const char *scenario, char ret_what[SEED_WHAT_CAP]);
/* "held", "violated", "harness failed", "inconclusive": as told wherever this is the exit code. */
const char *exit_word(enum exit_code code);

/* Reads a whole file, NUL-terminated. On an error prints one line and returns false. */
bool file_read(const char *path, struct buf *ret);
/* The same with another limit than that of what people write. */
bool file_read_at_most(const char *path, size_t bytes_max, struct buf *ret);
/* Opens the folder of --out, if there is one, and removes its own old files (results.h); the files are
 * its inputs. `names`: what will be written, to a NULL. Prints one line on an error. */
bool out_open(struct args *args, const char *command, const char *const *names, bool keep);
bool out_write(const struct args *args, const char *path, const struct buf *content);
/* Appends the path of what is written there. */
void out_path(const struct args *args, const char *path, struct buf *out);

/* A scenario and its corpus from files; prints one line on an error. `name`: a path, or the name of one
 * that list_scenarios tells. */
bool scenario_load(const char *name, struct scenario **ret, struct buf *ret_corpus);

void list_scenarios(bool quiet, struct buf *out);

/* Lets the heap grow in one piece of huge pages, where the system has them: a large run misses the
 * translation cache all the time. Before the first large allocation; results do not depend on it. */
void heap_prepare(void);

struct execution {
    const char *title; /* "hubbub run" */
    const struct plan *plan;
    const struct scenario *scenario;
    const struct args *args; /* its folder is open */
    const char *command;     /* that repeats it, when no plan was written */
    const char *file;        /* that a reader should look at: the scenario, the plan */
    bool small; /* of the scenario's small form, which need not reach all that it names */
    const struct expect *expect; /* of a replay; NULL: the first time */
};

/* Between these a failed assertion is told with what led to it, and with the plan. */
void died_begin(const struct execution *execution);
void died_end(void);
/* Runs, prints, writes reports; the exit code. */
enum exit_code execute(const struct execution *execution);
/* Runs only. */
void execute_plan(const struct execution *execution, struct run_progress progress,
                  struct run_result *ret);

extern const char node_library_hash[]; /* made by the build: of the very library linked here */

/* What a plan of this run is to expect from now on. */
struct expect expect_of(const struct execution *execution, const struct run_result *result);
/* Puts in what makes hashes comparable. `hash` may be "". */
void expect_seal(struct expect *expect, const struct plan *plan, const struct scenario *scenario,
                 const char *hash);
enum replay expect_compare(const struct execution *execution, const struct run_result *result,
                           char *ret_why, size_t ret_cap);
/* `fixed_is_news`: then a plan that holds again is not passed over. */
enum exit_code exit_of_replay(enum replay replay, enum verdict verdict, bool fixed_is_news);
/* The case of a replay, from that of its run. */
struct report_case replayed_case(struct report_case run, enum replay replay, const char *why,
                                 bool fixed_is_news);
/* Writes junit.xml and summary.md, if there is a folder; annotations to the standard output, or
 * error beside JSON, within a GitHub workflow. False: a file could not be written. */
bool cases_tell(const struct report_cases *cases, const struct args *args);
enum exit_code exit_of(enum verdict verdict);

#define KNOWN_WORD "known" /* instead of "violated": exit code 0 */
struct known_words {
    char text[KNOWN_WHY_MAX];
};
/* Reads the list of --known-failures, if there is one; prints one line on an error. */
bool known_open(struct args *args, const char *command);
void known_states(const struct judgement *judgement, uint8_t ret[INVARIANT_COUNT]);
/* True: what is violated is known. `ret`: what there is to say of that, also when a day is over. */
bool known_look(const struct args *args, const struct known_subject *subject,
                struct known_words *ret);
/* Puts that into a violated case. */
void known_case(struct report_case *of, bool known, const struct known_words *words);
/* After all: an unexpected pass that is strict makes a good exit code 4. */
enum exit_code known_code(const struct args *args, enum exit_code code);
/* Tells what the list asks for, if all has been `told`; on the standard error if the output is to be
 * one line, or JSON. */
void known_close(struct args *args, bool told);
/* What a fault's kind is called. */
const char *word_of_fault(uint64_t kind);
int64_t now_us(void); /* monotonic */
uint32_t cores(void);
/* From now on the first SIGINT, SIGTERM or SIGHUP asks for an end; a second one ends the process. */
void signals_listen(void);
int signal_caught(void); /* 0: none */

enum exit_code cmd_run(int argc, char **argv);
enum exit_code cmd_replay(int argc, char **argv);
enum exit_code cmd_swarm(int argc, char **argv);
enum exit_code cmd_list(int argc, char **argv);
enum exit_code cmd_init(int argc, char **argv);
enum exit_code cmd_explain(int argc, char **argv);
enum exit_code cmd_diff(int argc, char **argv);
enum exit_code cmd_shrink(int argc, char **argv);
enum exit_code cmd_check(int argc, char **argv);

#endif
