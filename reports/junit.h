/* Cases as JUnit XML, in the form that Jenkins, GitLab and their like validate. */
#ifndef HUBBUB_REPORTS_JUNIT_H
#define HUBBUB_REPORTS_JUNIT_H

#include "reports/cases.h"

/* junit.xml: a test suite for each group that stands together. What is good passes, what is bad is a
 * failure, what is unclear an error. */
void report_junit(const struct report_cases *cases, struct buf *out);

#endif
