/* Settings of a scenario that cannot hold together: with them every run would fail, or prove nothing, by
 * their own fault. A plan's are not asked when it is read: it was run with what it says. */
#ifndef HUBBUB_SIM_EXPLORE_FITS_H
#define HUBBUB_SIM_EXPLORE_FITS_H

#include "server/base/mem.h"
#include "sim/explore/scenario.h"

/* HB_EFIELD: `why` has one line with the field, the least value that works, and why. */
HB_MUST_USE enum hb_err scenario_fits(const struct scenario *scenario, struct buf *why);

/* The same of a plan as it is, for whoever changes one: what it needs, as a clause, or NULL. Its faults that end a
 * node are asked for, too: as drawn ones do, they keep apart. */
const char *plan_misfit(const struct plan *plan);
/* The least settle that fits. */
int64_t plan_settle_least_us(const struct plan *plan);

#endif
