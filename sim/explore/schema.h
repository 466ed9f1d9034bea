/* scenarios/schema.json, written from the rows that reading goes by: plain fields, parameters,
 * faults, coverage points. Ranges are in it, those of durations as patterns. */
#ifndef HUBBUB_SIM_EXPLORE_SCHEMA_H
#define HUBBUB_SIM_EXPLORE_SCHEMA_H

#include "server/base/mem.h"

void schema_write(struct buf *out);

#endif
