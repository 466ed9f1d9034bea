/* See stays.h. */
#include "sim/check/stays.h"

#include "server/base/mem.h"
#include "sim/check/finding.h"
#include "sim/check/table.h"

#include <inttypes.h>
#include <stdlib.h>

struct stay {
    uint64_t from, to; /* to: SEQ_UNKNOWN, it is not over */
    uint32_t user;
};

struct stays_room {
    struct stay *items; /* owned; of each user in their order */
    uint32_t len, cap;
};

struct stays_truth {
    struct table rooms; /* by room */
};

void stays_init(struct judge *judge)
{
    static const struct stays_room none = {.items = NULL};

    judge->stays = hb_calloc(1, sizeof *judge->stays);
    judge->stays->rooms = (struct table){.bytes = sizeof none, .fresh = &none};
}

void stays_deinit(struct judge *judge)
{
    struct table *rooms = &judge->stays->rooms;

    for (uint32_t i = 0; i < rooms->len; i++) {
        free(((struct stays_room *)table_at(rooms, i))->items);
    }
    table_deinit(rooms);
    free(judge->stays);
}

void stays_member(struct judge *judge, const struct obs *obs)
{
    if (truth_user(judge, obs->user) == NULL || truth_room(judge, obs->room) == NULL) {
        return;
    }
    struct stays_room *room = table_at(&judge->stays->rooms, obs->room);
    for (uint32_t i = room->len; i > 0; i--) {
        struct stay *stay = &room->items[i - 1];
        if (stay->user == obs->user) {
            if ((obs->flags & OBS_LEFT) != 0 && stay->to == SEQ_UNKNOWN) {
                stay->to = obs->seq;
            } else if (stay->to == SEQ_UNKNOWN) {
                return; /* is in it already */
            }
            break;
        }
    }
    if ((obs->flags & OBS_LEFT) == 0) {
        HB_GROW(room->items, room->len, room->cap);
        room->items[room->len++] = (struct stay){obs->seq, SEQ_UNKNOWN, obs->user};
    }
}

bool stays_hide(struct judge *judge, uint32_t device, uint32_t index, uint64_t low, uint64_t high)
{
    const struct stays_room *room = table_at(&judge->stays->rooms, index);
    const uint32_t user = judge->devices[device].user;
    bool was_in = false;

    for (uint32_t i = 0; user != NONE && i < room->len; i++) {
        const struct stay *stay = &room->items[i];
        if (stay->user != user) {
            continue;
        }
        if (stay->from <= high && low <= stay->to) {
            return false;
        }
        was_in = true;
    }
    return was_in;
}

bool stays_hold(struct judge *judge, uint32_t device, uint32_t index, uint64_t seq)
{
    const struct stays_room *room = table_at(&judge->stays->rooms, index);

    for (uint32_t i = 0; i < room->len; i++) {
        const struct stay *stay = &room->items[i];
        if (stay->user == judge->devices[device].user && stay->from <= seq && seq <= stay->to) {
            return true;
        }
    }
    return false;
}

void stays_shown(struct judge *judge, const struct obs *obs)
{
    const struct stays_room *room = table_at(&judge->stays->rooms, obs->room);

    if (room->len == 0 || judge->devices[obs->device].user == NONE) {
        return; /* nobody knows who is in it */
    }
    judge->judged[SYN_14]++;
    if (stays_hold(judge, obs->device, obs->room, obs->seq)) {
        return;
    }
    judge_violated(judge, finding_of(SYN_14, obs->room, obs->device, obs->seq, obs->seq),
                   "device %u is shown seq %" PRIu64
                   " of room %u, in which its person was not then",
                   obs->device, obs->seq, obs->room);
}
