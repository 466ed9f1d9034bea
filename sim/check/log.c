/* The log, from its commits to its end. See log.h. */
#include "sim/check/log.h"

#include "sim/check/finding.h"

#include <inttypes.h>

uint64_t log_shown(const struct judge *judge, enum invariant invariant)
{
    return invariant == ORD_09 ? judge->rows_shown : 0;
}

/* --- One text for all: ORD-09 ---------------------------------------------------------------- */

/* The first field in which an observation differs from what is known of its message; NULL: none. */
static const char *difference(const struct row *row, const struct obs *obs)
{
    if (row->hlc != obs->hlc) {
        return "stamp";
    }
    if (row->timestamp != obs->timestamp && row->timestamp != 0 && obs->timestamp != 0) {
        return "timestamp";
    }
    if (obs->kind == OBS_ACK || obs->sender == 0 || row->sender == 0) {
        return NULL; /* it says nothing else: nor does an entry of a kind that its node does not know */
    }
    return row->sender != obs->sender         ? "sender"
           : row->client_id != obs->client_id ? "client id"
           : row->content != obs->content     ? "content"
                                              : NULL;
}

void log_row(struct judge *judge, const struct obs *obs, const struct row *row)
{
    const char *field = difference(row, obs);

    HB_ASSERT(row->id == obs->id);
    if (field == NULL) {
        return;
    }
    const struct finding finding = finding_of(ORD_09, obs->room, obs->device, obs->seq, obs->seq);
    if (obs->device == OBS_NONE) {
        judge_violated(judge, finding,
                       "seq %" PRIu64 " of room %u has another %s at the end than when it was "
                       "committed or first seen",
                       obs->seq, obs->room, field);
    } else {
        judge_violated(judge, finding,
                       "device %u was told another %s of seq %" PRIu64
                       " of room %u than the log has or others were told",
                       obs->device, field, obs->seq, obs->room);
    }
}

void log_ack(struct judge *judge, const struct obs *obs)
{
    const struct row *row =
        obs->room < judge->rooms_len ? truth_row(&judge->rooms[obs->room], obs->seq) : NULL;

    if (row != NULL && row->id == obs->id) {
        judge->judged[ORD_09]++;
        log_row(judge, obs, row);
    }
}

/* --- Only appended to: SYN-21 ---------------------------------------------------------------- */

void log_rewritten(struct judge *judge, const struct obs *obs)
{
    judge_violated(judge, finding_of(SYN_21, obs->room, NONE, obs->seq, obs->seq),
                   "seq %" PRIu64 " of room %u was %s after it was committed", obs->seq, obs->room,
                   (obs->flags & OBS_LEFT) != 0 ? "removed" : "changed");
}

/* --- The end: SYN-01 ------------------------------------------------------------------------- */

void log_final(struct judge *judge, const struct obs *obs)
{
    struct room *room = truth_room(judge, obs->room);
    struct row *row = room != NULL ? truth_row_make(room, obs->seq) : NULL;

    if (row == NULL) {
        judge->ignored++;
        return;
    }
    judge->judged[SYN_21]++;
    if ((row->flags & ROW_KNOWN) == 0) {
        if (judge_saw(judge, OBS_COMMIT)) {
            judge_violated(judge, finding_of(SYN_21, obs->room, NONE, obs->seq, obs->seq),
                           "seq %" PRIu64
                           " of room %u is in the log at the end; no transaction committed it",
                           obs->seq, obs->room);
        }
        *row = (struct row){.id = obs->id,
                            .hlc = obs->hlc,
                            .sender = obs->sender,
                            .client_id = obs->client_id,
                            .content = obs->content,
                            .timestamp = obs->timestamp,
                            .commit_us = NEVER_US,
                            .send = NONE,
                            .node = obs->node,
                            .flags = ROW_KNOWN};
    }
    if (row->id == obs->id) {
        row->flags |= ROW_FINAL;
        judge->judged[ORD_09]++;
        log_row(judge, obs, row);
    }
}

/* What was acked, whatever else is known of its place. */
static void judge_acked(struct judge *judge)
{
    for (uint32_t i = 0; i < judge->sends_len; i++) {
        const struct send *send = &judge->sends[i];
        if ((send->flags & SEND_ACKED) == 0 || send->ack_room >= judge->rooms_len) {
            continue;
        }
        judge->judged[SYN_01]++;
        struct row *row = truth_row(&judge->rooms[send->ack_room], send->ack_seq);
        if (row == NULL || (row->flags & ROW_FINAL) == 0 || row->id != send->ack_id) {
            judge_violated(
                judge,
                finding_of(SYN_01, send->ack_room, send->device, send->ack_seq, send->ack_seq),
                "device %u had its message in room %u acked as seq %" PRIu64 ", which is not in "
                "the log at the end",
                send->device, send->ack_room, send->ack_seq);
            if (row != NULL && row->id == send->ack_id) {
                row->flags |= ROW_FINAL; /* told of */
            }
        }
    }
}

/* What was committed or shown, acked or not. */
static void judge_rows(struct judge *judge, uint32_t index)
{
    const struct room *room = &judge->rooms[index];

    for (uint32_t i = 0; i < room->log_len; i++) {
        const struct row *row = &room->log[i];
        if ((row->flags & ROW_KNOWN) == 0) {
            continue;
        }
        judge->judged[SYN_01]++;
        if ((row->flags & ROW_FINAL) == 0) {
            const uint64_t seq = room->base + i;
            judge_violated(judge, finding_of(SYN_01, index, NONE, seq, seq),
                           "seq %" PRIu64 " of room %u was %s and is not in the log at the end",
                           seq, index, (row->flags & ROW_COMMITTED) != 0 ? "committed" : "shown");
        }
    }
}

void log_end(struct judge *judge)
{
    if (!judge_saw(judge, OBS_FINAL)) {
        return;
    }
    judge_acked(judge);
    for (uint32_t i = 0; i < judge->rooms_len; i++) {
        judge_rows(judge, i);
    }
}
