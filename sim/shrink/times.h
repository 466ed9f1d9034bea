/* Moves what is left of the best plan: earlier, rounder, shorter. */
#ifndef HUBBUB_SIM_SHRINK_TIMES_H
#define HUBBUB_SIM_SHRINK_TIMES_H

#include "sim/shrink/ask.h"

/* Ends the plan soon after it fails: what would come later goes, and every further run is shorter. */
void times_cut(struct shrink *shrink);
/* Instants, durations and amounts. Actions are moved where the plan writes them out. */
void times_move(struct shrink *shrink);

#endif
