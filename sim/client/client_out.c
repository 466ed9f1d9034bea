/* See client_out.h. */
#include "sim/client/client_out.h"

#include <stdlib.h>

void client_out_clear(struct client_out *out)
{
    for (size_t i = 0; i < out->len; i++) {
        if (out->items[i].kind == CLIENT_OUT_SEND) {
            wire_unref(&out->items[i].wire);
        }
    }
    out->len = 0;
}

void client_out_deinit(struct client_out *out)
{
    client_out_clear(out);
    free(out->items);
    *out = (struct client_out){0};
}
