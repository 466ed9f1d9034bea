/* Disturbances on a path, and the bounds that count from their end.
 *
 *   committer c --- database --- Redis --- node n of the device --- connection --- device
 *
 * A bound counts from the latest of the event itself and the ends of the disturbances on its own
 * path: faults elsewhere do not make it vacuous. What a part needs to recover after its fault ended
 * counts as disturbed too: BOUND_REDIS, BOUND_DATABASE. */
#ifndef HUBBUB_SIM_CHECK_PATH_H
#define HUBBUB_SIM_CHECK_PATH_H

#include "sim/check/truth.h"

void path_observe(struct judge *judge,
                  const struct obs *obs); /* faults, the calm, nodes up and down */

/* After its welcome, close, own fault or sync: what is told of it beside its views. */
void path_device_moved(struct judge *judge, struct device *device);

/* Until when this node did nothing; NEVER_US: it does not go on yet. */
int64_t path_paused_until(const struct judge *judge, uint16_t node);

int64_t path_undisturbed_us(const struct judge *judge); /* BOUND_UNDISTURBED */
/* BOUND_REPAIR, of so many rows. */
int64_t path_repair_us(const struct judge *judge, uint64_t missing);

/* Since when no node, and no link of a node, has kept a row from anybody; NEVER_US. Also tells each node's
 * calm_us. */
int64_t path_calm_us(struct judge *judge);
/* After path_calm_us: nothing kept the committer from telling of the row. */
bool path_told(const struct judge *judge, const struct row *row);

/* From when on, and for how long at most, a committed row may take to a device that is online:
 * BOUND_REPAIR, or BOUND_REPAIR_DEAD; BOUND_AWAY more than BOUND_REPAIR while Redis is away. NEVER_US: a
 * disturbance is on that the log does not make up for. `missing`: so many rows may have to be repaired. */
int64_t path_delivery(const struct judge *judge, const struct device *device, const struct row *row,
                      uint64_t missing, int64_t *ret_bound_us);

/* BOUND_ANSWER; BOUND_ANSWER_HTTP of one that is not connected; BOUND_ANSWER_DIRECT to a person. */
int64_t path_answer_us(const struct judge *judge, bool connected, bool direct);
/* Whether nothing on the way from a device over its node to the database was disturbed since `since_us`,
 * nor shortly before. */
bool path_answer_healthy(const struct judge *judge, const struct device *device, uint16_t node,
                         int64_t since_us);

/* BOUND_ONLINE, of a device that waits since `waiting_us`, or since its last try ended with the node that it
 * was made to. It counts from when a node serves at all. */
int64_t path_online_us(const struct judge *judge);
int64_t path_online_from(const struct judge *judge, const struct device *device,
                         int64_t waiting_us);

/* BOUND_READY, of a node that is up since `up_us`. */
int64_t path_ready_us(const struct judge *judge);
/* From when on, not before `at_us`, the node's transactions are not hindered. */
int64_t path_database_from(const struct judge *judge, uint16_t node, int64_t at_us);
/* The same of its way to Redis and back. */
int64_t path_redis_from(const struct judge *judge, uint16_t node, int64_t at_us);

/* From when on, not before `at_us`, nothing keeps a node from answering a hello: neither its transactions, nor
 * a row that was lost on its way, which the hello has to wait for. */
int64_t path_hello_from(const struct judge *judge, int64_t at_us);

/* BOUND_HELD, for the pages that all rooms of the device need. */
int64_t path_held_us(const struct judge *judge, const struct device *device);
int64_t path_held_from(const struct judge *judge, const struct device *device, int64_t at_us);

/* What a client asks for from `at_us` on may be refused by the database, and is asked for again. */
int64_t path_asked_from(const struct judge *judge, const struct device *device, int64_t at_us);
/* BOUND_SYNC: how long a sync session of so many rows may take. */
int64_t path_sync_us(const struct judge *judge, uint64_t rows, uint64_t rooms);

/* BOUND_REST, where the longest sync took so many pages. */
int64_t path_rest_us(const struct judge *judge, uint64_t pages);

#endif
