/* The faults and generators of a scenario. */
#ifndef HUBBUB_SIM_EXPLORE_SCENARIO_FAULTS_H
#define HUBBUB_SIM_EXPLORE_SCENARIO_FAULTS_H

#include "sim/explore/scenario_form.h"

void faults_parse(const struct config *config, struct form *form);
void faults_draw(const struct form *form, uint64_t seed, struct plan *plan);

#endif
