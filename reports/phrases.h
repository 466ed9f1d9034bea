/* What one observation says, as a clause: who does it, where to, in which words. A row a kind. */
#ifndef HUBBUB_REPORTS_PHRASES_H
#define HUBBUB_REPORTS_PHRASES_H

#include "reports/cast.h"
#include "server/base/mem.h"

enum spot { SPOT_NONE, SPOT_DEVICE, SPOT_NODE, SPOT_LOG, SPOT_REDIS };

enum mark {
    MARK_DOES,  /* at one place */
    MARK_GOES,  /* arrives from another */
    MARK_LOST,  /* never arrives there */
    MARK_FAULT, /* what the plan does to it */
    MARK_NOTE,  /* what a node noted */
    MARK_BREAKS /* here it broke */
};

struct phrase {
    enum mark mark;
    enum spot from, to; /* SPOT_NONE: `from` alone */
    const char *text;   /* NULL: it is not told. See phrase_text for its letters */
};

struct phrase phrase_of(const struct kept *kept);
/* Appends the clause. `message`: that it is about, `fault`: the words of a fault, or NULL. */
void phrase_text(const struct kept *kept, const struct cast_message *message, const char *fault,
                 struct buf *out);

#endif
