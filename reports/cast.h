/* Who and what a violation's story is about: its rows and messages, the devices that wrote and see them, the
 * nodes that carried them. */
#ifndef HUBBUB_REPORTS_CAST_H
#define HUBBUB_REPORTS_CAST_H

#include "reports/kept.h"

#define CAST_ROWS     3
#define CAST_MESSAGES 4
#define CAST_DEVICES  6
#define CAST_NODES    4

enum cast_role {
    CAST_INVOLVED = 1, /* the violation names it */
    CAST_WRITER = 2,   /* of one of the rows or messages */
    CAST_WITNESS = 4,  /* was shown the row: what it should have been */
    CAST_ABOUT = 8,    /* of the person of whom it speaks */
    CAST_COMMITTER = 16,
    CAST_SERVES = 32, /* an involved device is, or was last, connected to it */
};

struct cast {
    uint64_t
        rows[CAST_ROWS]; /* the places that the sentence speaks of: the first ones, and the last */
    uint32_t rows_len;
    struct cast_message {
        uint64_t client_id, seq; /* seq 0: it has no place */
        uint32_t author, device; /* OBS_NONE: not known who wrote it, and where */
        const char *text; /* as it was committed; borrowed from what is kept; NULL: not known */
    } messages[CAST_MESSAGES];
    uint32_t messages_len;
    struct cast_member {
        uint32_t number;
        uint32_t roles; /* enum cast_role */
    } devices[CAST_DEVICES], nodes[CAST_NODES];
    uint32_t devices_len, nodes_len;
};

void cast_make(const struct keep *keep, struct cast *ret);
bool cast_has_row(const struct cast *cast, const struct keep *keep, uint32_t room, uint64_t seq);
/* NULL: none of them. */
const struct cast_message *cast_message(const struct cast *cast, const struct keep *keep,
                                        const struct obs *obs);
const struct cast_member *cast_device(const struct cast *cast, uint32_t device);
const struct cast_member *cast_node(const struct cast *cast, uint32_t node);
/* Whether a fault hits one of them, or all that there is. */
bool cast_hit(const struct cast *cast, const struct obs *fault);

#endif
