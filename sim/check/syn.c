/* SYN: everyone gets everything, once, and what was acked stays.
 *
 * Rep, the bound of SYN-02 and LIV-11, follows from how a node repairs: an entry whose publication
 * was lost is named in the committer's next announcement (A later at most; another A if that one
 * is lost too and its number shows the gap), is asked for after the gap pause, read from the
 * database and sent on: 2A + gap + R + D + L. When the committer died before its announcement,
 * the others notice by its silence: K + S and one A more, counted in truth_start. */
#include "sim/check/truth.h"

#include <inttypes.h>

#define AGAIN_MAX 16 /* how often a deadline is put off by disturbances; then SYN-11 judges */

void syn_shown(struct judge *judge, const struct shown *shown)
{
    const struct obs *obs = shown->obs;
    const struct t_record *record = shown->record;

    if ((obs->flags & OBS_EVENT) == 0) {
        judged(judge, SYN_03);
        if (shown->send == NULL || shown->send->content != obs->content ||
            shown->send->room != obs->room) {
            struct violation *violation = truth_violation(judge, SYN_03, obs);
            violation_say(violation,
                          "device %u was shown at place %" PRIu64
                          " of room %u what nobody wrote there",
                          (unsigned)obs->device, obs->seq, (unsigned)obs->room);
        }
    }
    if (record->resumed && record->last_shown > 0) {
        judged(judge, SYN_10);
        if (obs->seq != record->last_shown + 1) {
            struct violation *violation = truth_violation(judge, SYN_10, obs);
            violation->seq_low = record->last_shown;
            violation_say(violation,
                          "device %u stopped at place %" PRIu64
                          " of room %u, came back, and went on at place %" PRIu64,
                          (unsigned)obs->device, record->last_shown, (unsigned)obs->room,
                          obs->seq);
        }
    }
    const struct t_entry *entry = shown->entry;
    if (!judge->log || entry == NULL || !shown->device->live ||
        shown->device->live_since_us > entry->commit_us) {
        return;
    }
    const int64_t start = truth_start(judge, shown->device, entry->node, entry->commit_us);
    if (start == INT64_MAX) {
        return;
    }
    const int64_t used = obs->at_us - start;
    margin(judge, SYN_02, used > 0 ? used : 0, judge->rep_us);
    if (used > judge->rep_us) {
        violation_say(truth_violation(judge, SYN_02, obs),
                      "device %u was shown place %" PRIu64
                      " of room %u %" PRId64 " us after it was due, %" PRId64 " us are allowed",
                      (unsigned)obs->device, obs->seq, (unsigned)obs->room, used, judge->rep_us);
    }
}

/* --- Deadlines: what was committed must have been shown by then ----------------------------- */

static void deadline_push(struct judge *judge, struct deadline deadline)
{
    HB_GROW(judge->deadlines, judge->deadlines_len, judge->deadlines_cap);
    size_t at = judge->deadlines_len++;
    while (at > 0 && judge->deadlines[(at - 1) / 2].at_us > deadline.at_us) {
        judge->deadlines[at] = judge->deadlines[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    judge->deadlines[at] = deadline;
}

static struct deadline deadline_pop(struct judge *judge)
{
    const struct deadline top = judge->deadlines[0];
    const struct deadline last = judge->deadlines[--judge->deadlines_len];
    size_t at = 0;
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= judge->deadlines_len) {
            break;
        }
        if (child + 1 < judge->deadlines_len &&
            judge->deadlines[child + 1].at_us < judge->deadlines[child].at_us) {
            child++;
        }
        if (judge->deadlines[child].at_us >= last.at_us) {
            break;
        }
        judge->deadlines[at] = judge->deadlines[child];
        at = child;
    }
    judge->deadlines[at] = last;
    return top;
}

static void fire_missing(struct judge *judge, const struct obs *now, const struct deadline *due,
                         const struct t_record *record, const struct t_room *room)
{
    struct obs obs = *now;
    obs.device = record->device;
    obs.room = due->room;
    obs.seq = due->seq;
    struct violation *violation = truth_violation(judge, SYN_02, &obs);
    const struct t_entry *entry = &room->log[due->seq - 1];
    if (entry->send != NO_SEND) {
        violation_device(violation, judge->sends[entry->send].device);
    }
    violation_say(violation,
                  "place %" PRIu64 " of room %u was committed at %" PRId64
                  " us; device %u, connected all the time, was not shown it within %" PRId64 " us",
                  due->seq, (unsigned)due->room, entry->commit_us, (unsigned)record->device,
                  judge->rep_us);
    if (due->seq == room->log_len) {
        violation = truth_violation(judge, LIV_11, &obs);
        violation_say(violation,
                      "the last entry of room %u, place %" PRIu64
                      ", was not shown to device %u within %" PRId64 " us",
                      (unsigned)due->room, due->seq, (unsigned)record->device, judge->rep_us);
    }
}

