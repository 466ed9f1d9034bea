/* A space-time diagram in text: a column for each place on the path, time downwards, and beside each step what
 * it is, in words.
 *
 *              device   node    log  Redis   node  device
 *                  21      2                    1      22
 *      8.153s       |      o----->      |       |       |   node 2 commits place 4
 *      8.154s       |      o------------X       |       |   LOST: ... never reaches Redis
 *
 * Fitted to the width: with less of it there are fewer and narrower columns, and the words go on below. */
#ifndef HUBBUB_REPORTS_DIAGRAM_H
#define HUBBUB_REPORTS_DIAGRAM_H

#include "reports/steps.h"
#include "reports/style.h"

void diagram_print(const struct keep *keep, const struct cast *cast, const struct steps *steps,
                   const char *(*fault_word)(uint64_t kind), const struct style *style,
                   struct buf *out);

#endif
