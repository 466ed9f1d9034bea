/* The same plan again: one node's life as text, or two worlds in lockstep. */
#ifndef HUBBUB_SIM_EXPLORE_VERIFY_H
#define HUBBUB_SIM_EXPLORE_VERIFY_H

#include "server/base/mem.h"
#include "sim/plan/plan.h"

/* Executes `plan` once more, without a judge, and writes the first life of node `node` (from 0) to
 * `out`, in the form of server/node/record.h. */
void run_record_node(const struct plan *plan, uint16_t node, struct buf *out);

/* Two worlds in lockstep, hashes compared after each event. True: they agree; else `ret_where`
 * names the first event that differs. `plant_at_event` != 0 plants a difference in the second world
 * before that event, for the test of this very check. */
bool run_verify(const struct plan *plan, uint64_t plant_at_event, char *ret_where, size_t ret_cap);

#endif
