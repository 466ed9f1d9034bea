/* SYN-05 to SYN-08: sync sessions. */
#ifndef HUBBUB_SIM_CHECK_SYN_PAGE_H
#define HUBBUB_SIM_CHECK_SYN_PAGE_H

#include "sim/check/truth.h"

void page_observe(struct judge *judge, const struct obs *obs);
/* The device's present connection closed: what its session has not given, it never will. */
void page_closed(struct device *device);
void page_deinit(struct judge *judge);

#endif
