/* What a stranger who listens on Redis has heard of what nodes publish: the last of it. */
#ifndef HUBBUB_SIM_WORLD_OVERHEARD_H
#define HUBBUB_SIM_WORLD_OVERHEARD_H

#include "sim/world/core.h"

#define OVERHEARD_MAX 128

struct overheard { /* ring */
    struct publication {
        struct text channel, payload; /* one block, which begins with the channel; owned */
    } items[OVERHEARD_MAX];
    uint32_t len, next;
};

/* From now on somebody listens. */
void world_overheard_begin(struct world *world);
/* What a node wrote, if somebody listens. */
void world_overheard_add(struct world *world, const char *bytes, size_t bytes_len);
void world_overheard_deinit(struct world *world);

#endif
