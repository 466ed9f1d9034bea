/* Settings of a scenario that cannot hold together: with them every run would fail, or prove nothing, by
 * their own fault. A plan's are not asked: it was run with what it says. */
#ifndef HUBBUB_SIM_EXPLORE_FITS_H
#define HUBBUB_SIM_EXPLORE_FITS_H

#include "server/base/mem.h"
#include "sim/explore/scenario.h"

/* HB_EFIELD: `why` has one line with the field, the least value that works, and why. */
HB_MUST_USE enum hb_err scenario_fits(const struct scenario *scenario, struct buf *why);

#endif
