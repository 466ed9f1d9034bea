/* RCP: what arrived and what was read. */
#ifndef HUBBUB_SIM_CHECK_RCP_H
#define HUBBUB_SIM_CHECK_RCP_H

#include "sim/check/truth.h"

void rcp_init(struct judge *judge);
void rcp_deinit(struct judge *judge);
/* A row that was committed. */
void rcp_placed(struct judge *judge, const struct placed *placed);
/* Of OBS_RECEIPT_MAP. */
void rcp_observe(struct judge *judge, const struct obs *obs);
void rcp_end(struct judge *judge, const struct obs *obs);

#endif
