/* Settings of a form that cannot hold together: with them every run would fail, or prove nothing, by
 * their own fault. A plan's are not asked when it is read: it was run with what it says. */
#ifndef HUBBUB_SIM_EXPLORE_FITS_H
#define HUBBUB_SIM_EXPLORE_FITS_H

#include "server/base/mem.h"
#include "sim/explore/scenario_form.h"

/* False: `why` has one line, after `where`, with the field, the least value that works, and why. */
bool form_fits(const struct form *form, const char *where, struct buf *why);
/* The least `settle` within which what may be under way comes to rest. */
int64_t form_rest_us(const struct form *form);

/* The same of a plan as it is, for whoever changes one: what it needs, as a clause, or NULL. Its faults that end a
 * node are asked for, too: as drawn ones do, they keep apart. */
const char *plan_misfit(const struct plan *plan);
/* The least settle that fits. */
int64_t plan_settle_least_us(const struct plan *plan);

#endif
