/* What a repro file holds besides parameters, faults and generators. */
#ifndef HUBBUB_SIM_EXPLORE_PLAN_FIELDS_H
#define HUBBUB_SIM_EXPLORE_PLAN_FIELDS_H

#include "sim/plan/plan.h"

/* Integers of a plan. field, JSON name, least, most */
#define PLAN_INTS(X)                                                                               \
    X(clients, "clients", 1, PLAN_CLIENTS_MAX)                                                     \
    X(rooms, "rooms", 1, PLAN_ROOMS_MAX)                                                           \
    X(members_per_room, "membersPerRoom", 1, PLAN_CLIENTS_MAX)                                     \
    X(posters, "posters", 0, PLAN_CLIENTS_MAX)                                                     \
    X(nodes, "nodes", 1, PLAN_NODES_MAX)                                                           \
    X(duration_us, "durationUs", 1, INT64_C(1) << 50)                                              \
    X(settle_us, "settleUs", 1, INT64_C(1) << 50)                                                  \
    X(connect_spread_us, "connectSpreadUs", 0, INT64_C(1) << 50)
/* Later than the format: a plan without them has the last column. */
#define PLAN_LATER_INTS(X) X(devices_per_user, "devicesPerUser", 1, PLAN_DEVICES_MAX, 1)
#define PLAN_RANGES(X)                                                                             \
    X(client_latency_us, "clientLatencyUs")                                                        \
    X(publish_latency_us, "publishLatencyUs")                                                      \
    X(redis_latency_us, "redisLatencyUs")                                                          \
    X(database_latency_us, "databaseLatencyUs")

#endif
