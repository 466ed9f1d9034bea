/* Faults of a scenario: parsing, and drawing them for a seed. */
#ifndef HUBBUB_SIM_EXPLORE_SCENARIO_FAULTS_H
#define HUBBUB_SIM_EXPLORE_SCENARIO_FAULTS_H

#include "sim/explore/config.h"
#include "sim/explore/scenario_form.h"

/* Between the end of a fault that ends a node and the beginning of another: somebody is always there. */
#define BREATH_US SECOND

/* Reads `faults`; the form's plain fields are there already. */
void faults_parse(const struct config *config, struct form *form);
/* `kind`, which says `said`, is no fault that may stand there; `by_client`: what people do may. */
void faults_fail_kind(const struct config *config, const char *said, bool by_client,
                      const char *expected);
/* Appends the faults and generators of this seed. */
void faults_draw(const struct form *form, uint64_t seed, struct plan *plan);

#endif
