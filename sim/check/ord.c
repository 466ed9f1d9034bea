/* ORD: one log, the same for all, in an order that people can follow. */
#include "sim/check/ord.h"

#include "server/base/map.h"
#include "sim/check/finding.h"
#include "sim/check/marker.h"
#include "sim/check/table.h"

#include <inttypes.h>
#include <stdlib.h>

struct acked {     /* of a room */
    uint64_t seq;  /* the greatest whose ack somebody surely had */
    uint64_t soon; /* the same, surely from soon_us on */
    int64_t soon_us;
};

struct ord_truth {
    struct u64map places; /* black box only: (room, id) -> seq */
    struct table acked;   /* by room */
};

void ord_truth_init(struct judge *judge)
{
    static const struct acked fresh = {0};
    judge->ord = hb_calloc(1, sizeof *judge->ord);
    judge->ord->acked = (struct table){.bytes = sizeof fresh, .fresh = &fresh};
}

void ord_truth_deinit(struct judge *judge)
{
    u64map_deinit(&judge->ord->places);
    table_deinit(&judge->ord->acked);
    free(judge->ord);
}

uint64_t ord_shown(const struct judge *judge, enum invariant invariant)
{
    const bool each =
        invariant == ORD_01 || invariant == ORD_03 || invariant == ORD_04 || invariant == ORD_08;
    return each ? judge->rows_shown : 0;
}

/* --- A row gets its place ------------------------------------------------------------------- */

/* ORD-02. */
static void judge_dense(struct judge *judge, const struct placed *placed)
{
    const struct obs *obs = placed->obs;
    const uint64_t expected = placed->room->head + 1;

    judge->judged[ORD_02]++;
    if (obs->seq != expected) {
        judge_violated(judge, finding_of(ORD_02, obs->room, NONE, expected, obs->seq),
                       "room %u: seq %" PRIu64 " was committed where %" PRIu64 " was next",
                       obs->room, obs->seq, expected);
    }
}

/* ORD-05: commits come in the order of places, so the newest written before this one suffices; in
 * a black box places are learned in any order, so both sides are compared. */
static void judge_fifo(struct judge *judge, const struct placed *placed)
{
    const struct send *send = placed->send;
    struct view *view = truth_view(judge, send->device, send->room);

    if (view == NULL || (send->flags & SEND_FORGOTTEN) != 0) {
        return; /* what it writes next does not wait for what it lost */
    }
    judge->judged[ORD_05]++;
    if (view->newest_send != NONE) {
        const struct send *other = &judge->sends[view->newest_send];
        const bool older = send->nth < other->nth;
        if (older ? send->seq > other->seq : send->seq < other->seq) {
            const struct send *first = older ? send : other;
            const struct send *second = older ? other : send;
            judge_violated(
                judge, finding_of(ORD_05, send->room, send->device, second->seq, first->seq),
                "device %u wrote its message %u to room %u before its message %u, but "
                "they stand at seq %" PRIu64 " and %" PRIu64,
                send->device, first->nth, send->room, second->nth, first->seq, second->seq);
        }
    }
    if (view->newest_send == NONE || judge->sends[view->newest_send].nth < send->nth) {
        view->newest_send = truth_send_index(judge, send);
    }
}

/* ORD-06, ORD-11: what its writer had been shown, and what anybody had acked, stands above. */
static void judge_past(struct judge *judge, const struct placed *placed)
{
    const struct send *send = placed->send;

    judge->judged[ORD_06] += send->shown > 0;
    if (send->shown >= send->seq) {
        judge_violated(judge, finding_of(ORD_06, send->room, send->device, send->seq, send->shown),
                       "device %u had been shown seq %" PRIu64
                       " of room %u when it wrote the message that "
                       "stands at seq %" PRIu64,
                       send->device, send->shown, send->room, send->seq);
    }
    judge->judged[ORD_11] += send->acked_room > 0;
    if (send->acked_room >= send->seq) {
        judge_violated(
            judge, finding_of(ORD_11, send->room, send->device, send->seq, send->acked_room),
            "seq %" PRIu64 " of room %u had been acked when device %u wrote the message that "
            "stands at seq %" PRIu64,
            send->acked_room, send->room, send->device, send->seq);
    }
}

/* The own stamp that this row's transaction went out with; NULL: not told. */
static const struct stamp *stamp_of(const struct judge *judge, const struct placed *placed)
{
    const uint64_t own = (uint64_t)placed->obs->value;
    for (uint32_t i = placed->send->stamps; i != NONE; i = judge->stamps[i].next) {
        if (judge->stamps[i].hlc == own && judge->stamps[i].node == placed->obs->node) {
            return &judge->stamps[i];
        }
    }
    return NULL;
}

/* The least that the stamping node's clock can have shown when it took what came with the message. Where
 * it is not told when that came, it was between the last time that the message was put on the wire and the
 * stamp, and a clock that was set since then may have shown anything. */
