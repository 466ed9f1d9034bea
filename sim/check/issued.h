/* Which tokens were issued, to whom, and what of them was revoked: SEC-03 of bearer.h. */
#ifndef HUBBUB_SIM_CHECK_ISSUED_H
#define HUBBUB_SIM_CHECK_ISSUED_H

#include "sim/check/truth.h"

struct issued { /* a token */
    uint64_t id;
    uint32_t user;
    int64_t issued_s, until_ms;
    int64_t revoked_us; /* it alone; NEVER_US: it was not */
};

void issued_truth_init(struct judge *judge);
void issued_truth_deinit(struct judge *judge);

void issued_add(struct judge *judge, const struct obs *obs); /* ISSUED */
/* REVOKED; false: of nothing that there is. */
bool issued_revoked(struct judge *judge, const struct obs *obs);

struct issued *issued_token(const struct judge *judge, uint64_t id); /* NULL: there is none */
/* When it, or all of its user's that are as old, was revoked first; NEVER_US: it was not. */
int64_t issued_revoked_us(const struct judge *judge, const struct issued *token);
/* From when on a node has to know that, and BOUND_REVOKED counts; NEVER_US: not yet, or never. */
int64_t issued_known_from(const struct judge *judge, uint16_t node, const struct issued *token);
/* Whether this node has to know it now. */
bool issued_stays_out(const struct judge *judge, uint16_t node, const struct issued *token,
                      int64_t now_us);

#endif
