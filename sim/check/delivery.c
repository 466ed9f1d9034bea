/* SYN-02, SYN-20 and LIV-11: what was committed is shown in time. Formulas: bound.h.
 *
 *   commit --BOUND_UNDISTURBED--> every member's device is looked at
 *       shown: done   nothing was disturbed: SYN-20 is broken   in any case: late
 *   late --its own deadline, which each disturbance puts off--> shown, or SYN-02 is broken
 *
 * What a device waits for is one range of its view and at most one deadline in the heap, whatever number
 * of rows it is. Who is offline has none: its next welcome gives it one, so what was owed before a
 * reconnect is owed after it.
 *
 * Long because what is owed to a device is one question of all three. */
#include "sim/check/delivery.h"

#include "sim/check/finding.h"
#include "sim/check/marker.h"
#include "sim/check/path.h"

#include <inttypes.h>
#include <stdio.h>

void delivery_placed(struct judge *judge, const struct placed *placed)
{
    if (judge_saw(judge, OBS_CONN_OPEN)) {
        due_commit_push(&judge->dues,
                        (struct due_commit){placed->row->commit_us + path_undisturbed_us(judge),
                                            placed->obs->seq, placed->obs->room});
    }
}

/* It began its room above this. */
static bool begins_above(const struct view *view, uint64_t seq)
{
    return view->last == 0 && view->base != SEQ_UNKNOWN && view->base >= seq;
}

/* Whether this member must be shown the row. The join itself is part of joining; where a device begins a
 * room, its welcome says: without that word, what was committed since then is owed. */
static bool owed(const struct judge *judge, const struct view *view, uint64_t seq,
                 const struct row *row)
{
    if (view->from >= seq || begins_above(view, seq)) {
        return false;
    }
    return view->last > 0 || view->base != SEQ_UNKNOWN ||
           judge->devices[view->device].live_us <= row->commit_us;
}

/* At the commit. What was before its last two connections is not kept, and counts as online. */
static bool was_online(const struct device *device, const struct row *row)
{
    return device->live_us <= row->commit_us || row->commit_us <= device->closed_us;
}

/* --- What is found -------------------------------------------------------------------------- */

static void say(struct violation *found, const struct row *row, int64_t bound_us)
{
    HB_ASSERT(found != NULL);
    const int len =
        snprintf(found->summary, sizeof found->summary,
                 "seq %" PRIu64 " of room %u, committed at %lld us, was not shown within "
                 "%lld us to device %u",
                 found->seq_low, found->room, (long long)row->commit_us, (long long)bound_us,
                 found->devices[0]);
    if (found->members > 1 && len > 0 && (size_t)len < sizeof found->summary) {
        (void)snprintf(found->summary + len, sizeof found->summary - (size_t)len,
                       ", nor to %u more", found->members - 1);
    }
}

/* One row that several devices lack is one violation. */
static void undelivered(struct judge *judge, struct finding finding, const struct row *row,
                        int64_t bound_us)
{
    struct violation *found = NULL;

    for (uint32_t i = judge->violations_len; i-- > 0;) {
        found = &judge->violations[i];
        if (found->invariant == finding.invariant && found->room == finding.room &&
            found->seq_low == finding.seq_low && found->at_us == finding.at_us) {
            if (found->devices_len < VIOLATION_DEVICES_MAX) {
                found->devices[found->devices_len++] = finding.device;
            }
            found->members++;
            say(found, row, bound_us);
            return;
        }
    }
    found = judge_violated(judge, finding, "a row was not shown in time");
    if (found != NULL) {
        found->members = 1;
        say(found, row, bound_us);
    }
}

/* --- Late ----------------------------------------------------------------------------------- */

static void late_push(struct judge *judge, uint32_t room, struct view *view, int64_t at_us)
{
    view->flags |= VIEW_DUE;
    due_push(&judge->dues,
             (struct due){at_us, DUE_LATE, room, truth_view_index(&judge->rooms[room], view)});
}

/* For a row that is late. */
static bool waits(const struct room *room, const struct view *view)
{
    return view->late_low != 0 && view->last < room->base + view->late_high - 1;
}

