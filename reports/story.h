/* The story of a violation, for a person who did not write its rule: what was expected and what happened, who was
 * there, the path of the rows that it speaks of, what the nodes on it noted. */
#ifndef HUBBUB_REPORTS_STORY_H
#define HUBBUB_REPORTS_STORY_H

#include "reports/kept.h"
#include "reports/style.h"
#include "server/base/mem.h"

/* `fault_word`: what a fault's kind is called. */
void story_print(const struct keep *keep, const char *(*fault_word)(uint64_t kind),
                 const struct style *style, struct buf *out);

#endif
