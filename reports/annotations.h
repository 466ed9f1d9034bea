/* Cases as annotations of a GitHub workflow: lines that its runner reads from the output. */
#ifndef HUBBUB_REPORTS_ANNOTATIONS_H
#define HUBBUB_REPORTS_ANNOTATIONS_H

#include "reports/cases.h"

#define ANNOTATIONS_MAX 10 /* GitHub shows so many errors of a step, and drops the others */

/* `::error file=...,title=...::what` for each case that is bad, `::warning` for each that is unclear.
 * The last one says how many more there are. */
void report_annotations(const struct report_cases *cases, struct buf *out);

#endif