/* As path_delivery. A room that the device knows nothing of comes with its person's `join`, which may take longer
 * than the row: nothing else tells a node that does not follow the room of it. NULL: it knows the room. */
static int64_t due_from(const struct judge *judge, const struct device *device,
                        const struct row *join, const struct row *row, uint64_t missing,
                        int64_t *ret_bound_us)
{
    const int64_t start_us = path_delivery(judge, device, row, missing, ret_bound_us);
    int64_t bound_us;

    if (join == NULL || start_us == NEVER_US) {
        return start_us;
    }
    const int64_t join_us = path_delivery(judge, device, join, missing, &bound_us);
    if (join_us != NEVER_US && join_us + bound_us <= start_us + *ret_bound_us) {
        return start_us;
    }
    *ret_bound_us = bound_us;
    return join_us;
}

/* When it must have been shown. */
static int64_t late_at(const struct judge *judge, const struct room *room, const struct view *view,
                       const struct row *row, int64_t now_us, int64_t *ret_start_us,
                       int64_t *ret_bound_us)
{
    const bool knows =
        view->last >= view->from || (view->base != SEQ_UNKNOWN && view->base >= view->from);

    *ret_start_us =
        due_from(judge, &judge->devices[view->device], knows ? NULL : truth_row(room, view->from),
                 row, view->missing, ret_bound_us);
    return *ret_start_us == NEVER_US ? later(now_us, 0) + path_repair_us(judge, view->missing)
                                     : *ret_start_us + *ret_bound_us;
}

/* How many rows a repair of all that is late has to bring at most, with one more. True: fewer than before,
 * since all that was late has come. */
static bool missing_add(const struct room *room, struct view *view, uint64_t seq)
{
    const uint64_t begin = view->base != SEQ_UNKNOWN ? view->base : view->from;
    const uint64_t had = view->last > 0 ? view->last : begin;
    const uint32_t missing = (uint32_t)(seq > had && seq - had < UINT32_MAX ? seq - had : 1);
    const bool fewer = missing < view->missing && !waits(room, view);

    view->missing = fewer || missing > view->missing ? missing : view->missing;
    return fewer;
}

static void late_add(struct judge *judge, uint32_t room_index, struct view *view, uint64_t seq,
                     const struct row *row)
{
    const struct room *room = &judge->rooms[room_index];
    const uint32_t at = (uint32_t)(seq - room->base) + 1;
    int64_t start_us;
    int64_t bound_us;

    judge->pairs.online += was_online(&judge->devices[view->device], row);
    const bool fewer = missing_add(room, view, seq);
    view->late_low = view->late_low == 0 ? at : view->late_low;
    view->late_high = at;
    if ((fewer || (view->flags & VIEW_DUE) == 0) &&
        judge->devices[view->device].live_us != NEVER_US) {
        late_push(judge, room_index, view,
                  late_at(judge, room, view, row, judge->now->at_us, &start_us, &bound_us));
    }
}

static void excuse(struct judge *judge, const struct view *view, const struct row *row)
{
    judge->pairs.excused++;
    judge->pairs.excused_online += was_online(&judge->devices[view->device], row);
}

/* One row that is late, or was. False: its time has not come, but at *ret_next_us. */
static bool late_judge(struct judge *judge, uint32_t room_index, const struct view *view,
                       uint64_t seq, int64_t now_us, int64_t *ret_next_us)
{
    const struct row *row = truth_row(&judge->rooms[room_index], seq);
    int64_t start_us;
    int64_t bound_us;

    if (row == NULL) {
        return true; /* a hole in the log between two that are late: ORD-02's */
    }
    if (marker_shown(judge, view, seq)) {
        judge->judged[SYN_02]++;
        judge->judged[LIV_11] += seq == judge->rooms[room_index].head;
        judge->pairs.extended++;
        return true;
    }
    if (!owed(judge, view, seq, row)) {
        excuse(judge, view, row);
        return true;
    }
    const int64_t at_us =
        late_at(judge, &judge->rooms[room_index], view, row, now_us, &start_us, &bound_us);
    if (at_us >= now_us) {
        *ret_next_us = at_us;
        return false;
    }
    const bool bare =
        start_us == row->commit_us && bound_us == path_repair_us(judge, view->missing);
    struct finding finding = finding_of(SYN_02, room_index, view->device, seq, seq);
    finding.at_us = at_us;
    judge->pairs.bare += bare;
    judge->pairs.extended += !bare;
    judge->judged[SYN_02]++;
    undelivered(judge, finding, row, bound_us);
    if (seq == judge->rooms[room_index].head) {
        judge->judged[LIV_11]++;
        finding.invariant = LIV_11;
        undelivered(judge, finding, row, bound_us);
    }
    return true;
}

