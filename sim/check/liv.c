/* LIV, and SYN-02: what must happen in time. Deadlines are judged when an observation comes that is
 * later than they are. Formulas: path.h. */
#include "sim/check/liv.h"

#include "sim/check/finding.h"
#include "sim/check/path.h"

typedef unsigned long long ull;

/* --- Delivery: SYN-02, LIV-11 --------------------------------------------------------------- */

void liv_placed(struct judge *judge, const struct placed *placed)
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
        "seq %llu of room %u, committed at %lld us, was not shown within %lld us to device %u, nor "
        "to %u other members",
        (ull)finding.seq_low, finding.room, (long long)row->commit_us, (long long)bound_us,
        devices[0], missing - 1);
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
void liv_commit_due(struct judge *judge, const struct due_commit *due, int64_t now_us)
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

void liv_late_due(struct judge *judge, struct due due, int64_t now_us)
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

/* The margin: called only for rows slower than any before. */
void liv_shown_slow(struct judge *judge, const struct device *device, const struct room *room,
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

/* --- Connections: LIV-02 -------------------------------------------------------------------- */

static void wait_begin(struct judge *judge, uint32_t index, int64_t at_us)
{
    struct device *device = &judge->devices[index];
    if (device->waiting_us == NEVER_US) {
        device->waiting_us = at_us;
        device->waits++;
        due_push(&judge->dues,
                 (struct due){at_us + path_online_us(judge), DUE_ONLINE, index, device->waits});
    }
}

void liv_online_due(struct judge *judge, struct due due, int64_t now_us)
{
    const struct device *device = &judge->devices[due.a];
    const int64_t bound = path_online_us(judge);

    if (device->waiting_us == NEVER_US || device->waits != due.b) {
        return;
    }
    const int64_t from = path_online_from(judge, device);
    if (from == NEVER_US || from + bound >= now_us) {
        due.at_us = from == NEVER_US ? now_us + bound : from + bound;
        due_push(&judge->dues, due);
        return;
    }
    judge->judged[LIV_02]++;
    struct finding finding = finding_of(LIV_02, NONE, due.a, 0, 0);
    finding.at_us = from + bound;
    judge_violated(judge, finding,
                   "device %u wants to be online since %lld us and was not welcomed within %lld us",
                   due.a, (long long)from, (long long)bound);
}

static void forget_all_held(struct judge *judge, const struct device *device)
{
    struct view *view;
    uint32_t room;

    for (uint32_t i = 0; (view = truth_view_at(judge, device, i, &room)) != NULL; i++) {
        liv_held_forget(judge, view);
    }
}

static void on_welcome(struct judge *judge, struct device *device, const struct obs *obs)
{
    judge->live_count += device->live_us == NEVER_US;
    device->live_us = obs_until_us(obs);
    device->node = obs->node;
    if (device->waiting_us != NEVER_US) {
        const int64_t from = path_online_from(judge, device);
        judge->judged[LIV_02]++;
        if (from <= obs->at_us) {
            judge_margin(judge, LIV_02, obs->at_us - from, path_online_us(judge));
        }
        device->waiting_us = NEVER_US;
    }
    struct view *view;
    uint32_t room;
    for (uint32_t i = 0; (view = truth_view_at(judge, device, i, &room)) != NULL; i++) {
        view->flags |= VIEW_RESUMED;
    }
}

void liv_opened(struct judge *judge, const struct obs *obs)
{
    struct device *device = truth_device(judge, obs->device);

    if (device == NULL) {
        return;
    }
    if (obs->kind == OBS_WELCOME) {
        on_welcome(judge, device, obs);
    } else {
        HB_ASSERT(obs->kind == OBS_CONN_OPEN);
        device->flags |= DEVICE_WANTED;
        device->connection = obs->value;
        device->node = obs->node;
        if (device->live_us == NEVER_US) {
            wait_begin(judge, obs->device, obs_until_us(obs));
        }
    }
}

void liv_closed(struct judge *judge, struct device *device, const struct obs *obs)
{
    HB_ASSERT(device->connection == obs->value);
    judge->live_count -= device->live_us != NEVER_US;
    device->live_us = NEVER_US;
    forget_all_held(judge, device);
    if ((device->flags & DEVICE_WANTED) != 0) {
        wait_begin(judge, obs->device, obs_until_us(obs));
    }
}

/* --- Held entries: LIV-04 ------------------------------------------------------------------- */

static uint32_t held_new(struct judge *judge)
{
    if (judge->held_free != NONE) {
        const uint32_t index = judge->held_free;
        judge->held_free = judge->held[index].next;
        return index;
    }
    HB_GROW(judge->held, judge->held_len, judge->held_cap);
    judge->held[judge->held_len] = (struct held){0};
    return judge->held_len++;
}

static void held_free(struct judge *judge, uint32_t index)
{
    struct held *held = &judge->held[index];
    HB_ASSERT(held->used);
    held->used = false;
    held->generation++;
    held->next = judge->held_free;
    judge->held_free = index;
}

void liv_held(struct judge *judge, const struct obs *obs)
{
    struct view *view = truth_view(judge, obs->device, obs->room);

    if (view == NULL || obs->seq <= view->last) {
        return;
    }
    for (uint32_t i = view->held; i != NONE; i = judge->held[i].next) {
        if (judge->held[i].seq == obs->seq) {
            return;
        }
    }
    const struct device *device = &judge->devices[obs->device];
    const uint32_t index = held_new(judge);
    struct held *held = &judge->held[index];
    held->seq = obs->seq;
    held->at_us = obs_until_us(obs);
    held->room = obs->room;
    held->view = truth_view_index(&judge->rooms[obs->room], view);
    held->used = true;
    held->next = view->held;
    view->held = index;
    held->bound_us = path_held_us(judge, device);
    due_push(&judge->dues,
             (struct due){held->at_us + held->bound_us, DUE_HELD, index, held->generation});
}

void liv_held_shown(struct judge *judge, struct view *view, uint64_t seq)
{
    const struct device *device = &judge->devices[view->device];
    uint32_t *at = &view->held;

    while (*at != NONE) {
        struct held *held = &judge->held[*at];
        if (held->seq > seq) {
            at = &held->next;
            continue;
        }
        const uint32_t index = *at;
        const int64_t from = path_held_from(judge, device, held->at_us);
        judge->judged[LIV_04]++;
        if (from <= judge->now->at_us) {
            judge_margin(judge, LIV_04, judge->now->at_us - from, held->bound_us);
        }
        *at = held->next;
        held_free(judge, index);
    }
}

void liv_held_forget(struct judge *judge, struct view *view)
{
    while (view->held != NONE) {
        const uint32_t index = view->held;
        view->held = judge->held[index].next;
        held_free(judge, index);
    }
}

void liv_held_due(struct judge *judge, struct due due, int64_t now_us)
{
    const struct held *held = &judge->held[due.a];

    if (!held->used || held->generation != due.b) {
        return;
    }
    const struct view *view = &judge->rooms[held->room].views[held->view];
    const struct device *device = &judge->devices[view->device];
    const int64_t bound = later(held->bound_us, path_held_us(judge, device));
    const int64_t from = path_held_from(judge, device, held->at_us);
    if (from == NEVER_US || from + bound >= now_us) {
        due.at_us = from == NEVER_US ? now_us + bound : from + bound;
        due_push(&judge->dues, due);
        return;
    }
    judge->judged[LIV_04]++;
    struct finding finding =
        finding_of(LIV_04, held->room, view->device, view->last + 1, held->seq);
    finding.at_us = from + bound;
    judge_violated(judge, finding,
                   "device %u holds seq %llu of room %u since %lld us; it was shown up to seq %llu",
                   view->device, (ull)held->seq, held->room, (long long)held->at_us,
                   (ull)view->last);
}
