/* From when the bounds of presence count, and which ones do. */
#ifndef HUBBUB_SIM_CHECK_PRE_PATH_H
#define HUBBUB_SIM_CHECK_PRE_PATH_H

#include "sim/check/pre_people.h"

/* From when, and for how long at most, a change of a person at `at_us` may take to a device that is online.
 * NEVER_US: something is on that keeps it. */
int64_t pre_path_from(struct judge *judge, uint32_t user, const struct device *device,
                      int64_t at_us, int64_t *ret_bound_us);
/* The same of what their nodes have told of in time, also if they went since. */
int64_t pre_path_said_from(struct judge *judge, uint32_t user, const struct device *device,
                           int64_t at_us, int64_t *ret_bound_us);
/* Until when a connection may count whose node went with it at `down_us`; NEVER_US: nobody can tell yet. */
int64_t pre_path_ghost(const struct judge *judge, int64_t down_us);
/* Whether the others may have taken the node for dead, at `at_us`, because it could not say that it is not. */
bool pre_path_leaseless(const struct judge *judge, uint16_t node, int64_t at_us);
/* Whether its way to Redis is such that it keeps its lease for certain. */
bool pre_path_leased(const struct judge *judge, uint16_t node);
/* When, after `at_us`, that or what its node keeps from the others changes by itself; NEVER_US: it does not. */
int64_t pre_path_next(const struct judge *judge, uint16_t node, int64_t at_us);
/* Whether somebody is there without a doubt: a connection that Redis was told of before `from_us`, and that
 * nothing has put in doubt until `at_us`. Whatever kept others from hearing of anything, they were not told that
 * it ended. */
bool pre_path_firm(const struct judge *judge, const struct pre_conn *conn, int64_t from_us,
                   int64_t at_us);
/* The earliest instant of which this node may tell at `at_us`: one without Redis tells what it knew before, one that
 * was paused first what came to it meanwhile, in its order. */
int64_t pre_path_told_of(const struct judge *judge, uint16_t node, int64_t at_us);
/* Whether what its node heard at `said_us` may not have come to the others at `at_us`: it was on no way to Redis. */
bool pre_path_kept(const struct judge *judge, uint16_t node, int64_t said_us, int64_t at_us);
/* The last instant before `at_us` of which its node can have told Redis in time. */
int64_t pre_path_said(const struct judge *judge, uint16_t node, int64_t at_us);
/* From when on Redis has for certain what any node had heard at `at_us`; NEVER_US: not yet. */
int64_t pre_path_all_said(const struct judge *judge, int64_t at_us);
/* Whether all that was disturbed has had its time. */
bool pre_path_rested(struct judge *judge, uint32_t user, int64_t at_us);

#endif
