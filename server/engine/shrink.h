/* Growable arrays that also shrink: what many things have once needed is given back. */
#ifndef HUBBUB_SERVER_ENGINE_SHRINK_H
#define HUBBUB_SERVER_ENGINE_SHRINK_H

#include "server/base/mem.h"

#include <stdlib.h>

/* After an element has gone: halves an array of which less than a quarter is used, and frees an empty
 * one. The counterpart of HB_GROW. */
#define VSHRINK(items, items_len, items_cap)                                                       \
    do {                                                                                           \
        if ((items_len) == 0) {                                                                    \
            free(items);                                                                           \
            (items) = NULL;                                                                        \
            (items_cap) = 0;                                                                       \
        } else if ((items_len) < (items_cap) / 4) {                                                \
            (items_cap) /= 2;                                                                      \
            (items) = hb_realloc((items), (size_t)(items_cap) * sizeof *(items));                  \
        }                                                                                          \
    } while (0)

#endif
