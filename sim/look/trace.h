/* What happens in a world, a line each, for people:
 *
 *     12.345678s  n2 <- d17     frame: send r3 "hello" (d0-4)          an event, before it happens
 *     12.345678s      n2 -> database  ROOM_LOCK 4, ENTRY_APPEND 4 ...  what it brings about, further in
 *     12.345678s      n2 notes        gap in a room (3, 5)
 *
 * A lens says of whom. It reads the world and changes nothing. */
#ifndef HUBBUB_SIM_LOOK_TRACE_H
#define HUBBUB_SIM_LOOK_TRACE_H

#include "sim/look/lens.h"
#include "sim/world/core.h"

struct trace {
    struct world_watch watch;
    const struct lens *lens; /* borrowed */
    bool effects;            /* else events alone */
    bool numbered;           /* events with their number */
    bool on;                 /* lines are wanted now */
    struct buf lines;        /* written and not yet taken; owned */
    struct buf line;
};

/* `trace` stays where it is while the world is watched. */
void trace_init(struct trace *trace, const struct lens *lens);
void trace_deinit(struct trace *trace);

#endif
