/* Who is to be told of what was read and arrived: in time, and at rest. */
#ifndef HUBBUB_SIM_CHECK_RCP_TOLD_H
#define HUBBUB_SIM_CHECK_RCP_TOLD_H

#include "sim/check/rcp_truth.h"

/* The database has it from now on. */
void rcp_told_begin(struct judge *judge, uint32_t row);
void rcp_told_due(struct judge *judge, struct due due, int64_t now_us);
void rcp_told_end(struct judge *judge, int64_t now_us);

#endif
