/* Two texts against each other, line by line: what both have, what only one has. */
#ifndef HUBBUB_SIM_LOOK_SIDES_H
#define HUBBUB_SIM_LOOK_SIDES_H

#include "server/base/mem.h"

#define SIDES_LINES_MAX      400 /* of each; what is behind is not looked at */
#define SIDES_COLUMNS_BESIDE 150 /* of a terminal wide enough for one beside the other */

/* Appends "  both", "- one" and "+ other" lines; or, `columns` being enough, one beside the other with a mark
 * between: "|" where they differ, "<" and ">" where one has no such line. `columns` 0: nobody counts them. */
void sides(struct buf *out, const struct buf *one, const struct buf *other, uint32_t columns);

#endif
