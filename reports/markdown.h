/* Cases as Markdown, for a job's page. */
#ifndef HUBBUB_REPORTS_MARKDOWN_H
#define HUBBUB_REPORTS_MARKDOWN_H

#include "reports/cases.h"

#define MARKDOWN_CASES_MAX 50 /* told one by one; a page takes 1 MiB (GitHub), a reader less */

/* summary.md: the counts, then the cases that are not good with what repeats them; the rest is
 * counted. */
void report_markdown(const struct report_cases *cases, struct buf *out);

#endif
