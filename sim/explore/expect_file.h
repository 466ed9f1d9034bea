/* "expect" of a plan's file. */
#ifndef HUBBUB_SIM_EXPLORE_EXPECT_FILE_H
#define HUBBUB_SIM_EXPLORE_EXPECT_FILE_H

#include "server/base/mem.h"
#include "sim/explore/config.h"
#include "sim/explore/expect.h"

/* The member with its comma. */
void expect_write(const struct expect *expect, struct buf *out);
/* Leaves `ret` as it is if the root has none. */
void expect_read(const struct config *root, struct expect *ret);

#endif