void delivery_late_due(struct judge *judge, struct due due, int64_t now_us)
{
    struct view *view = &judge->rooms[due.a].views[due.b];
    const uint64_t base = judge->rooms[due.a].base;
    int64_t next_us = 0;

    view->flags &= ~(uint32_t)VIEW_DUE;
    if (view->late_low == 0 || judge->devices[view->device].live_us == NEVER_US) {
        return; /* its welcome goes on with it */
    }
    for (; view->late_low <= view->late_high; view->late_low++) {
        if (!late_judge(judge, due.a, view, base + view->late_low - 1, now_us, &next_us)) {
            late_push(judge, due.a, view, next_us);
            return;
        }
    }
    view->late_low = 0;
    view->late_high = 0;
}

void delivery_look_again(struct judge *judge, int64_t now_us)
{
    for (uint32_t r = 0; r < judge->rooms_len; r++) {
        for (uint32_t v = 0; v < judge->rooms[r].views_len; v++) {
            if (judge->rooms[r].views[v].late_low != 0) {
                late_push(judge, r, &judge->rooms[r].views[v], now_us);
            }
        }
    }
}

void delivery_device_again(struct judge *judge, const struct device *device, int64_t now_us)
{
    struct view *view;
    uint32_t room;

    for (uint32_t i = 0; (view = truth_view_at(judge, device, i, &room)) != NULL; i++) {
        if (view->late_low != 0) {
            late_push(judge, room, view, now_us);
        }
    }
}

void delivery_end(struct judge *judge)
{
    for (uint32_t r = 0; r < judge->rooms_len; r++) {
        struct room *room = &judge->rooms[r];
        for (uint32_t v = 0; v < room->views_len; v++) {
            struct view *view = &room->views[v];
            for (; view->late_low != 0 && view->late_low <= view->late_high; view->late_low++) {
                const uint64_t seq = room->base + view->late_low - 1;
                if (marker_shown(judge, view, seq)) {
                    judge->pairs.extended++;
                    continue;
                }
                const struct row *row = truth_row(room, seq);
                if (row != NULL) {
                    excuse(judge, view, row);
                }
            }
            view->late_low = 0;
            view->late_high = 0;
        }
    }
}

/* --- At once -------------------------------------------------------------------------------- */

/* Whether a node may have had more of the room than it holds while an earlier one was on its way: what is thrown
 * away then is read from the log. */
static bool crowded(const struct judge *judge, const struct room *room, const struct row *row,
                    uint64_t seq)
{
    const uint64_t held = (uint64_t)judge->bounds.held_entries;
    const struct row *earlier = held > 0 && seq > held + 1 ? truth_row(room, seq - held - 1) : NULL;

    return earlier != NULL &&
           earlier->commit_us + judge->bounds.database_us + judge->bounds.redis_us > row->commit_us;
}

/* Whether nothing has kept the row from the device since before its commit, given that no node did. A
 * sync that began later is what a gap leads to, and no excuse for it; one that follows another at once brings
 * what did not fit while that one ran. */
