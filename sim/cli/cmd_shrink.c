/* hubbub shrink: a failing plan made as small as it can be. */
#include "sim/cli/shrink.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: hubbub shrink PLAN [-j N] [--time D] [--for ID] [--out DIR] [--quiet|--json]\n"
    "\n"
    "Takes out of a failing plan all that it needs not to fail: faults, people, rooms, nodes, what "
    "people\n"
    "do; then moves what is left earlier, to rounder instants and shorter spans, and parameters to "
    "their\n"
    "defaults. It keeps failing for the same reason: the same invariant, and the same sentence but "
    "for\n"
    "its numbers and names. Other failures that are met on the way are told.\n"
    "\n"
    "What is left has a certificate: for each piece the run without it, and its hash.\n"
    "\n"
    "  -j N         runs side by side; the default is one a core. What comes out is the same\n"
    "  --time D     ends after so long, with the best so far, as does Ctrl-C\n"
    "  --for ID     the invariant to fail for; the default is what the plan expects, or the first\n"
    "  --timeout D  how long one run may take; the default is 60s\n"
    "  --out DIR    writes plan.json (for hubbub replay), certificate.json, and the smallest plan "
    "of\n"
    "               each other failure\n"
    "  --quiet      one line instead of the page\n"
    "  --json       certificate.json instead of the page\n"
    "\n"
    "  hubbub run city --seed 7 --small --out found\n"
    "  hubbub shrink found/plan.json --out small\n"
    "  hubbub replay small/plan.json\n"
    "\n"
    "Exit codes: 0 it fails, and is smaller or as small as can be; 2 bad usage or input, 3 harness "
    "failed,\n"
    "4 it does not fail\n";

static const char *const written[] = {"plan.json", "certificate.json", NULL};

/* False: there is no such invariant (one line was printed). */
static bool find_invariant(const char *id, int32_t *ret)
{
    enum invariant invariant;

    *ret = -1;
    if (id == NULL) {
        return true;
    }
    if (!invariant_find(id, &invariant)) {
        say_error("hubbub shrink: --for: expected the id of an invariant (hubbub list), got "
                  "\"%s\"\n",
                  id);
        return false;
    }
    *ret = (int32_t)invariant;
    return true;
}

static enum exit_code shrink_file(struct args *args)
{
    struct loaded_plan loaded;
    struct shrink_task task = {.args = args,
                               .title = "hubbub shrink",
                               .file = args->files[0],
                               .loaded = &loaded,
                               .under = ""};
    enum exit_code code = EXIT_INPUT;

    if (!find_invariant(args->invariant, &task.invariant) || !plan_load(args->files[0], &loaded)) {
        return EXIT_INPUT;
    }
    if (out_open(args, "hubbub shrink", written, false)) {
        signals_listen();
        code = shrink_one(&task);
    }
    plan_unload(&loaded);
    return code;
}

enum exit_code cmd_shrink(int argc, char **argv)
{
    struct args args;

    if (wants_help(argc, argv)) {
        page_print(help);
        return EXIT_HELD;
    }
    if (!args_parse("shrink", "-j --time --timeout --for --out --quiet --json", argc, argv,
                    &args)) {
        return EXIT_INPUT;
    }
    if (args.files_len != 1 || is_folder(args.files[0])) {
        say_error("hubbub shrink: expected one plan; see hubbub shrink --help\n");
        return EXIT_INPUT;
    }
    if (args.quiet && args.json) {
        say_error("hubbub shrink: --quiet and --json: expected one of them\n");
        return EXIT_INPUT;
    }
    args.jobs = args.jobs > 0 ? args.jobs : cores();
    const enum exit_code code = shrink_file(&args);
    results_close(&args.results);
    return code;
}
