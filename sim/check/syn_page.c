/* SYN-05 to SYN-08: pages of a sync.
 *
 * One session a device at a time: SYNC_BEGIN a room, then for each page its rows, heads, cursor
 * positions and SYNC_PAGE. A session ends with a page that says there is no more; one that a new
 * session or a lost connection cuts off is judged for what was given.
 *
 * Pages may be cut by their bytes before they have P rows; a page cut that way is at least half
 * full of bytes, so the count of SYN-06 allows for pages of the rows that were seen. */
#include "sim/check/truth.h"

#include <inttypes.h>
#include <stdlib.h>

struct sync_room {
    uint32_t room;
    uint64_t asked;     /* position at the beginning */
    uint64_t last;      /* contiguous rows up to here were given */
    uint64_t head;      /* the first that was said; 0: none yet */
    uint64_t cursor;    /* the last that was issued */
    bool progress;      /* the cursor moved with this page */
};

struct sync_session {
    int64_t number;
    uint64_t pages;
    uint64_t short_pages; /* of fewer than P rows, with more to come: cut by their bytes */
    struct sync_room *rooms;
    uint32_t rooms_len, rooms_cap;
};

void syn_page_free(struct t_device *device)
{
    if (device->sync != NULL) {
        free(device->sync->rooms);
        free(device->sync);
        device->sync = NULL;
    }
}

static void on_begin(struct t_device *device, const struct obs *obs)
{
    if (device->sync == NULL) {
        device->sync = hb_calloc(1, sizeof *device->sync);
        device->sync->number = -1;
    }
    struct sync_session *sync = device->sync;
    if (sync->number != obs->value) {
        sync->number = obs->value;
        sync->pages = 0;
        sync->short_pages = 0;
        sync->rooms_len = 0;
    }
    HB_GROW(sync->rooms, sync->rooms_len, sync->rooms_cap);
    sync->rooms[sync->rooms_len++] = (struct sync_room){
        .room = obs->room, .asked = obs->seq, .last = obs->seq, .cursor = obs->seq};
}

static struct sync_room *room_of(struct sync_session *sync, const struct obs *obs)
{
    if (sync == NULL || sync->number != obs->value) {
        return NULL;
    }
    for (uint32_t i = 0; i < sync->rooms_len; i++) {
        if (sync->rooms[i].room == obs->room) {
            return &sync->rooms[i];
        }
    }
    return NULL;
}

static void on_row(struct judge *judge, struct sync_room *room, const struct obs *obs)
{
    const struct t_entry *entry = truth_entry(truth_room(judge, obs->room), obs->seq);

    judged(judge, SYN_05);
    if (obs->seq != room->last + 1) {
        struct violation *violation = truth_violation(judge, SYN_05, obs);
        violation->seq_low = room->last;
        violation_say(violation,
                      "a sync gave device %u place %" PRIu64 " of room %u after place %" PRIu64,
                      (unsigned)obs->device, obs->seq, (unsigned)obs->room, room->last);
    } else if (judge->log && (entry == NULL || entry->id != obs->id)) {
        violation_say(truth_violation(judge, SYN_05, obs),
                      "a sync gave device %u at place %" PRIu64
                      " of room %u what does not stand there",
                      (unsigned)obs->device, obs->seq, (unsigned)obs->room);
    }
    if (obs->seq > room->last) {
        room->last = obs->seq;
    }
}

