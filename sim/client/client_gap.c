/* See client_gap.h. */
#include "sim/client/client_gap.h"

#include "server/base/mem.h"

#include <stdlib.h>
#include <string.h>

void client_gap_open(struct client_room *room, uint64_t seq, struct client_out *out)
{
    HB_ASSERT(seq > room->next && room->gaps_len < GAPS_MAX);
    HB_GROW(room->gaps, room->gaps_len, room->gaps_cap);
    room->gaps[room->gaps_len++] = (struct client_gap){room->next, seq - 1};
    struct client_effect *effect = client_emit_of(room, CLIENT_OUT_GAP, out);
    effect->value = (int64_t)room->next;
    effect->gap_high = seq - 1;
    room->next = seq;
}

static void drop(struct client_room *room, uint32_t at)
{
    room->gaps_len--;
    memmove(room->gaps + at, room->gaps + at + 1, (room->gaps_len - at) * sizeof *room->gaps);
    if (room->gaps_len == 0) {
        client_gaps_clear(room);
    }
}

bool client_gap_take(struct client_room *room, uint64_t seq)
{
    for (uint32_t i = 0; i < room->gaps_len; i++) {
        struct client_gap *gap = &room->gaps[i];
        if (seq != gap->low && seq != gap->high) {
            continue;
        }
        gap->low += seq == gap->low;
        gap->high -= seq == gap->high;
        if (gap->low > gap->high) {
            drop(room, i);
        }
        return true;
    }
    return false;
}

void client_gap_cut(struct client_room *room, uint64_t seq, struct client_out *out)
{
    HB_ASSERT(room->gaps_len > 0);
    struct client_gap *gap = &room->gaps[room->gaps_len - 1];
    if (seq > gap->high) {
        return;
    }
    const uint64_t from = seq > gap->low ? seq : gap->low;
    struct client_effect *effect = client_emit_of(room, CLIENT_OUT_NO_GAP, out);
    effect->value = (int64_t)from;
    effect->gap_high = gap->high;
    gap->high = from - 1;
    if (gap->low > gap->high) {
        drop(room, room->gaps_len - 1);
    }
}

void client_gaps_clear(struct client_room *room)
{
    free(room->gaps);
    room->gaps = NULL;
    room->gaps_len = 0;
    room->gaps_cap = 0;
}