static int64_t least_wall_ms(const struct judge *judge, const struct send *send,
                             const struct stamp *stamp)
{
    const struct came *came = &send->came;
    const bool told = came->node == stamp->node && came->life == stamp->life;

    if (told && came->wall_most_ms != HLC_WALL_MS_MAX) {
        return came->wall_least_ms;
    }
    if (judge->nodes[stamp->node].wall_jump_us >= send->sent_us) {
        return 0;
    }
    return told ? came->wall_least_ms : stamp->wall_ms - (stamp->at_us - send->sent_us) / 1000 - 1;
}

/* ORD-07. A stamp too far ahead of the stamping node's clock is not taken, so there the promise ends. */
static void judge_causality(struct judge *judge, const struct placed *placed)
{
    const struct send *send = placed->send;
    const struct stamp *stamp = stamp_of(judge, placed);

    if (send->frontier == 0 || stamp == NULL || stamp->node >= judge->nodes_len) {
        return;
    }
    const int64_t past_ms = (int64_t)(send->frontier >> HLC_COUNTER_BITS);
    if (past_ms > least_wall_ms(judge, send, stamp) + judge_bound(judge, BOUND_SKEW)) {
        return;
    }
    judge->judged[ORD_07]++;
    if (placed->row->hlc <= send->frontier) {
        judge_violated(judge, finding_of(ORD_07, send->room, send->device, send->seq, send->seq),
                       "device %u had seen the stamp %012" PRIx64 "-%04" PRIx64
                       " when it wrote seq %" PRIu64 " of room "
                       "%u, which is stamped %012" PRIx64 "-%04" PRIx64,
                       send->device, send->frontier >> HLC_COUNTER_BITS,
                       send->frontier & HLC_COUNTER_MAX, send->seq, send->room,
                       placed->row->hlc >> HLC_COUNTER_BITS, placed->row->hlc & HLC_COUNTER_MAX);
    }
}

void ord_placed(struct judge *judge, const struct placed *placed)
{
    const struct obs *obs = placed->obs;
    const struct send *send = placed->send;

    if (placed->committed) {
        judge_dense(judge, placed);
        if (placed->before) {
            judge_violated(judge, finding_of(ORD_01, obs->room, NONE, obs->seq, obs->seq),
                           "seq %" PRIu64 " of room %u was shown before it was committed", obs->seq,
                           obs->room);
        }
    } else {
        uint64_t other;
        const uint64_t key = obs->id ^ (uint64_t)obs->room * UINT64_C(0x9e3779b97f4a7c15);
        if (u64map_get(&judge->ord->places, key, &other) && other != obs->seq) {
            judge_violated(
                judge,
                finding_of(ORD_01, obs->room, obs->device, other < obs->seq ? other : obs->seq,
                           other < obs->seq ? obs->seq : other),
                "one message of room %u was seen at seq %" PRIu64 ", and by device %u at %" PRIu64,
                obs->room, other, obs->device, obs->seq);
        } else {
            u64map_put(&judge->ord->places, key, obs->seq);
        }
    }
    if (send == NULL || placed->again || (send->flags & SEND_WRITTEN) == 0 ||
        send->room != obs->room) {
        return;
    }
    judge_fifo(judge, placed);
    judge_past(judge, placed);
    if (placed->committed) {
        judge_causality(judge, placed);
    }
}

/* --- What devices see ----------------------------------------------------------------------- */

/* ORD-01: the row is not the one that is known at its place. */
void ord_row(struct judge *judge, const struct obs *obs, const struct row *row)
{
    struct finding finding = finding_of(ORD_01, obs->room, obs->device, obs->seq, obs->seq);
    if (row == NULL) {
        judge_violated(judge, finding,
                       "device %u got seq %" PRIu64 " of room %u, where nothing was committed",
                       obs->device, obs->seq, obs->room);
    } else {
        HB_ASSERT(row->id != obs->id);
        judge_violated(judge, finding,
                       "device %u got another message at seq %" PRIu64 " of room %u (%016" PRIx64
                       ") than the one "
                       "that stands there (%016" PRIx64 ")",
                       obs->device, obs->seq, obs->room, obs->id, row->id);
    }
}

/* ORD-03, ORD-08: not above what was shown before. */
void ord_backward(struct judge *judge, const struct obs *obs, struct view *view,
                  const struct row *row)
{
    const uint64_t top = marker_top(judge, view);
    struct finding finding = finding_of(ORD_03, obs->room, obs->device, obs->seq, top);
    judge_violated(judge, finding,
                   "device %u was shown seq %" PRIu64 " of room %u after seq %" PRIu64, obs->device,
                   obs->seq, obs->room, top);
    const bool had =
        (uint32_t)obs->seq != view->odd &&
        (obs->seq == top || ((view->flags & VIEW_HOLED) == 0 && obs->seq >= view->first));
    if (had && row != NULL && row->id == obs->id) {
        finding.invariant = ORD_08;
        finding.seq_high = obs->seq;
        judge_violated(judge, finding, "device %u was shown seq %" PRIu64 " of room %u twice",
                       obs->device, obs->seq, obs->room);
    }
    view->flags |= VIEW_HOLED;
}

/* ORD-08: the message that the device had at another place comes again, where another one stands.
 * Violations only. */
