/* What each person saw of the rows that a violation is about, side by side, and what the log has. */
#ifndef HUBBUB_REPORTS_PEOPLE_H
#define HUBBUB_REPORTS_PEOPLE_H

#include "reports/cast.h"
#include "reports/style.h"
#include "server/base/mem.h"

/* The table; nothing where the violation is about no places. */
void people_table(const struct keep *keep, const struct cast *cast, const struct style *style,
                  struct buf *out);
/* Who is on the path, a line each: persons and devices, nodes, what they are in it. */
void people_cast(const struct keep *keep, const struct cast *cast, struct buf *out);

#endif
