/* What the two kinds of links have in common: their table of functions. */
#ifndef HUBBUB_SERVER_RUNTIME_LINK_INTERNAL_H
#define HUBBUB_SERVER_RUNTIME_LINK_INTERNAL_H

#include "server/base/base.h"
#include "server/runtime/link.h"

struct links_ops {
    void (*open)(struct links *links, uint64_t link);
    void (*write)(struct links *links, uint64_t link, const char *bytes, size_t bytes_len);
    void (*shut)(struct links *links, uint64_t link);
    void (*close)(struct links *links); /* frees it, now or later */
};

struct links { /* the first member of each kind's own struct */
    const struct links_ops *ops;
    uv_loop_t *loop;
    struct link_events events;
};

#endif
