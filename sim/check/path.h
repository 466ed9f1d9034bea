/* Disturbances on a path, and the bounds that count from their end.
 *
 *   committer c --- database --- Redis --- node n of the device --- connection --- device
 *
 * A bound counts from the latest of the event itself and the ends of the disturbances on its own
 * path: faults elsewhere do not make it vacuous. What a part needs to recover after its fault ended
 * counts as disturbed too:
 *   Redis: redis_backoff (a node pauses before it reconnects) + 3R (connect, handshake, subscribe);
 *   the database: database_retry + 2D, where D is at least twice the longest time that a
 *   transaction was seen to take from its stamp to its commit (half of it is the answer's way). */
#ifndef HUBBUB_SIM_CHECK_PATH_H
#define HUBBUB_SIM_CHECK_PATH_H

#include "sim/check/truth.h"

void path_observe(struct judge *judge,
                  const struct obs *obs); /* faults, the calm, nodes up and down */

/* 2A + gap + R + 2D + L: a publication that was lost is named by the committer's next announcement
 * (or, if that is lost too, by the number of the one after it), looked up and read from the log;
 * one D is the committer's own answer, the other the repair. */
int64_t path_repair_us(const struct judge *judge);

/* From when on, and for how long at most, a committed row may take to a device that is online.
 * NEVER_US: a disturbance is on. */
int64_t path_delivery(const struct judge *judge, const struct device *device, const struct row *row,
                      int64_t *ret_bound_us);

/* LIV-02: 2 Bk + answer + K/2 + 5L + 2D + R + database_retry. Two tries, of which the first may
 * meet a node that does not answer; a node whose Redis is away answers from the log alone after
 * half a lease. */
int64_t path_online_us(const struct judge *judge);
int64_t path_online_from(const struct judge *judge, const struct device *device);

/* LIV-04: client_gap + pages (2L + 2D + database_retry) + repair, for the pages that all rooms of
 * the device need: a client holds while it syncs, and asks when it has held for long. */
int64_t path_held_us(const struct judge *judge, const struct device *device);
int64_t path_held_from(const struct judge *judge, const struct device *device, int64_t at_us);

/* How long a sync session of so many rows may take. */
int64_t path_sync_us(const struct judge *judge, uint64_t rows, uint64_t rooms);

/* SYN-11: Bk + 3L + pages (2L + 2D + database_retry) + repair. */
int64_t path_rest_us(const struct judge *judge);

#endif
