/* A variant of a plan: the same with more of it left out. */
#ifndef HUBBUB_SIM_EXPLORE_VARIANT_H
#define HUBBUB_SIM_EXPLORE_VARIANT_H

#include "sim/explore/scenario.h"
#include "sim/plan/plan.h"

/* Adds `names`, such as "fault3" and "c17.send#3", to what `plan` drops already. Gives *ret. HB_EFIELD: one of
 * them is no such name, or is not in the plan: `why` says which. */
HB_MUST_USE enum hb_err plan_variant(const struct plan *plan, const struct scenario *scenario,
                                     const char *const *names, uint32_t names_len, struct plan *ret,
                                     struct buf *why);

#endif
