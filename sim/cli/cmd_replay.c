/* hubbub replay: one plan with its page, or many with a line each. */
#include "sim/cli/replay.h"
#include "sim/explore/plan_file.h"
#include "sim/explore/run.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] =
    "usage: hubbub replay PLAN [--verify] [--out DIR] [--quiet]\n"
    "       hubbub replay DIR|PLAN... [--accept-fixed] [--out DIR]\n"
    "       hubbub replay PLAN [--until T] [--show WHAT]... [--trace WHOM] [--step N]\n"
    "\n"
    "Runs a plan that `hubbub run --out` or `hubbub swarm --out` wrote: the same run, bit for "
    "bit.\n"
    "Leave things out of it by naming them in its \"drop\": [\"fault4\", \"c17\", \"c4..c9\", "
    "\"room3\",\n"
    "\"n2\", \"send\", \"c17.send\", \"c17.send#3\"]: everything else stays as it is.\n"
    "A plan says what it expects, and the replay what has become of it:\n"
    "\n"
    "  same               held, or violated by the same invariant, as expected. The hash is "
    "compared\n"
    "                     where the node library is the plan's and the plan was not edited\n"
    "  fixed              it was to be violated, and holds\n"
    "  fails differently  it was to hold, or to be violated by another invariant\n"
    "  diverged           it is no longer that run: fewer people act, or do less; a planned fault "
    "did\n"
    "                     not fire; or the hash is another where it is compared: the line says "
    "between\n"
    "                     which events, as close as the plan's checkpoints are\n"
    "\n"
    "A folder's plans (its *.json), or several, are told in a line each. Each runs in a process "
    "of\n"
    "its own: one that crashes or is stuck is a line like the others, and counts as violated.\n"
    "\n"
    "Look around in the very same run; the exit code is then 0:\n"
    "\n"
    "  --until T       runs to an instant (12.4s, 500ms) or to the event of that number; without "
    "it to the\n"
    "                  end of the run\n"
    "  --show WHAT     shows what is there then: 'room 3' (its log, where each node and device "
    "is in it),\n"
    "                  'node 2' (clock, connections, rooms, jobs, parameters), 'person 17' (their "
    "devices,\n"
    "                  what waits to be sent), 'key K' (a key or channel of Redis; one that is "
    "not there\n"
    "                  lists those that are). May be given several times\n"
    "  --trace WHOM    a line for each event and effect of nodes, clients and users, and those "
    "that "
    "name a\n"
    "                  room: n2,c17,u3,r5, or all\n"
    "  --from T        begins the trace at an instant\n"
    "  --step N        tells N events after --until, with their numbers; of --trace's alone if "
    "that is given\n"
    "\n"
    "What it needed, and what changes without it:\n"
    "\n"
    "  --drop NAMES    runs it without them too (fault3, c17.send#3; several by commas or "
    "flags), and says\n"
    "                  what changes: verdict, counts, and the first event that differs. The exit "
    "code is\n"
    "                  that of the run without them\n"
    "  --why           of a violated plan: which of its faults are necessary, each left out "
    "alone, and from\n"
    "                  which instant on the violation was bound to happen: of 20 runs that are "
    "drawn anew\n"
    "                  from there on, so many violate the same. The exit code is then 1\n"
    "  -j N            runs of --why side by side; the default is the cores\n"
    "  --time D        ends --why after this wall time, with what is known by then\n"
    "\n"
    "  --verify        runs two worlds in lockstep too, and names the first event that differs\n"
    "  --accept-fixed  \"fixed\" among several is good; else it asks for the plan to be moved on\n"
    "  --known-failures FILE\n"
    "                  what fails differently, and is listed there until a day, does not count: "
    "see\n"
    "                  ci/templates/known-failures.json\n"
    "  --timeout D     of several: how long one may take; the default is 30m\n"
    "  --out DIR       writes junit.xml and summary.md; of one plan all that `hubbub run` writes\n"
    "  --quiet         one line instead of the page; of several only those that are not as "
    "expected\n"
    "\n"
    "Exit codes: 0 as expected, or a single plan is fixed; 1 fails differently; 2 bad usage or "
    "input,\n"
    "3 harness failed, 4 diverged, or one of several is fixed. A plan that expects nothing: as of\n"
    "hubbub run\n";

