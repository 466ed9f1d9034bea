/* `focus` of a hello and of a sync_request: the rooms that are on screen, whose entries are to come first. */
#ifndef HUBBUB_SERVER_PROTOCOL_FOCUS_H
#define HUBBUB_SERVER_PROTOCOL_FOCUS_H

#include "server/base/mem.h"
#include "server/base/text.h"

struct take;

struct focus {
    struct text *rooms;
    uint32_t rooms_len; /* 0: nothing is said */
};

/* Absent: none. */
void focus_take(struct take *d, struct focus *ret);
void focus_put(struct buf *out, const struct focus *focus);
bool focus_has(const struct focus *focus, struct text room);

#endif
