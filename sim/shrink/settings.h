/* The settings of the best plan: parameters, latencies, sizes, what people write. */
#ifndef HUBBUB_SIM_SHRINK_SETTINGS_H
#define HUBBUB_SIM_SHRINK_SETTINGS_H

#include "sim/shrink/ask.h"

/* One short text for all that is written. */
void settings_text(struct shrink *shrink);
/* Whatever is a number of things to its least: where a page is one row, two messages are what a hundred
 * were. */
void settings_least(struct shrink *shrink);
/* Towards the defaults, where that costs no more messages; else to the least value. */
void settings_default(struct shrink *shrink);
/* Numbers behind the last client, room and node that is left need not be there. */
void settings_sizes(struct shrink *shrink);

#endif
