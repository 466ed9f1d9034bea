/* What was read and arrived: whose, of what, once. RCP-01 to RCP-03, RCP-05, RCP-08 to RCP-12; in time and at
 * rest: rcp_told.c. Nothing is kept in a run whose clients say nothing of it. */
#include "sim/check/rcp.h"

#include "sim/check/finding.h"
#include "sim/check/rcp_told.h"
#include "sim/check/rcp_truth.h"

#include <inttypes.h>

void rcp_init(struct judge *judge)
{
    rcp_truth_init(judge);
}

void rcp_deinit(struct judge *judge)
{
    rcp_truth_deinit(judge);
}

static bool used(const struct judge *judge)
{
    return judge->bounds.receipt_us > 0;
}

void rcp_placed(struct judge *judge, const struct placed *placed)
{
    struct rcp_truth *rcp = judge->rcp;

    if (used(judge) && (placed->row->flags & ROW_EVENT) == 0) {
        HB_GROW(rcp->places, rcp->places_len, rcp->places_cap);
        u64map_put(&rcp->ids, placed->obs->id, rcp->places_len);
        rcp->places[rcp->places_len++] = (struct rcp_place){placed->obs->room, placed->obs->seq};
    }
}

static struct finding finding_at(enum invariant invariant, const struct obs *obs, uint64_t seq)
{
    return finding_of(invariant, obs->room, obs->device, seq, seq);
}

/* --- Said ----------------------------------------------------------------------------------- */

static void on_wish(struct judge *judge, const struct obs *obs)
{
    struct rcp_truth *rcp = judge->rcp;

    HB_GROW(rcp->wishes, rcp->wishes_len, rcp->wishes_cap);
    rcp->wishes[rcp->wishes_len++] =
        (struct rcp_wish){obs->device, obs->room, obs->seq, obs->at_us};
}

static struct rcp_frame *frame_of(struct judge *judge, const struct obs *obs)
{
    struct rcp_truth *rcp = judge->rcp;
    const uint64_t key = rcp_key(obs->device, obs->room, 0, 0);
    uint64_t index;

    if (!u64map_get(&rcp->frames, key, &index)) {
        HB_GROW(rcp->said_frames, rcp->said_frames_len, rcp->said_frames_cap);
        index = rcp->said_frames_len++;
        rcp->said_frames[index] = (struct rcp_frame){.at_us = INT64_MIN / 2};
        u64map_put(&rcp->frames, key, index);
    }
    return &rcp->said_frames[index];
}

static void on_said(struct judge *judge, const struct obs *obs)
{
    struct rcp_frame *frame = frame_of(judge, obs);
    const uint64_t key = rcp_key(obs->device, obs->room, obs->id, 1);
    const int64_t batch_us = judge_bound(judge, BOUND_BATCH);
    uint64_t number = 0;

    judge->judged[RCP_05]++;
    if (obs->value == 0) {
        frame->number++;
        if (obs->at_us - frame->at_us < batch_us) {
            judge_violated(judge, finding_at(RCP_05, obs, 0),
                           "device %u said what was read in room %u %lld us after it said so last",
                           obs->device, obs->room, (long long)(obs->at_us - frame->at_us));
        }
        frame->at_us = obs->at_us;
    }
    if (obs->value >= RECEIPT_IDS_MAX) {
        judge_violated(judge, finding_at(RCP_05, obs, 0),
                       "device %u named more than %d messages of room %u at once", obs->device,
                       RECEIPT_IDS_MAX, obs->room);
    }
    if (u64map_get(&judge->rcp->said_in, key, &number) && number == frame->number) {
        judge_violated(judge, finding_at(RCP_05, obs, 0),
                       "device %u named a message of room %u twice at once", obs->device,
                       obs->room);
    }
    u64map_put(&judge->rcp->said_in, key, frame->number);
    u64map_put(&judge->rcp->said, rcp_key(judge->devices[obs->device].user, obs->id, 0, 2), 1);
}

/* --- In the database ------------------------------------------------------------------------ */

static bool is_member(const struct room *room, uint32_t user, uint64_t seq)
{
    for (uint32_t i = 0; i < room->members_len; i++) {
        if (room->members[i].user == user && room->members[i].from != SEQ_UNKNOWN &&
            room->members[i].from <= seq) {
            return true;
        }
    }
    return false;
}

