/* Repro files: a plan as JSON, with the scenario that it was drawn from. */
#ifndef HUBBUB_SIM_EXPLORE_PLAN_FILE_H
#define HUBBUB_SIM_EXPLORE_PLAN_FILE_H

#include "sim/explore/scenario.h"
#include "sim/plan/plan.h"

/* The repro file: {"hubbub_plan":2,"hubbub":version,"scenario":{...},"seed":n,"overrides":{...},
 * "corpus":{...},"drop":["fault4","c17.send#3"], then all that was drawn, for reading}. Execution
 * takes what is written in it, not the scenario. */
void plan_write(const struct plan *plan, const struct scenario *scenario, struct buf *out);
/* HB_EFIELD: not a plan, or of another format: `why` says which. Gives *ret and *ret_scenario. */
HB_MUST_USE enum hb_err plan_read(const char *text, size_t text_len, struct plan *ret,
                                  struct scenario **ret_scenario, struct buf *why);

#endif
