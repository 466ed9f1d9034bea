/* The log: only appended to (SYN-21), there at the end as it was (SYN-01), and one text for all (ORD-09). */
#ifndef HUBBUB_SIM_CHECK_LOG_H
#define HUBBUB_SIM_CHECK_LOG_H

#include "sim/check/truth.h"

/* How often the rows that devices were shown put it to the test. */
uint64_t log_shown(const struct judge *judge, enum invariant invariant);

/* Somebody was told of the message that stands at `row`: ORD-09. An ack tells less than a row. */
void log_row(struct judge *judge, const struct obs *obs, const struct row *row);
void log_ack(struct judge *judge, const struct obs *obs);

void log_rewritten(struct judge *judge, const struct obs *obs);
void log_final(struct judge *judge, const struct obs *obs);
void log_end(struct judge *judge);

#endif