static void on_cursor(struct judge *judge, struct sync_room *room, const struct obs *obs)
{
    const uint64_t committed = truth_room(judge, obs->room)->log_len;

    judged(judge, SYN_08);
    if ((judge->log && obs->seq > committed) || obs->seq > room->last) {
        violation_say(truth_violation(judge, SYN_08, obs),
                      "a cursor at place %" PRIu64 " of room %u was issued to device %u; it was "
                      "given up to place %" PRIu64 ", %" PRIu64 " are committed",
                      obs->seq, (unsigned)obs->room, (unsigned)obs->device, room->last, committed);
    }
    judged(judge, SYN_07);
    if (obs->seq < room->cursor) {
        violation_say(truth_violation(judge, SYN_07, obs),
                      "the cursor of device %u in room %u went back from place %" PRIu64
                      " to place %" PRIu64,
                      (unsigned)obs->device, (unsigned)obs->room, room->cursor, obs->seq);
    }
    room->progress = obs->seq > room->cursor;
    room->cursor = obs->seq;
}

static void on_last_page(struct judge *judge, const struct sync_session *sync,
                         const struct obs *obs)
{
    const uint64_t rows = (uint64_t)judge->bounds.page_rows;
    uint64_t allowed = 1 + sync->short_pages;

    for (uint32_t i = 0; i < sync->rooms_len; i++) {
        const struct sync_room *room = &sync->rooms[i];
        allowed += (room->last - room->asked + rows - 1) / rows + 1;
        judged(judge, SYN_05);
        if (room->last < room->head) {
            struct obs at = *obs;
            at.room = room->room;
            at.seq = room->last + 1;
            struct violation *violation = truth_violation(judge, SYN_05, &at);
            violation->seq_high = room->head;
            violation_say(violation,
                          "a sync of device %u said it was done with room %u at place %" PRIu64
                          "; the head was at place %" PRIu64,
                          (unsigned)obs->device, (unsigned)room->room, room->last, room->head);
        }
    }
    judged(judge, SYN_06);
    if (sync->pages > allowed) {
        violation_say(truth_violation(judge, SYN_06, obs),
                      "a sync of device %u took %" PRIu64 " pages, %" PRIu64 " are enough",
                      (unsigned)obs->device, sync->pages, allowed);
    }
}

static void on_page(struct judge *judge, struct sync_session *sync, const struct obs *obs)
{
    const bool more = (obs->flags & OBS_MORE) != 0;
    bool progress = false;

    sync->pages++;
    sync->short_pages += more && obs->seq > 0 && obs->seq < (uint64_t)judge->bounds.page_rows / 2;
    for (uint32_t i = 0; i < sync->rooms_len; i++) {
        progress |= sync->rooms[i].progress;
        sync->rooms[i].progress = false;
    }
    judged(judge, SYN_07);
    if (obs->seq > (uint64_t)judge->bounds.page_rows) {
        violation_say(truth_violation(judge, SYN_07, obs),
                      "a page for device %u has %" PRIu64 " rows", (unsigned)obs->device,
                      obs->seq);
    } else if (more && !progress && (judge->seen >> OBS_SYNC_CURSOR & 1) != 0) {
        violation_say(truth_violation(judge, SYN_07, obs),
                      "a page for device %u says there is more, and its cursor stands still",
                      (unsigned)obs->device);
    }
    if (!more) {
        on_last_page(judge, sync, obs);
        sync->number = -1;
    }
}

void syn_page_observe(struct judge *judge, const struct obs *obs)
{
    struct t_device *device = truth_device(judge, obs->device);
    struct sync_session *sync = device->sync;

    if (obs->kind == OBS_SYNC_BEGIN) {
        on_begin(device, obs);
        return;
    }
    if (sync == NULL || sync->number != obs->value) {
        return;
    }
    if (obs->kind == OBS_SYNC_PAGE) {
        on_page(judge, sync, obs);
        return;
    }
    struct sync_room *room = room_of(sync, obs);
    if (room == NULL) {
        return;
    }
    if (obs->kind == OBS_SYNC_ROW) {
        on_row(judge, room, obs);
    } else if (obs->kind == OBS_SYNC_HEAD) {
        room->head = room->head == 0 ? obs->seq : room->head;
    } else {
        HB_ASSERT(obs->kind == OBS_SYNC_CURSOR);
        on_cursor(judge, room, obs);
    }
}