/* No later than any clock of the nodes can say, nor than the room's last stamp makes it. */
static bool is_late(const struct judge *judge, const struct room *room, const struct obs *obs)
{
    const struct row *last = truth_row(room, room->head);
    const int64_t stamp_ms = last != NULL ? (int64_t)(last->hlc >> HLC_COUNTER_BITS) + 1 : 0;

    return judge->nodes_len > 1 && obs->value > 0 &&
           obs->timestamp > later(obs->value + judge->bounds.offset_ms, stamp_ms);
}

static void read_when(struct judge *judge, const struct room *room, const struct row *row,
                      const struct obs *obs)
{
    const int64_t written_ms = (int64_t)(row->hlc >> HLC_COUNTER_BITS);

    judge->judged[RCP_08]++;
    if (obs->timestamp <= written_ms || is_late(judge, room, obs)) {
        judge_violated(judge, finding_at(RCP_08, obs, obs->seq),
                       "seq %" PRIu64 " of room %u, written at %lld ms, was read by user %u at "
                       "%lld ms; it is %lld ms",
                       obs->seq, obs->room, (long long)written_ms, obs->user,
                       (long long)obs->timestamp, (long long)obs->value);
    }
}

static void read_by_whom(struct judge *judge, const struct room *room, const struct row *row,
                         const struct obs *obs)
{
    const bool said = u64map_get(&judge->rcp->said, rcp_key(obs->user, row->id, 0, 2), NULL);

    judge->judged[RCP_01]++;
    judge->judged[RCP_02]++;
    judge->judged[RCP_10]++;
    if (!said || !rcp_was_shown(judge, obs->user, obs->room, row->hlc)) {
        judge_violated(judge, finding_at(RCP_01, obs, obs->seq),
                       "user %u is said to have read seq %" PRIu64 " of room %u, and %s", obs->user,
                       obs->seq, obs->room, said ? "was not shown it" : "did not say so");
    }
    if (!is_member(room, obs->user, obs->seq)) {
        judge_violated(judge, finding_at(RCP_02, obs, obs->seq),
                       "user %u, who may not see it, is said to have read seq %" PRIu64
                       " of room %u",
                       obs->user, obs->seq, obs->room);
    }
    if (rcp_writer(judge, row) == obs->user) {
        judge_violated(judge, finding_at(RCP_10, obs, obs->seq),
                       "user %u is said to have read their own seq %" PRIu64 " of room %u",
                       obs->user, obs->seq, obs->room);
    }
}

static uint32_t row_add(struct judge *judge, const struct obs *obs)
{
    struct rcp_truth *rcp = judge->rcp;

    HB_GROW(rcp->rows, rcp->rows_len, rcp->rows_cap);
    rcp->rows[rcp->rows_len] = (struct rcp_row){.read = obs->kind == OBS_READ_ROW,
                                                .node = obs->node,
                                                .user = obs->user,
                                                .room = obs->room,
                                                .seq = obs->seq,
                                                .at_us = obs->at_us,
                                                .read_at_ms = obs->timestamp};
    rcp_told_begin(judge, rcp->rows_len);
    return rcp->rows_len++;
}

static void on_read_row(struct judge *judge, const struct obs *obs)
{
    const struct room *room = truth_room(judge, obs->room);
    const struct row *row = room != NULL ? truth_row(room, obs->seq) : NULL;

    judge->judged[RCP_03]++;
    if ((obs->flags & OBS_LEFT) != 0 ||
        rcp_read_of(judge, obs->room, obs->seq, obs->user) != NULL) {
        judge_violated(judge, finding_at(RCP_03, obs, obs->seq),
                       "user %u is said again to have read seq %" PRIu64 " of room %u", obs->user,
                       obs->seq, obs->room);
        return;
    }
    if (row == NULL || (row->flags & ROW_EVENT) != 0) {
        judge_violated(judge, finding_at(RCP_01, obs, obs->seq),
                       "user %u is said to have read seq %" PRIu64
                       " of room %u, which is no message",
                       obs->user, obs->seq, obs->room);
        return;
    }
    read_by_whom(judge, room, row, obs);
    read_when(judge, room, row, obs);
    u64map_put(&judge->rcp->reads, rcp_key(obs->room, obs->seq, obs->user, 0), row_add(judge, obs));
}

/* A place that is not known to be there was shown to nobody. */
static bool arrived(const struct judge *judge, const struct obs *obs)
{
    const struct row *row = truth_row(&judge->rooms[obs->room], obs->seq);

    return row != NULL && rcp_was_shown(judge, obs->user, obs->room, row->hlc);
}

