/* SYN-05 to SYN-08, SYN-23: sync sessions, page by page.
 *
 *   SYNC_BEGIN (a room each) --> { SYNC_ROW* SYNC_HEAD* SYNC_CURSOR* SYNC_PAGE } --more--> ...
 *
 * A session ends with a page that says that there is no more; one that is abandoned (another one
 * begins, the connection closes) is judged for what it gave only. */
#include "sim/check/syn_page.h"

#include "sim/check/finding.h"
#include "sim/check/ord_gap.h"
#include "sim/check/path.h"
#include "sim/check/since.h"
#include "sim/check/stays.h"
#include "sim/check/sync_time.h"
#include "sim/check/table.h"

#include <inttypes.h>
#include <stdlib.h>

/* A page also ends where a frame does: FRAME_BYTES_MAX / (CONTENT_BYTES_MAX + its other fields)
 * rows fit whatever they hold, so a page of at least so many, with more to come, may be short of
 * the limit and counts as one more that is needed. */
#define ROWS_FIT (FRAME_BYTES_MAX / (CONTENT_BYTES_MAX + 1024))

struct sync_room {
    uint32_t room;
    bool head_said;
    bool head_here;     /* with this page */
    uint64_t head_from; /* as of when its person was a member then */
    int64_t since_ms;   /* asked by time: its place is not known yet; 0: it is */
    uint64_t due;   /* then the first row that has to come, of those committed before; 0: none */
    uint64_t asked; /* the position that was asked from */
    uint64_t given; /* rows came up to here without a hole; starts at `asked` */
    uint64_t head_first; /* the first head that was said */
    uint64_t cursor;     /* where the last cursor stands; starts at `asked` */
};

struct sync {
    int64_t session;
    int64_t begin_us;
    struct sync_room *rooms;
    uint32_t rooms_len, rooms_cap;
    uint64_t pages, pages_short;
    bool too_many;                /* said already */
    bool cursor;                  /* one was issued with this page */
    uint32_t named, named_before; /* how many rooms it names; the one before */
    bool cursor_moved;
    uint32_t focus; /* room that comes first; NONE */
    bool others;    /* this page has rows of another one */
};

struct syn_truth {
    struct table sessions; /* by device: struct sync *, the open one; NULL: none */
    uint64_t pages_max;
};

void syn_truth_init(struct judge *judge)
{
    static struct sync *const none = NULL;
    judge->syn = hb_calloc(1, sizeof *judge->syn);
    judge->syn->sessions = (struct table){.bytes = sizeof none, .fresh = &none};
}

static void abandon(struct sync **session)
{
    if (*session != NULL) {
        free((*session)->rooms);
        free(*session);
        *session = NULL;
    }
}

void syn_truth_deinit(struct judge *judge)
{
    struct table *sessions = &judge->syn->sessions;
    for (uint32_t i = 0; i < sessions->len; i++) {
        abandon(table_at(sessions, i));
    }
    table_deinit(sessions);
    free(judge->syn);
}

void page_closed(struct judge *judge, uint32_t device)
{
    abandon(table_at(&judge->syn->sessions, device));
    judge->devices[device].sync.open = false;
}

uint64_t page_most(const struct judge *judge)
{
    return judge->syn->pages_max;
}

static struct sync_room *room_of(struct sync *sync, uint32_t room)
{
    for (uint32_t i = 0; i < sync->rooms_len; i++) {
        if (sync->rooms[i].room == room) {
            return &sync->rooms[i];
        }
    }
    return NULL;
}

static struct sync_room *room_add(struct sync *sync, uint32_t room, uint64_t asked)
{
    HB_GROW(sync->rooms, sync->rooms_len, sync->rooms_cap);
    struct sync_room *added = &sync->rooms[sync->rooms_len++];
    *added = (struct sync_room){.room = room, .asked = asked, .given = asked, .cursor = asked};
    return added;
}

