/* What a violation comes to, whatever its seed: a word by which failures of one cause are put together.
 *
 *   "SYN-20/committed/publication-not-sent"    the rule, how far the row came, what was noted of it and lost
 *
 * Numbers of rooms, places, people and nodes are in no shape, nor are times. */
#ifndef HUBBUB_REPORTS_SHAPE_H
#define HUBBUB_REPORTS_SHAPE_H

#include "reports/kept.h"
#include "server/base/mem.h"

/* Appends what comes behind the rule, "" or "/..." : ASCII without blanks. */
void shape_of(const struct keep *keep, struct buf *out);
/* By kind: faults that were under way at those on the path, or everywhere, while it broke. */
uint64_t shape_faults(const struct keep *keep);

#endif
