/* What the parts of `hubbub replay` share. */
#ifndef HUBBUB_SIM_CLI_REPLAY_H
#define HUBBUB_SIM_CLI_REPLAY_H

#include "sim/cli/cli.h"

struct loaded_plan {
    struct plan plan;
    struct scenario *scenario;
    struct expect expect;
};

/* Prints one line on an error, and of a plan that another version wrote. */
bool plan_load(const char *path, struct loaded_plan *ret);
void plan_unload(struct loaded_plan *loaded);

/* Whether the flags ask to look around in a run; and doing so. */
bool look_wanted(const struct args *args);
enum exit_code replay_look(const char *path, const struct args *args);

/* Runs the plan, and the same without what --drop names: what changes. The exit code is the latter's verdict. */
enum exit_code replay_drop(const char *path, const struct args *args);

/* What a failure needed, and from when on it was bound to happen. */
enum exit_code replay_why(const char *path, const struct args *args);

bool is_folder(const char *path);
/* The files, and the plans of the folders among them: each in a process of its own. */
enum exit_code replay_several(struct args *args);

#endif
