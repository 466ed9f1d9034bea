/* ORD: one order for everyone, without holes and without repeats.
 *
 * Evidence: what clients saw; the log, where there is one, is the truth that they are held to.
 * Bound: none of them has one; each holds at every instant. */
#include "sim/check/truth.h"

#include "server/protocol/hlc.h"

#include <inttypes.h>

static struct violation *fire(struct judge *judge, enum invariant invariant,
                              const struct shown *shown)
{
    struct violation *violation = truth_violation(judge, invariant, shown->obs);
    violation->seq_low =
        shown->record->last_shown > 0 && shown->record->last_shown < shown->obs->seq
            ? shown->record->last_shown
            : shown->obs->seq;
    if (shown->send != NULL) {
        violation_device(violation, shown->send->device);
    }
    return violation;
}

void ord_shown(struct judge *judge, const struct shown *shown)
{
    const struct obs *obs = shown->obs;
    const struct t_record *record = shown->record;
    const struct t_entry *entry = shown->entry;

    judged(judge, ORD_01);
    if (entry == NULL) {
        violation_say(fire(judge, ORD_01, shown),
                      "device %u was shown an entry at place %" PRIu64
                      " of room %u that nobody committed there",
                      (unsigned)obs->device, obs->seq, (unsigned)obs->room);
    } else if (entry->id != obs->id || entry->hlc != obs->hlc) {
        violation_say(fire(judge, ORD_01, shown),
                      "device %u was shown another entry at place %" PRIu64
                      " of room %u than stands there",
                      (unsigned)obs->device, obs->seq, (unsigned)obs->room);
    }
    judged(judge, ORD_08);
    if (record->last_shown > 0 && obs->seq <= record->last_shown &&
        obs->seq >= record->first_shown && entry != NULL && entry->id == obs->id) {
        violation_say(fire(judge, ORD_08, shown),
                      "device %u was shown the entry at place %" PRIu64 " of room %u twice",
                      (unsigned)obs->device, obs->seq, (unsigned)obs->room);
    } else if (entry != NULL && entry->repeats > 0 && entry->repeats >= record->first_shown &&
               entry->repeats <= record->last_shown) {
        violation_say(fire(judge, ORD_08, shown),
                      "device %u was shown the message at place %" PRIu64
                      " of room %u before, at place %" PRIu64,
                      (unsigned)obs->device, obs->seq, (unsigned)obs->room, entry->repeats);
    }
    if (record->last_shown == 0) {
        return;
    }
    judged(judge, ORD_03);
    if (obs->seq < record->last_shown) {
        violation_say(fire(judge, ORD_03, shown),
                      "device %u was shown place %" PRIu64 " of room %u after place %" PRIu64,
                      (unsigned)obs->device, obs->seq, (unsigned)obs->room, record->last_shown);
    }
    judged(judge, ORD_04);
    if (obs->seq > record->last_shown + 1) {
        violation_say(fire(judge, ORD_04, shown),
                      "device %u was shown place %" PRIu64 " of room %u after place %" PRIu64
                      ": %" PRIu64 " entries between them are missing",
                      (unsigned)obs->device, obs->seq, (unsigned)obs->room, record->last_shown,
                      obs->seq - record->last_shown - 1);
    }
}

static struct violation *fire_commit(struct judge *judge, enum invariant invariant,
                                     const struct obs *obs, const struct t_send *send)
{
    struct violation *violation = truth_violation(judge, invariant, obs);
    violation_device(violation, send->device);
    return violation;
}