static void deadline_judge(struct judge *judge, const struct obs *now, const struct deadline *due)
{
    const struct t_room *room = &judge->rooms[due->room];
    const struct t_entry *entry = &room->log[due->seq - 1];
    int64_t put_off_us = -1;

    if (due->seq == room->log_len) {
        judged(judge, LIV_11);
        judge->results[LIV_11].bound_us = judge->rep_us;
    }
    for (uint32_t i = 0; i < room->records_len; i++) {
        const struct t_record *record = &judge->records[room->records[i]];
        const struct t_device *device = &judge->devices[record->device];
        if (record->last_shown >= due->seq || !record->member || !device->live ||
            device->live_since_us > entry->commit_us) {
            continue;
        }
        const int64_t start = truth_start(judge, device, entry->node, entry->commit_us);
        if (start == INT64_MAX || start + judge->rep_us > due->at_us) {
            const int64_t from = start == INT64_MAX ? now->at_us : start;
            put_off_us = from > put_off_us ? from : put_off_us;
            continue;
        }
        fire_missing(judge, now, due, record, room);
    }
    if (put_off_us >= 0 && due->again < AGAIN_MAX) {
        deadline_push(judge, (struct deadline){put_off_us + judge->rep_us + 1, due->seq, due->room,
                                               due->again + 1});
    }
}

void syn_deadlines(struct judge *judge, const struct obs *obs)
{
    while (judge->deadlines_len > 0 && judge->deadlines[0].at_us < obs->at_us) {
        const struct deadline due = deadline_pop(judge);
        deadline_judge(judge, obs, &due);
    }
}

/* --- The log -------------------------------------------------------------------------------- */

void syn_commit(struct judge *judge, const struct obs *obs, struct t_entry *entry)
{
    struct t_send *send = truth_send(judge, obs->user, obs->client_id);

    if ((obs->flags & OBS_EVENT) == 0 && send == NULL) {
        violation_say(truth_violation(judge, SYN_03, obs),
                      "place %" PRIu64 " of room %u was committed, but nobody wrote it", obs->seq,
                      (unsigned)obs->room);
    }
    if (send != NULL) {
        judged(judge, SYN_04);
        if (send->seq != 0) {
            struct violation *violation = truth_violation(judge, SYN_04, obs);
            violation->seq_low = send->seq < obs->seq ? send->seq : obs->seq;
            violation_device(violation, send->device);
            violation_say(violation,
                          "a message of device %u was committed twice in room %u: at place %" PRIu64
                          " and at place %" PRIu64,
                          (unsigned)send->device, (unsigned)obs->room, send->seq, obs->seq);
        }
        send->seq = obs->seq;
        send->id = obs->id;
        send->hlc = obs->hlc;
        entry->send = (uint32_t)(send - judge->sends);
    }
    if (judge->stamps_count > 0) { /* not the initial state */
        deadline_push(judge, (struct deadline){obs->at_us + judge->rep_us, obs->seq, obs->room, 0});
    }
}

void syn_ack_sent(struct judge *judge, const struct obs *obs)
{
    const struct t_send *send = truth_send(judge, obs->user, obs->client_id);

    judged(judge, SYN_16);
    if (send == NULL || send->seq == 0 || send->seq != obs->seq) {
        violation_say(truth_violation(judge, SYN_16, obs),
                      "node %u acked a message of device %u at place %" PRIu64
                      " that is not committed there",
                      (unsigned)obs->node, (unsigned)obs->device, obs->seq);
    }
}

void syn_final(struct judge *judge, const struct obs *obs)
{
    struct t_room *room = truth_room(judge, obs->room);
    struct t_entry *entry = truth_entry(room, obs->seq);

    if (entry != NULL && entry->id == obs->id) {
        entry->final = 1;
    }
}

static void end_durable(struct judge *judge, const struct obs *end)
{
    for (uint32_t i = 0; i < judge->sends_len; i++) {
        const struct t_send *send = &judge->sends[i];
        if (send->ack_seq == 0) {
            continue;
        }
        const struct t_entry *entry = truth_entry(&judge->rooms[send->room], send->ack_seq);
        judged(judge, SYN_01);
        if (entry == NULL || !entry->final || entry->id != send->ack_id) {
            struct obs obs = *end;
            obs.room = send->room;
            obs.device = send->device;
            obs.seq = send->ack_seq;
            violation_say(truth_violation(judge, SYN_01, &obs),
                          "device %u had an ack for place %" PRIu64
                          " of room %u; at the end it is not there",
                          (unsigned)send->device, send->ack_seq, (unsigned)send->room);
        }
    }
}

static void end_converged(struct judge *judge, const struct obs *end)
{
    for (uint32_t i = 0; i < judge->records_len; i++) {
        const struct t_record *record = &judge->records[i];
        const struct t_device *device = &judge->devices[record->device];
        const uint64_t head = judge->rooms[record->room].log_len;
        const uint64_t had =
            record->last_shown > record->base ? record->last_shown : record->base;
        if (!device->live || !record->member) {
            continue;
        }
        judged(judge, SYN_11);
        if (had != head) {
            struct obs obs = *end;
            obs.room = record->room;
            obs.device = record->device;
            obs.seq = had + 1;
            struct violation *violation = truth_violation(judge, SYN_11, &obs);
            violation->seq_high = head;
            violation_say(violation,
                          "at the end device %u is online and shows room %u up to place %" PRIu64
                          "; the log goes to place %" PRIu64,
                          (unsigned)record->device, (unsigned)record->room, had, head);
        }
    }
}

void syn_end(struct judge *judge, const struct obs *obs)
{
    if ((judge->seen >> OBS_FINAL & 1) != 0) {
        end_durable(judge, obs);
    }
    if (judge->log) {
        end_converged(judge, obs);
    }
}
