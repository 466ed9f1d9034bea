/* SYN-05 to SYN-08, SYN-23: sync sessions. */
#ifndef HUBBUB_SIM_CHECK_SYN_PAGE_H
#define HUBBUB_SIM_CHECK_SYN_PAGE_H

#include "sim/check/truth.h"

void syn_truth_init(struct judge *judge);
void syn_truth_deinit(struct judge *judge);

/* True: this ended the device's session. */
bool page_observe(struct judge *judge, const struct obs *obs);
/* OBS_FOCUS of a session. */
void page_focus(struct judge *judge, const struct obs *obs);
/* The device's present connection closed: what its session has not given, it never will. */
void page_closed(struct judge *judge, uint32_t device);
/* The most pages that any session took. */
uint64_t page_most(const struct judge *judge);

#endif
