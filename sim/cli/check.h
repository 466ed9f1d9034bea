/* What the parts of `hubbub check` share. */
#ifndef HUBBUB_SIM_CLI_CHECK_H
#define HUBBUB_SIM_CLI_CHECK_H

#include "reports/checked.h"
#include "sim/cli/cli.h"
#include "sim/cli/lines.h"

#define ERRORS_TOLD 20 /* of a lint; more are counted */

/* A wrong line is told on stderr; true: go on with the next one. */
struct lint {
    bool on;
    uint64_t errors;
};
bool lint_wrong(struct lint *lint, const char *path, const char *why);

/* Prints the page or what else was asked for, and writes --out; `more` follows the page. */
enum exit_code check_tell(const struct args *args, struct checked *checked, const struct buf *more);

/* JSON Lines, by the judge from outside. `lines`: one opened file of each recorder. */
enum exit_code check_recordings(const struct args *args, struct lines *lines, uint32_t lines_len);
/* Our own text form, by the judge of runs. */
enum exit_code check_history(const struct args *args, struct lines *lines);

#endif