static bool undisturbed(const struct judge *judge, const struct room *room, const struct view *view,
                        const struct row *row, uint64_t seq)
{
    const struct device *device = &judge->devices[view->device];
    const struct sync_time *sync = &device->sync;
    const struct row *join = truth_row(room, view->from);
    const int64_t at_us = row->commit_us;

    if (device->live_us > at_us || device->own.until_us > at_us ||
        path_paused_until(judge, device->node) > at_us || crowded(judge, room, row, seq)) {
        return false;
    }
    if (waits(room, view)) {
        return false; /* it waits for an earlier one: what kept that, was judged there */
    }
    if (sync->busy_us <= at_us && (sync->open || sync->end_us > at_us)) {
        return false; /* with little room to hold, one session leads to the next */
    }
    /* A new member's nodes are told, read its rooms and follow them. */
    return join == NULL || join->commit_us + path_repair_us(judge, 1) <= at_us;
}

/* A device that lacks the row when an undisturbed one has it. */
static void not_at_once(struct judge *judge, const struct due_commit *due, struct view *view,
                        const struct row *row, bool calm)
{
    const struct room *room = &judge->rooms[due->room];

    if (view->last == 0 && view->base == SEQ_UNKNOWN && view->since_us == NEVER_US) {
        return; /* it was never there, or begins anew: its welcome says where */
    }
    if (calm && owed(judge, view, due->seq, row) && undisturbed(judge, room, view, row, due->seq)) {
        struct finding finding = finding_of(SYN_20, due->room, view->device, due->seq, due->seq);
        finding.at_us = due->at_us;
        judge->judged[SYN_20]++;
        undelivered(judge, finding, row, path_undisturbed_us(judge));
    }
    if (!begins_above(view, due->seq)) {
        late_add(judge, due->room, view, due->seq, row);
    }
}

void delivery_commit_due(struct judge *judge, const struct due_commit *due)
{
    struct room *room = &judge->rooms[due->room];
    const struct row *row = truth_row(room, due->seq);
    struct pairs *pairs = &judge->pairs;
    HB_ASSERT(row != NULL);
    const bool calm = path_calm_us(judge) <= row->commit_us;
    const bool told = path_told(judge, row);
    uint64_t shown = 0;

    for (uint32_t v = 0; v < room->views_len; v++) {
        struct view *view = &room->views[v];
        if (view->from >= due->seq) {
            continue;
        }
        if (!marker_shown(judge, view, due->seq)) {
            not_at_once(judge, due, view, row, calm);
            continue;
        }
        const bool bare = view->since_us <= row->commit_us &&
                          (calm || (told && view->node < judge->nodes_len &&
                                    judge->nodes[view->node].calm_us <= row->commit_us));
        shown++;
        pairs->bare += bare;
        pairs->extended += !bare;
        judge->judged[SYN_20] += bare && calm;
    }
    pairs->online += shown;
    judge->judged[SYN_02] += shown;
    judge->judged[LIV_11] += due->seq == room->head ? shown : 0;
}

/* --- Margins -------------------------------------------------------------------------------- */

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void delivery_shown_slow(struct judge *judge, const struct view *view, const struct room *room,
                         const struct row *row, const struct obs *obs)
{
    const struct device *device = &judge->devices[view->device];
    const int64_t took_us = obs->at_us - row->commit_us;
    struct margin *margins = judge->margins;
    int64_t bound_us;

    if (view->since_us == NEVER_US || view->from >= obs->seq ||
        obs->at_us - later(view->since_us, row->commit_us) <= judge->slowest_us) {
        return; /* what may be counted of it is no more than was seen */
    }
    const int64_t at_once_us = path_undisturbed_us(judge);
    if (took_us <= at_once_us && took_us > margins[SYN_20].used_us &&
        path_calm_us(judge) <= row->commit_us && undisturbed(judge, room, view, row, obs->seq)) {
        judge_margin(judge, SYN_20, took_us, at_once_us);
    }
    const int64_t start_us = due_from(judge, device, truth_row(room, view->from), row,
                                      view->late_low != 0 ? view->missing : 1, &bound_us);
    if (start_us == NEVER_US || start_us > obs->at_us) {
        return;
    }
    judge_margin(judge, SYN_02, obs->at_us - start_us, bound_us);
    if (obs->seq == room->head) {
        judge_margin(judge, LIV_11, obs->at_us - start_us, bound_us);
    }
    judge->slowest_us =
        lesser(margins[SYN_20].used_us, lesser(margins[SYN_02].used_us, margins[LIV_11].used_us));
}
