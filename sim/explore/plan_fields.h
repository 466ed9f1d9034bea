/* What a repro file holds besides parameters, faults and generators. */
#ifndef HUBBUB_SIM_EXPLORE_PLAN_FIELDS_H
#define HUBBUB_SIM_EXPLORE_PLAN_FIELDS_H

#include "sim/plan/plan.h"

/* Integers of a plan: field, its name in the file, the scenario's word: its row has the limits. */
#define PLAN_INTS(X)                                                                               \
    X(clients, "clients", "clients")                                                               \
    X(rooms, "rooms", "rooms")                                                                     \
    X(members_per_room, "membersPerRoom", "membersPerRoom")                                        \
    X(posters, "posters", "posters")                                                               \
    X(nodes, "nodes", "nodes")                                                                     \
    X(duration_us, "durationUs", "duration")                                                       \
    X(settle_us, "settleUs", "settle")                                                             \
    X(connect_spread_us, "connectSpreadUs", "connectSpread")
/* Later than the format: a plan without them has what a scenario without them has. */
#define PLAN_LATER_INTS(X) X(devices_per_user, "devicesPerUser", "devicesPerUser")
/* The same of `latency`. */
#define PLAN_RANGES(X)                                                                             \
    X(client_latency_us, "clientLatencyUs", "client")                                              \
    X(publish_latency_us, "publishLatencyUs", "publish")                                           \
    X(redis_latency_us, "redisLatencyUs", "redis")                                                 \
    X(database_latency_us, "databaseLatencyUs", "database")

#endif