static void on_arrived_row(struct judge *judge, const struct obs *obs)
{
    const uint64_t key = rcp_key(obs->room, obs->user, 0, 3);
    uint64_t before = 0;

    if (truth_room(judge, obs->room) == NULL) {
        judge->ignored++;
        return;
    }
    judge->judged[RCP_11]++;
    judge->judged[RCP_12]++;
    if (!arrived(judge, obs)) {
        judge_violated(judge, finding_at(RCP_11, obs, obs->seq),
                       "room %u is said to be on a device of user %u up to seq %" PRIu64
                       ", which none of them was shown",
                       obs->room, obs->user, obs->seq);
    }
    if (u64map_get(&judge->rcp->arrived, key, &before) && obs->seq <= before) {
        judge_violated(judge, finding_at(RCP_12, obs, obs->seq),
                       "what is on a device of user %u of room %u went from seq %" PRIu64
                       " to %" PRIu64,
                       obs->user, obs->room, before, obs->seq);
        return;
    }
    u64map_put(&judge->rcp->arrived, key, obs->seq);
    (void)row_add(judge, obs);
}

/* --- Told ----------------------------------------------------------------------------------- */

static void on_read_told(struct judge *judge, const struct obs *obs)
{
    const struct rcp_place *place = rcp_place_of(judge, obs->id);
    const struct rcp_row *row =
        place != NULL ? rcp_read_of(judge, obs->room, place->seq, obs->user) : NULL;

    judge->judged[RCP_09]++;
    if (place == NULL || place->room != obs->room || row == NULL) {
        judge_violated(judge, finding_at(RCP_09, obs, place != NULL ? place->seq : 0),
                       "device %u is told that user %u read a message of room %u, which they did "
                       "not",
                       obs->device, obs->user, obs->room);
        return;
    }
    judge->judged[RCP_03]++;
    if (row->read_at_ms != obs->timestamp) {
        judge_violated(judge, finding_at(RCP_03, obs, place->seq),
                       "device %u is told that user %u read seq %" PRIu64
                       " of room %u at %lld ms; that was at %lld ms",
                       obs->device, obs->user, place->seq, obs->room, (long long)obs->timestamp,
                       (long long)row->read_at_ms);
    }
    u64map_put(&judge->rcp->told, rcp_key(obs->device, obs->room, place->seq, obs->user), 1);
}

static void on_arrived_told(struct judge *judge, const struct obs *obs)
{
    const uint64_t key = rcp_key(obs->device, obs->room, obs->user, 0);
    uint64_t before = 0;
    uint64_t there = 0;

    (void)u64map_get(&judge->rcp->arrived, rcp_key(obs->room, obs->user, 0, 3), &there);
    judge->judged[RCP_11]++;
    if (obs->seq > there || !arrived(judge, obs)) {
        judge_violated(judge, finding_at(RCP_11, obs, obs->seq),
                       "device %u is told that room %u is on a device of user %u up to seq %" PRIu64
                       "; it is up to seq %" PRIu64,
                       obs->device, obs->room, obs->user, obs->seq, there);
    }
    judge->judged[RCP_12]++;
    if (u64map_get(&judge->rcp->told_up, key, &before) && obs->seq < before) {
        judge_violated(judge, finding_at(RCP_12, obs, obs->seq),
                       "device %u is told that room %u is on a device of user %u up to seq %" PRIu64
                       ", after seq %" PRIu64,
                       obs->device, obs->room, obs->user, obs->seq, before);
        return;
    }
    u64map_put(&judge->rcp->told_up, key, obs->seq);
}

void rcp_observe(struct judge *judge, const struct obs *obs)
{
    const bool of_device = obs->kind != OBS_READ_ROW && obs->kind != OBS_ARRIVED_ROW;

    if (!used(judge) || truth_room(judge, obs->room) == NULL ||
        (of_device && truth_device(judge, obs->device) == NULL) ||
        (obs->user != OBS_NONE && truth_user(judge, obs->user) == NULL)) {
        judge->ignored++;
        return;
    }
    switch ((int)obs->kind) {
    case OBS_READ:
        on_wish(judge, obs);
        return;
    case OBS_READ_SAID:
        on_said(judge, obs);
        return;
    case OBS_READ_ROW:
        on_read_row(judge, obs);
        return;
    case OBS_ARRIVED_ROW:
        on_arrived_row(judge, obs);
        return;
    case OBS_READ_TOLD:
        on_read_told(judge, obs);
        return;
    case OBS_ARRIVED_TOLD:
        on_arrived_told(judge, obs);
        return;
    }
    HB_UNREACHABLE("a receipt of no kind");
}

void rcp_end(struct judge *judge, const struct obs *obs)
{
    if (used(judge) && (obs->flags & OBS_QUIET) != 0) {
        rcp_told_end(judge, obs->at_us);
    }
}
