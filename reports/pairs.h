/* How strictly the delivery of rows was judged: what share of (row, member) pairs was held to which bound. */
#ifndef HUBBUB_REPORTS_PAIRS_H
#define HUBBUB_REPORTS_PAIRS_H

#include "server/base/mem.h"
#include "sim/check/check.h"

/* The field `delivery_pairs` of a summary: counts, and shares in permille, null where there is nothing. */
void report_pairs_json(const struct pairs *pairs, struct buf *out);
/* "Delivery judged: 55.1 % at the bare bound, ..."; nothing without pairs. */
void report_pairs_text(const struct pairs *pairs, struct buf *out);

#endif