/* The rows that its rooms lack, at most. */
static uint64_t rows_of(const struct judge *judge, const struct sync *sync)
{
    uint64_t rows = 0;

    for (uint32_t i = 0; i < sync->rooms_len; i++) {
        const struct room *room = &judge->rooms[sync->rooms[i].room];
        const uint64_t from = sync->rooms[i].since_ms != 0 ? 0 : sync->rooms[i].asked;
        rows += room->head > from ? room->head - from : 0;
    }
    return rows;
}

static void on_begin(struct judge *judge, struct device *device, const struct obs *obs)
{
    struct sync **session = table_at(&judge->syn->sessions, obs->device);
    struct sync *sync = *session;
    if (truth_room(judge, obs->room) == NULL) {
        return;
    }
    if (sync == NULL || sync->session != obs->value) {
        abandon(session);
        sync = hb_calloc(1, sizeof *sync);
        sync->session = obs->value;
        sync->focus = NONE;
        sync->begin_us = obs_until_us(obs);
        *session = sync;
    }
    if (room_of(sync, obs->room) == NULL) {
        struct sync_room *room = room_add(sync, obs->room, obs->seq);
        room->since_ms = obs->timestamp;
        room->due = obs->timestamp != 0 ? since_due(judge, obs) : 0;
        sync_time_begins(judge, device, rows_of(judge, sync), sync->rooms_len, sync->begin_us);
        ord_gap_asked(judge, obs);
    }
}

/* Asked by time, a room begins at its first row, or where the cursor says that it will: SYN-09. */
static void placed(struct judge *judge, struct sync_room *room, const struct obs *obs,
                   uint64_t place)
{
    if (room->since_ms != 0) {
        room->since_ms = 0;
        room->asked = place;
        room->given = place;
        room->cursor = place;
        since_placed(judge, obs, room->due, place);
    }
}

/* SYN-05: without a hole. */
static void on_row(struct judge *judge, struct sync *sync, const struct obs *obs)
{
    struct sync_room *room = room_of(sync, obs->room);

    if (room == NULL) {
        if (obs->seq == 0 || truth_room(judge, obs->room) == NULL) {
            return;
        }
        room = room_add(sync, obs->room, obs->seq - 1);
    }
    if (obs->seq > 0) {
        placed(judge, room, obs, obs->seq - 1);
    }
    sync->others = sync->others || obs->room != sync->focus;
    judge->judged[SYN_05]++;
    if (obs->seq != room->given + 1 &&
        !(obs->seq > room->given &&
          stays_hide(judge, obs->device, obs->room, room->given + 1, obs->seq - 1))) {
        judge_violated(judge, finding_of(SYN_05, obs->room, obs->device, room->given + 1, obs->seq),
                       "a sync of device %u gave seq %" PRIu64 " of room %u after seq %" PRIu64,
                       obs->device, obs->seq, obs->room, room->given);
    }
    room->given = obs->seq > room->given ? obs->seq : room->given;
}

static void on_head(struct judge *judge, struct sync *sync, const struct obs *obs)
{
    struct sync_room *room = room_of(sync, obs->room);
    if (room == NULL) {
        return;
    }
    room->head_first = room->head_said ? room->head_first : obs->seq;
    room->head_from =
        room->head_said ? room->head_from : truth_view(judge, obs->device, obs->room)->from;
    room->head_said = true;
    room->head_here = true;
}