static const char *const written_of_one[] = {
    "summary.json", "plan.json", "junit.xml", "summary.md", "history.txt", "violation.txt", NULL};

bool plan_load(const char *path, struct loaded_plan *ret)
{
    struct buf text = {0};
    struct buf why = {0};
    bool good = file_read(path, &text);

    if (good &&
        plan_read(text.bytes, text.len, &ret->plan, &ret->scenario, &ret->expect, &why) != HB_OK) {
        say_error("hubbub replay: %s: %s\n", path, why.bytes);
        good = false;
    }
    if (good && strcmp(ret->expect.version, HUBBUB_VERSION) != 0) {
        say_error("hubbub replay: %s: written by hubbub %s, and this is %s: it may be another "
                  "run\n",
                  path, ret->expect.version, HUBBUB_VERSION);
    }
    buf_deinit(&text);
    buf_deinit(&why);
    return good;
}

void plan_unload(struct loaded_plan *loaded)
{
    plan_deinit(&loaded->plan);
    scenario_free(&loaded->scenario);
}

static enum exit_code replay_one(const char *path, struct args *args)
{
    struct loaded_plan loaded;
    struct buf command = {0};

    if (!plan_load(path, &loaded)) {
        return EXIT_INPUT;
    }
    command_add(&command, "hubbub replay", path);
    const struct execution execution = {.title = "hubbub replay",
                                        .plan = &loaded.plan,
                                        .scenario = loaded.scenario,
                                        .args = args,
                                        .command = command.bytes,
                                        .file = path,
                                        .small = loaded.expect.small,
                                        .expect = &loaded.expect};
    const enum exit_code code =
        out_open(args, "hubbub replay", written_of_one, false) ? execute(&execution) : EXIT_INPUT;
    plan_unload(&loaded);
    buf_deinit(&command);
    return code;
}

bool is_folder(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

/* Of one plan, which is neither told as a run nor written. */
static enum exit_code look_around(const struct args *args)
{
    const int asked = look_wanted(args) + (args->drops.len > 0) + args->why;

    if (args->files_len != 1 || is_folder(args->files[0])) {
        say_error("hubbub replay: --until, --show, --trace, --step, --drop, --why: expected one "
                  "plan\n");
        return EXIT_INPUT;
    }
    if (asked > 1) {
        say_error("hubbub replay: expected one of --drop, --why, and --until with --show, --trace, "
                  "--step\n");
        return EXIT_INPUT;
    }
    return args->why             ? replay_why(args->files[0], args)
           : args->drops.len > 0 ? replay_drop(args->files[0], args)
                                 : replay_look(args->files[0], args);
}

enum exit_code cmd_replay(int argc, char **argv)
{
    struct args args;

    if (wants_help(argc, argv)) {
        page_print(help);
        return EXIT_HELD;
    }
    if (!args_parse(
            "replay",
            "--verify --out --quiet --accept-fixed --known-failures --timeout --until --from "
            "--step --show --trace --drop --why -j --time",
            argc, argv, &args)) {
        return EXIT_INPUT;
    }
    if (args.files_len == 0) {
        say_error("hubbub replay: expected plans or folders of them, got none; see hubbub "
                  "replay --help\n");
        return EXIT_INPUT;
    }
    if (look_wanted(&args) || args.drops.len > 0 || args.why) {
        return look_around(&args);
    }
    const enum exit_code code = !known_open(&args, "hubbub replay") ? EXIT_INPUT
                                : args.files_len == 1 && !is_folder(args.files[0])
                                    ? replay_one(args.files[0], &args)
                                    : replay_several(&args);
    known_close(&args, code != EXIT_INPUT);
    results_close(&args.results);
    return code;
}
