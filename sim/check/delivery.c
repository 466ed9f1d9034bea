/* SYN-02 and LIV-11: what was committed is shown in time. Deadlines are judged when an observation comes
 * that is later than they are. Formulas: bound.h. */
#include "sim/check/delivery.h"

#include "sim/check/finding.h"
#include "sim/check/path.h"

#include <inttypes.h>

void delivery_placed(struct judge *judge, const struct placed *placed)
{
    if (judge->live_count > 0 && judge_saw(judge, OBS_CONN_OPEN)) {
        due_commit_push(&judge->dues,
                        (struct due_commit){placed->row->commit_us + path_repair_us(judge),
                                            placed->obs->seq, placed->obs->room});
    }
}

static bool has(const struct view *view, uint64_t seq)
{
    return view->last >= seq || (view->last == 0 && view->base != SEQ_UNKNOWN && view->base >= seq);
}

/* Whether this member was connected since before the commit, and so must be shown the row. The join
 * itself is part of joining. */
static bool owed(const struct judge *judge, const struct view *view, uint64_t seq,
                 const struct row *row)
{
    return view->from < seq && judge->devices[view->device].live_us <= row->commit_us;
}

static void undelivered(struct judge *judge, struct finding finding, const struct row *row,
                        const uint32_t *devices, uint32_t missing, int64_t bound_us)
{
    struct violation *found = judge_violated(
        judge, finding,
        "seq %" PRIu64
        " of room %u, committed at %lld us, was not shown within %lld us to device %u, nor "
        "to %u other members",
        finding.seq_low, finding.room, (long long)row->commit_us, (long long)bound_us, devices[0],
        missing - 1);
    for (uint32_t i = 1; found != NULL && i < missing && i < VIOLATION_DEVICES_MAX; i++) {
        found->devices[found->devices_len++] = devices[i];
    }
}

static void late_push(struct judge *judge, uint32_t room, uint32_t view, int64_t at_us)
{
    due_push(&judge->dues, (struct due){at_us, DUE_LATE, room, view});
}

/* The deadline of a commit on an undisturbed path. A device whose path was disturbed has a later
 * one; it waits for that with one entry in the heap, whatever number of rows it waits for. */
void delivery_commit_due(struct judge *judge, const struct due_commit *due, int64_t now_us)
{
    struct room *room = &judge->rooms[due->room];
    const struct row *row = truth_row(room, due->seq);
    const bool tail = due->seq == room->head;
    uint32_t missing[VIOLATION_DEVICES_MAX];
    uint32_t missing_len = 0;
    int64_t bound = 0;

    HB_ASSERT(row != NULL);
    for (uint32_t v = 0; v < room->views_len; v++) {
        struct view *view = &room->views[v];
        if (has(view, due->seq)) {
            judge->judged[SYN_02] += view->from < due->seq;
            judge->judged[LIV_11] += tail && view->from < due->seq;
            continue;
        }
        if (!owed(judge, view, due->seq, row)) {
            continue;
        }
        const int64_t start = path_delivery(judge, &judge->devices[view->device], row, &bound);
        if (start == NEVER_US || start + bound >= now_us) {
            if (view->late_low == 0) {
                view->late_low = (uint32_t)(due->seq - room->base) + 1;
                late_push(judge, due->room, v,
                          start == NEVER_US ? now_us + path_repair_us(judge) : start + bound);
            }
            view->late_high = (uint32_t)(due->seq - room->base) + 1;
            continue;
        }
        judge->judged[SYN_02]++;
        judge->judged[LIV_11] += tail;
        if (missing_len < VIOLATION_DEVICES_MAX) {
            missing[missing_len] = view->device;
        }
        missing_len++;
    }
    if (missing_len > 0) {
        struct finding finding = finding_of(SYN_02, due->room, missing[0], due->seq, due->seq);
        finding.at_us = due->at_us;
        undelivered(judge, finding, row, missing, missing_len, path_repair_us(judge));
        if (tail) {
            finding.invariant = LIV_11;
            undelivered(judge, finding, row, missing, missing_len, path_repair_us(judge));
        }
    }
}

/* Judges what the view waits for, as far as its time has come. True: nothing is left. */
static bool late_judge(struct judge *judge, uint32_t room_index, struct view *view, int64_t now_us,
                       int64_t *ret_next_us)
{
    struct room *room = &judge->rooms[room_index];

    for (; view->late_low <= view->late_high; view->late_low++) {
        const uint64_t seq = room->base + view->late_low - 1;
        const struct row *row = truth_row(room, seq);
        int64_t bound;
        if (row == NULL || has(view, seq) || !owed(judge, view, seq, row)) {
            judge->judged[SYN_02] += row != NULL && has(view, seq);
            continue;
        }
        const int64_t start = path_delivery(judge, &judge->devices[view->device], row, &bound);
        if (start == NEVER_US || start + bound >= now_us) {
            *ret_next_us = start == NEVER_US ? now_us + path_repair_us(judge) : start + bound;
            return false;
        }
        struct finding finding = finding_of(SYN_02, room_index, view->device, seq, seq);
        finding.at_us = start + bound;
        judge->judged[SYN_02]++;
        undelivered(judge, finding, row, &view->device, 1, bound);
        if (seq == room->head) {
            judge->judged[LIV_11]++;
            finding.invariant = LIV_11;
            undelivered(judge, finding, row, &view->device, 1, bound);
        }
    }
    return true;
}

void delivery_late_due(struct judge *judge, struct due due, int64_t now_us)
{
    struct view *view = &judge->rooms[due.a].views[due.b];
    int64_t next_us = 0;

    if (late_judge(judge, due.a, view, now_us, &next_us)) {
        view->late_low = 0;
        view->late_high = 0;
    } else {
        late_push(judge, due.a, due.b, next_us);
    }
}

void delivery_look_again(struct judge *judge, int64_t now_us)
{
    for (uint32_t r = 0; r < judge->rooms_len; r++) {
        for (uint32_t v = 0; v < judge->rooms[r].views_len; v++) {
            if (judge->rooms[r].views[v].late_low != 0) {
                late_push(judge, r, v, now_us);
            }
        }
    }
}

/* The margin: called only for rows slower than any before. */
void delivery_shown_slow(struct judge *judge, const struct device *device, const struct room *room,
                         const struct row *row, const struct obs *obs)
{
    int64_t bound;

    if (device->live_us > row->commit_us) {
        return; /* it was not connected then */
    }
    const int64_t start = path_delivery(judge, device, row, &bound);
    if (start == NEVER_US || start > obs->at_us) {
        return;
    }
    judge_margin(judge, SYN_02, obs->at_us - start, bound);
    if (obs->seq == room->head) {
        judge_margin(judge, LIV_11, obs->at_us - start, bound);
    }
    const int64_t syn = judge->margins[SYN_02].used_us;
    const int64_t liv = judge->margins[LIV_11].used_us;
    judge->slowest_us = syn < liv ? syn : liv;
}