/* SYN-08; and SYN-07: none goes back. */
static void on_cursor(struct judge *judge, struct sync *sync, const struct obs *obs)
{
    struct sync_room *room = room_of(sync, obs->room);
    if (room == NULL) {
        return;
    }
    placed(judge, room, obs, obs->seq);
    struct finding finding = finding_of(SYN_08, obs->room, obs->device, room->given, obs->seq);
    const uint64_t head = judge->rooms[obs->room].head;
    judge->judged[SYN_08]++;
    if (judge_saw(judge, OBS_COMMIT) && obs->seq > head) {
        judge_violated(judge, finding,
                       "a cursor of device %u stands at seq %" PRIu64
                       " of room %u; the log ends at %" PRIu64,
                       obs->device, obs->seq, obs->room, head);
    } else if (obs->seq > room->given &&
               !stays_hide(judge, obs->device, obs->room, room->given + 1, obs->seq)) {
        judge_violated(judge, finding,
                       "a cursor of device %u stands at seq %" PRIu64
                       " of room %u; it was given up to "
                       "%" PRIu64,
                       obs->device, obs->seq, obs->room, room->given);
    }
    sync->cursor = true;
    sync->named++;
    sync->cursor_moved = sync->cursor_moved || obs->seq > room->cursor;
    if (obs->seq < room->cursor) {
        finding.invariant = SYN_07;
        finding.seq_low = obs->seq;
        finding.seq_high = room->cursor;
        judge_violated(judge, finding,
                       "a cursor of device %u went back in room %u, from seq %" PRIu64
                       " to %" PRIu64,
                       obs->device, obs->room, room->cursor, obs->seq);
    }
    room->cursor = obs->seq;
}

/* SYN-06: pages <= the sum over rooms of (ceil(rows / P) + 1), and one; and those cut by bytes. The
 * rows are those up to the head that was said first: who goes after a head that moves takes more. */
static void judge_pages(struct judge *judge, struct sync *sync, const struct obs *obs)
{
    const uint64_t page = (uint64_t)judge->bounds.page_rows;
    uint64_t allowed = 1 + sync->pages_short;

    for (uint32_t i = 0; i < sync->rooms_len; i++) {
        const struct sync_room *room = &sync->rooms[i];
        const uint64_t to = room->head_said ? room->head_first : room->given;
        allowed += (to > room->asked ? (to - room->asked + page - 1) / page : 0) + 1;
    }
    judge->judged[SYN_06]++;
    judge->syn->pages_max =
        sync->pages > judge->syn->pages_max ? sync->pages : judge->syn->pages_max;
    if (sync->pages > allowed && !sync->too_many) {
        sync->too_many = true;
        judge_violated(
            judge,
            finding_of(SYN_06, sync->rooms_len > 0 ? sync->rooms[0].room : NONE, obs->device, 0, 0),
            "a sync of device %u takes page %" PRIu64 "; its rows need %" PRIu64 " at most",
            obs->device, sync->pages, allowed);
    }
}

/* SYN-07: within the limit, and the cursor moves while there is more. */
static void judge_progress(struct judge *judge, const struct sync *sync, const struct obs *obs)
{
    const bool more = (obs->flags & OBS_MORE) != 0;
    struct finding finding =
        finding_of(SYN_07, sync->rooms_len > 0 ? sync->rooms[0].room : NONE, obs->device, 0, 0);

    judge->judged[SYN_07]++;
    if (obs->seq > (uint64_t)judge->bounds.page_rows) {
        judge_violated(judge, finding, "a page of a sync of device %u has %" PRIu64 " rows",
                       obs->device, obs->seq);
    } else if (more && judge_saw(judge, OBS_SYNC_CURSOR) && !sync->cursor_moved &&
               sync->named >= sync->named_before) { /* fewer: one was left meanwhile */
        judge_violated(judge, finding,
                       "a page of a sync of device %u says that there is more, and its cursor %s",
                       obs->device, sync->cursor ? "did not move" : "is none");
    }
}

/* A page has nothing of a room that is not its person's any more, nor may the session of one that is again. */
static bool is_over(struct judge *judge, const struct sync_room *room, uint32_t device)
{
    const uint64_t from = truth_view(judge, device, room->room)->from;

    return !room->head_said ||
           (!room->head_here && (from == SEQ_UNKNOWN || from != room->head_from));
}

