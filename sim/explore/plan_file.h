/* Repro files: a plan as JSON, with the scenario that it was drawn from. */
#ifndef HUBBUB_SIM_EXPLORE_PLAN_FILE_H
#define HUBBUB_SIM_EXPLORE_PLAN_FILE_H

#include "sim/explore/expect.h"
#include "sim/explore/scenario.h"
#include "sim/plan/plan.h"

/* The repro file: {"hubbub_plan":2,"hubbub":version,"seed":n,"drop":["fault4","c17"],
 * "expect":{"verdict":"violated","invariant":"ORD-05","form":"small","hash":..,"nodeLibrary":..,
 * "plan":..},"drawn":{...},"scenario":{...},"corpus":[...]}. Execution takes what was drawn, not the
 * scenario. If "drawn" has "actions", clients do these and nothing else: {"client":17,"kind":"app_kill","n":3,
 * "atUs":..,"forUs":..}, whose parameters are drawn by their names. `expect` may be NULL; older files have none. */
void plan_write(const struct plan *plan, const struct scenario *scenario,
                const struct expect *expect, struct buf *out);
/* A hash of all of the file but what is expected. */
void plan_digest(const struct plan *plan, const struct scenario *scenario,
                 char ret[EXPECT_PLAN_LEN + 1]);
/* HB_EFIELD: not a plan, or of another format: `why` says which. Gives *ret and *ret_scenario.
 * `ret_expect` may be NULL. */
HB_MUST_USE enum hb_err plan_read(const char *text, size_t text_len, struct plan *ret,
                                  struct scenario **ret_scenario, struct expect *ret_expect,
                                  struct buf *why);

#endif
