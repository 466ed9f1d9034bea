/* What a recorder is told beside the observations: what became of something on its way, and what nodes and
 * clocks did meanwhile. For people alone: no invariant reads it, no file has it, no hash counts it.
 *
 * 0, OBS_NONE or NULL: absent. */
#ifndef HUBBUB_SIM_HISTORY_ASIDE_H
#define HUBBUB_SIM_HISTORY_ASIDE_H

#include "sim/history/obs.h"

enum aside_kind {
    ASIDE_NOTE,      /* node; text; room and seq where it is about a room: what a node noted */
    ASIDE_PUBLISHED, /* node; of: leaves for Redis */
    ASIDE_REDIS_HAS, /* node (that wrote it); of: Redis has it, and gives it to all who listen */
    ASIDE_HEARD,     /* node; of: comes out of Redis there */
    ASIDE_LOST, /* node; device: on that way, else on that with Redis; up: towards Redis or the node */
    ASIDE_CLOCK, /* node; amount = ms by which its wall is ahead of true time; drift_ppm */
    ASIDE_FAULT, /* amount = fault's id; text: what it does, for the observations that follow */
};

enum aside_of { ASIDE_OF_ROW, ASIDE_OF_PERSON, ASIDE_OF_TYPING, ASIDE_OF_RECEIPT, ASIDE_OF_OTHER };

struct aside {
    int64_t at_us;
    enum aside_kind kind;
    enum aside_of of;
    bool up;
    bool routine; /* a note that explains little */
    uint16_t node;
    uint32_t device, user, room;
    uint64_t seq, client_id;
    int64_t amount, drift_ppm;
    const char *text; /* borrowed for the call */
};

#define ASIDE(kind_, at_us_)                                                                       \
    ((struct aside){.at_us = (at_us_),                                                             \
                    .kind = (kind_),                                                               \
                    .of = ASIDE_OF_OTHER,                                                          \
                    .node = OBS_NODE_NONE,                                                         \
                    .device = OBS_NONE,                                                            \
                    .user = OBS_NONE,                                                              \
                    .room = OBS_NONE})

#endif