void ord_misplaced(struct judge *judge, const struct obs *obs, struct view *view)
{
    const struct room *room = &judge->rooms[obs->room];
    const uint64_t end = room->base + room->log_len - 1; /* absurd places cost nothing */
    const uint32_t odd = view->odd;
    const bool known = (view->flags & VIEW_HOLED) == 0; /* what it was shown */

    view->flags |= odd != 0 ? VIEW_HOLED : 0; /* one is remembered */
    view->odd = (uint32_t)obs->seq;
    for (uint64_t seq = view->last < end ? view->last : end;
         known && seq >= view->first && seq > 0 && seq >= room->base; seq--) {
        const struct row *row = truth_row(room, seq);
        if (row != NULL && row->id == obs->id && (uint32_t)seq != odd) {
            judge_violated(judge, finding_of(ORD_08, obs->room, obs->device, seq, obs->seq),
                           "device %u was shown one message of room %u twice, at seq %" PRIu64
                           " and %" PRIu64,
                           obs->device, obs->room, seq, obs->seq);
            return;
        }
    }
}

/* ORD-04. */
void ord_hole(struct judge *judge, const struct obs *obs, struct view *view, uint64_t top)
{
    if (obs->seq > top + 1 && obs->seq != view->from) { /* not: joined again here */
        judge_violated(judge, finding_of(ORD_04, obs->room, obs->device, top + 1, obs->seq - 1),
                       "device %u was shown seq %" PRIu64 " of room %u right after seq %" PRIu64,
                       obs->device, obs->seq, obs->room, top);
        view->flags |= VIEW_HOLED;
    }
}

/* Not the next one: the first of a display epoch, of a new membership, or out of order. */
void ord_out_of_order(struct judge *judge, const struct obs *obs, struct view *view,
                      const struct row *row)
{
    if (view->last == 0) {
        view->first = obs->seq;
    } else if (obs->seq <= view->last) {
        ord_backward(judge, obs, view, row);
    } else {
        ord_hole(judge, obs, view, view->last);
    }
}

/* --- What clients do ------------------------------------------------------------------------ */

void ord_send(struct judge *judge, const struct obs *obs, struct send *send)
{
    struct view *view = truth_view(judge, obs->device, obs->room);
    if (view == NULL) {
        return;
    }
    struct acked *acked = table_at(&judge->ord->acked, obs->room);
    if (acked->soon > acked->seq && acked->soon_us <= obs->at_us) {
        acked->seq = acked->soon;
    }
    send->nth = view->written++;
    send->shown = marker_top(judge, view);
    send->acked_room = acked->seq;
    send->frontier = truth_frontier(judge, obs->device);
}

/* ORD-10; and what an ack teaches: its device's past, and the room's (ORD-11). */
void ord_ack(struct judge *judge, const struct obs *obs, struct send *send)
{
    struct device *device = truth_device(judge, obs->device);
    struct room *room = truth_room(judge, obs->room);
    if (device == NULL || room == NULL) {
        return;
    }
    device->acked = obs->hlc > device->acked ? obs->hlc : device->acked;
    struct acked *acked = table_at(&judge->ord->acked, obs->room);
    if (obs->seq > acked->seq && obs->uncertain_us == 0) {
        acked->seq = obs->seq;
    } else if (obs->seq > acked->seq) {
        acked->soon = obs->seq > acked->soon ? obs->seq : acked->soon;
        acked->soon_us = later(acked->soon_us, obs_until_us(obs));
    }
    if (send == NULL) {
        return;
    }
    judge->judged[ORD_10]++;
    const struct row *row = truth_row(room, obs->seq);
    struct finding finding = finding_of(ORD_10, obs->room, obs->device, obs->seq, obs->seq);
    if ((send->flags & SEND_ACKED) != 0 &&
        (send->ack_seq != obs->seq || send->ack_id != obs->id || send->ack_hlc != obs->hlc)) {
        finding.seq_low = send->ack_seq < obs->seq ? send->ack_seq : obs->seq;
        finding.seq_high = send->ack_seq < obs->seq ? obs->seq : send->ack_seq;
        judge_violated(judge, finding,
                       "device %u had its message in room %u acked as seq %" PRIu64
                       ", and before as %" PRIu64,
                       obs->device, obs->room, obs->seq, send->ack_seq);
    } else if (judge_saw(judge, OBS_COMMIT) && (send->seq != obs->seq || row == NULL ||
                                                row->id != obs->id || row->hlc != obs->hlc)) {
        judge_violated(
            judge, finding,
            "device %u had its message in room %u acked as seq %" PRIu64 "; the log has it at "
            "%" PRIu64 "%s",
            obs->device, obs->room, obs->seq, send->seq, send->seq == 0 ? " (nowhere)" : "");
    }
    if ((send->flags & SEND_ACKED) == 0) {
        send->flags |= SEND_ACKED;
        send->ack_room = obs->room;
        send->ack_seq = obs->seq;
        send->ack_id = obs->id;
        send->ack_hlc = obs->hlc;
    }
}