/* Causality within the room and across rooms. */
static void judge_causality(struct judge *judge, const struct obs *obs, const struct t_send *send)
{
    if (send->shown > 0) {
        judged(judge, ORD_06);
        if (obs->seq <= send->shown) {
            struct violation *violation = fire_commit(judge, ORD_06, obs, send);
            violation->seq_high = send->shown;
            violation_say(violation,
                          "device %u had been shown place %" PRIu64
                          " of room %u when it wrote what stands at place %" PRIu64,
                          (unsigned)send->device, send->shown, (unsigned)obs->room, obs->seq);
        }
    }
    if (send->acked > 0) {
        judged(judge, ORD_11);
        if (obs->seq <= send->acked) {
            struct violation *violation = fire_commit(judge, ORD_11, obs, send);
            violation->seq_high = send->acked;
            violation_say(violation,
                          "place %" PRIu64 " of room %u was acked before device %u wrote what "
                          "stands at place %" PRIu64,
                          send->acked, (unsigned)obs->room, (unsigned)send->device, obs->seq);
        }
    }
    /* A cause that was beyond the skew limit of the stamping node's wall is not taken: then the
     * reply may be stamped below it, and this clause does not apply. */
    const int64_t cause_ms = hlc_ms((struct hlc_stamp){send->frontier});
    if (send->frontier > 0 && send->wall_ms != INT64_MIN &&
        cause_ms <= send->wall_ms + judge->bounds.skew_ms) {
        judged(judge, ORD_07);
        if (obs->hlc <= send->frontier) {
            violation_say(fire_commit(judge, ORD_07, obs, send),
                          "device %u wrote place %" PRIu64
                          " of room %u after it had seen stamp %016" PRIx64
                          ", but it was stamped %016" PRIx64,
                          (unsigned)send->device, obs->seq, (unsigned)obs->room, send->frontier,
                          obs->hlc);
        }
    }
}

void ord_commit(struct judge *judge, const struct obs *obs, const struct t_room *room,
                const struct t_entry *entry)
{
    judged(judge, ORD_02);
    if (obs->seq != room->log_len || (obs->seq > 1 && !room->log[obs->seq - 2].known)) {
        violation_say(truth_violation(judge, ORD_02, obs),
                      "place %" PRIu64 " of room %u was committed, but not all before it",
                      obs->seq, (unsigned)obs->room);
    }
    if (entry->send != NO_SEND) {
        ord_placed(judge, obs, &judge->sends[entry->send]);
    }
}

void ord_placed(struct judge *judge, const struct obs *obs, const struct t_send *send)
{
    struct t_record *record = truth_record(judge, send->device, send->room);
    const bool before = send->nth < record->nth_committed;

    judged(judge, ORD_05);
    if (record->nth_committed > 0 && before == (obs->seq > record->seq_committed)) {
        struct violation *violation = fire_commit(judge, ORD_05, obs, send);
        violation->seq_low = record->seq_committed;
        violation_say(violation,
                      "device %u wrote messages %" PRIu64 " and %" PRIu64
                      " to room %u; there they stand at places %" PRIu64 " and %" PRIu64,
                      (unsigned)send->device, record->nth_committed, send->nth,
                      (unsigned)obs->room, record->seq_committed, obs->seq);
    }
    if (!before) {
        record->nth_committed = send->nth;
        record->seq_committed = obs->seq;
    }
    judge_causality(judge, obs, send);
}

void ord_ack(struct judge *judge, const struct obs *obs)
{
    struct t_device *device = truth_device(judge, obs->device);
    struct t_send *send = truth_send(judge, device->user, obs->client_id);
    struct t_room *room = truth_room(judge, obs->room);

    if (obs->hlc > device->frontier) {
        device->frontier = obs->hlc;
    }
    if (obs->seq > room->acked_max) {
        room->acked_max = obs->seq;
    }
    if (send == NULL) {
        return; /* an answer to nothing that was written: the client's business */
    }
    judged(judge, ORD_10);
    const bool first = send->ack_seq == 0;
    if (!first && (send->ack_seq != obs->seq || send->ack_id != obs->id)) {
        violation_say(truth_violation(judge, ORD_10, obs),
                      "device %u has two acks of one message: place %" PRIu64 " and place %" PRIu64
                      " of room %u",
                      (unsigned)obs->device, send->ack_seq, obs->seq, (unsigned)obs->room);
    } else if (judge->log && send->seq != 0 && (send->seq != obs->seq || send->id != obs->id)) {
        violation_say(truth_violation(judge, ORD_10, obs),
                      "device %u was told place %" PRIu64 " of room %u for a message that stands "
                      "at place %" PRIu64,
                      (unsigned)obs->device, obs->seq, (unsigned)obs->room, send->seq);
    }
    send->ack_seq = obs->seq;
    send->ack_id = obs->id;
}
