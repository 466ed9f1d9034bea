/* Somebody who is no node reads all that is published on Redis, and writes there: another's program, another
 * installation, a thief.
 *
 * They put words into mouths (forged entries, typing, presence, with no seal, with one that stood before other words, with
 * one of another key), say again what was said, or say it elsewhere, and keep people, choices, leases and counts there that
 * nobody has. They take nothing away: who can write can always do that, and then presence is gone until it is said
 * again.
 *
 * Nobody may be shown anything of it, and nothing may be late for it: no bound waits for its end. */
#ifndef HUBBUB_SIM_WORLD_STRANGER_H
#define HUBBUB_SIM_WORLD_STRANGER_H

#include "sim/world/core.h"

/* The fault in this place of the plan begins: every so often, by its amount, until it ends. */
void world_stranger_begin(struct world *world, uint32_t fault);
/* EV_STRANGER. */
void world_stranger_writes(struct world *world, uint32_t fault);

#endif
