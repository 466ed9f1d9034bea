/* A node that does nothing for a time: what reaches it meanwhile waits, in order, and comes all at once when
 * it goes on. Connections to it are taken: that is the kernel's part. Its clocks do not stop. */
#ifndef HUBBUB_SIM_WORLD_PAUSE_H
#define HUBBUB_SIM_WORLD_PAUSE_H

#include "sim/world/core.h"

/* A node that is up does nothing from now on. */
void world_pause(struct world *world, uint16_t node);
/* It goes on, or goes: what waits comes as the next thing of this instant. */
void world_pause_end(struct world *world, uint16_t node);

/* Takes an event that is for a node which does nothing. False: it is for somebody else. */
bool world_pause_takes(struct world *world, const struct sched_event *event);
/* EV_NODE_RESUME: gives what waited, which the caller frees with what it owns; the node does something again. */
struct sched_event *world_pause_over(struct world *world, uint16_t node, uint32_t *ret_len);

#endif
