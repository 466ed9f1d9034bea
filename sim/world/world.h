/* The world: virtual time, nodes, clients, streams, Redis, the database and the faults between
 * them. It executes a plan, event by event, and tells observations to a sink.
 *
 *     plan --> world --> obs_sink
 *              |  scheduler: (time, order of scheduling)
 *              |  net: client <-> node frame streams, node <-> Redis byte streams
 *              |  engine, vdb: what the nodes talk to
 *              |  faults: what goes wrong, when
 *
 * User 17 is "u17" (with one device each, also client 17 and device "d17"), room 3 "r3", node 2 "n2".
 * The same plan gives the same events, observations and hash: in any build, in any number of
 * worlds in one process. Nothing here reads anything of the machine. */
#ifndef HUBBUB_SIM_WORLD_WORLD_H
#define HUBBUB_SIM_WORLD_WORLD_H

#include "server/base/base.h"
#include "server/base/hash.h"
#include "server/base/mem.h"
#include "sim/history/obs.h"
#include "sim/plan/plan.h"
#include "sim/world/stats.h"

struct world;

/* `plan` is borrowed for the world's life. `sink.observe` may be NULL. `recording`: observations
 * carry their entry's texts. */
struct world *world_new(const struct plan *plan, struct obs_sink sink, bool recording) HB_MUST_USE;
/* The same with the database of an earlier world, emptied: making one is a seventh of a small run. `kept` is
 * borrowed for the world's life; it holds NULL, or a database that the world takes. world_free puts one there
 * again, if it is a small one. */
struct vdb;
struct world *world_new_on(const struct plan *plan, struct obs_sink sink, bool recording,
                           struct vdb **kept) HB_MUST_USE;
void world_free(struct world **world);

/* Executes one event. False: the run is over (OBS_END was told). */
bool world_step(struct world *world);

int64_t world_now_us(const struct world *world);
struct hash128 world_hash(const struct world *world); /* of all events so far */
void world_stats(const struct world *world, struct world_stats *ret);
/* What the last event was, for people: "12.345678s frame c17 -> n2 send". */
void world_describe_last(const struct world *world, char *ret, size_t ret_cap);
/* When the next event is; false: there is none. */
bool world_next_us(struct world *world, int64_t *ret);
/* Writes the first life of a node to `out`, which is borrowed for the world's life, in the form of
 * server/node/record.h. To be called before the first step. */
void world_record_node(struct world *world, uint16_t node, struct buf *out);
/* Makes this world differ from what the plan says: for the test of lockstep verification. */
void world_plant_difference(struct world *world);

#endif
