/* What may be shown of a person now, and until when what might be before may be. */
#ifndef HUBBUB_SIM_CHECK_PRE_SHOWN_H
#define HUBBUB_SIM_CHECK_PRE_SHOWN_H

#include "sim/check/pre_people.h"

/* Whether it counts for certain, and whether it may count, at `at_us`. */
bool pre_conn_counts(const struct judge *judge, const struct pre_conn *conn, int64_t at_us);
bool pre_conn_may_count(const struct judge *judge, const struct pre_conn *conn, int64_t at_us);

/* When its node has what it said last, if that is not lost; INT64_MIN: it said nothing. */
int64_t pre_conn_heard_by(const struct judge *judge, const struct pre_conn *conn);
/* Whether its last word may not have come to its node. */
bool pre_conn_unheard(const struct judge *judge, const struct pre_conn *conn);

/* What may be shown of them now; what may not any more might be until `since_us`. */
void pre_person_look(struct judge *judge, uint32_t user, int64_t now_us, int64_t since_us);
/* When that may change by itself. */
int64_t pre_person_next(const struct judge *judge, const struct pre_person *person, int64_t now_us);
/* A DUE_PERSON for them, then or earlier. */
void pre_person_wake(struct judge *judge, uint32_t user, int64_t at_us);

#endif
