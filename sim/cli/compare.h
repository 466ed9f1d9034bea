/* Two runs side by side: what became of each, and where they part. */
#ifndef HUBBUB_SIM_CLI_COMPARE_H
#define HUBBUB_SIM_CLI_COMPARE_H

#include "sim/cli/cli.h"

struct compared {
    const char *titles[2]; /* above the columns; fit for a terminal */
    const struct plan *plans[2];
    const struct scenario *scenarios[2];
    bool small[2];
    const struct expect *expects[2]; /* what the files say of their runs; NULL: nothing */
};

/* Runs both and prints it. *ret_parted: whether they part at all; the exit code is the second one's verdict. */
enum exit_code compare(const struct compared *compared, bool *ret_parted);

#endif
