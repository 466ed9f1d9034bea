/* Instants in a heap, the earliest first: when keys are over. */
#ifndef HUBBUB_SERVER_ENGINE_DUE_H
#define HUBBUB_SERVER_ENGINE_DUE_H

#include "server/base/base.h"

struct vdue { /* within what is due */
    int64_t at_ms;
    uint32_t place; /* in the heap, from 1; 0: it is never due */
};

struct vdues { /* all zero is an empty one; it is freed when its last one goes */
    struct vdue **items;
    uint32_t items_len, items_cap;
};

void vdue_set(struct vdues *dues, struct vdue *due, int64_t at_ms); /* from never, or moves it */
void vdue_never(struct vdues *dues, struct vdue *due);
struct vdue *vdue_first(const struct vdues *dues); /* NULL: none */

#endif