/* SYN-05: up to the head that was said first. */
static void judge_complete(struct judge *judge, const struct sync *sync, const struct obs *obs)
{
    for (uint32_t i = 0; i < sync->rooms_len; i++) {
        const struct sync_room *room = &sync->rooms[i];
        if (is_over(judge, room, obs->device)) {
            continue;
        }
        struct obs of_room = *obs;
        of_room.room = room->room;
        placed(judge, &sync->rooms[i], &of_room, room->given);
        judge->judged[SYN_05]++;
        if (room->given < room->head_first &&
            !stays_hide(judge, obs->device, room->room, room->given + 1, room->head_first)) {
            judge_violated(
                judge,
                finding_of(SYN_05, room->room, obs->device, room->given + 1, room->head_first),
                "a sync of device %u of room %u from seq %" PRIu64 " ended at seq %" PRIu64 "; the "
                "head it named is %" PRIu64,
                obs->device, room->room, room->asked, room->given, room->head_first);
        }
    }
}

/* SYN-23: no row of another room while one that is on screen lacks something. */
static void judge_focus(struct judge *judge, struct sync *sync, const struct obs *page)
{
    const struct sync_room *room = sync->focus != NONE ? room_of(sync, sync->focus) : NULL;
    struct obs obs = *page;

    if (room == NULL || is_over(judge, room, page->device)) {
        return;
    }
    obs.room = room->room;
    judge->judged[SYN_23]++;
    if (sync->others && room->given < room->head_first &&
        !stays_hide(judge, obs.device, room->room, room->given + 1, room->head_first)) {
        judge_violated(
            judge, finding_of(SYN_23, room->room, obs.device, room->given + 1, room->head_first),
            "a page of a sync of device %u has entries of other rooms than room %u, which is on "
            "screen and lacks seq %" PRIu64 " to %" PRIu64,
            obs.device, room->room, room->given + 1, room->head_first);
    }
}

void page_focus(struct judge *judge, const struct obs *obs)
{
    struct sync *const *session =
        obs->device < judge->devices_len ? table_at(&judge->syn->sessions, obs->device) : NULL;

    if (session != NULL && *session != NULL && (*session)->session == obs->value) {
        (*session)->focus = obs->room;
    }
}

/* True: it was the last one. */
static bool on_page(struct judge *judge, struct sync **session, const struct obs *obs)
{
    struct sync *sync = *session;
    const bool more = (obs->flags & OBS_MORE) != 0;

    sync->pages++;
    sync_time_page(judge, &judge->devices[obs->device]);
    if (judge->bounds.page_rows > 0) {
        sync->pages_short +=
            more && obs->seq >= ROWS_FIT && obs->seq < (uint64_t)judge->bounds.page_rows;
        judge_pages(judge, sync, obs);
        judge_progress(judge, sync, obs);
    }
    judge_focus(judge, sync, obs);
    sync->others = false;
    sync->cursor = false;
    sync->cursor_moved = false;
    sync->named_before = sync->named;
    sync->named = 0;
    if (!more) {
        judge_complete(judge, sync, obs);
        abandon(session);
    }
    for (uint32_t i = 0; more && i < sync->rooms_len; i++) {
        sync->rooms[i].head_here = false;
    }
    return !more;
}

bool page_observe(struct judge *judge, const struct obs *obs)
{
    struct device *device = truth_device(judge, obs->device);

    if (device == NULL) {
        return false;
    }
    if (obs->kind == OBS_SYNC_BEGIN) {
        on_begin(judge, device, obs);
        return false;
    }
    struct sync **session = table_at(&judge->syn->sessions, obs->device);
    struct sync *sync = *session;
    if (sync == NULL || sync->session != obs->value) {
        judge->ignored++;
        return false;
    }
    if (obs->kind == OBS_SYNC_ROW) {
        on_row(judge, sync, obs);
    } else if (obs->kind == OBS_SYNC_HEAD) {
        on_head(judge, sync, obs);
    } else if (obs->kind == OBS_SYNC_CURSOR) {
        on_cursor(judge, sync, obs);
    } else {
        HB_ASSERT(obs->kind == OBS_SYNC_PAGE);
        if (on_page(judge, session, obs)) {
            sync_time_ends(judge, device);
            return true;
        }
    }
    return false;
}
