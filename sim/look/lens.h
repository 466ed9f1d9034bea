/* Of whom a trace tells: nodes, devices, people with all their devices, and rooms, which are named by lines. */
#ifndef HUBBUB_SIM_LOOK_LENS_H
#define HUBBUB_SIM_LOOK_LENS_H

#include "server/base/mem.h"
#include "sim/plan/plan.h"

struct lens { /* all zero sees nothing */
    bool all;
    bool nodes[PLAN_NODES_MAX];
    bool *devices;   /* owned; NULL: none */
    uint32_t *rooms; /* owned; numbers */
    uint32_t rooms_len;
};

/* Reads a list such as "n2,c17": node n2, device c17 (or d17), user u3, room r3, or "all". False: `why` has a
 * sentence about the part that is none, or that the plan does not have. Adds to what is there. */
bool lens_read(struct lens *lens, const char *list, const struct plan *plan, struct buf *why);
void lens_deinit(struct lens *lens);

bool lens_node(const struct lens *lens, uint32_t node);
bool lens_device(const struct lens *lens, uint32_t device);
/* Whether one of its rooms is named there, as a word: "r3". */
bool lens_line(const struct lens *lens, const char *line);

#endif
