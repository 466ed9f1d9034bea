/* The temporary row of a message. See temporary.h.
 *
 *   written: a temporary row --+--> the ack -----------------+--> the entry's row, in place
 *                              +--> the entry itself, shown -+
 *                              +--> refused for good: shown as failed
 *
 * Whichever comes first replaces it, once; what comes second finds the entry there. So no device shows a message
 * twice, once as it was written and once as it was committed. */
#include "sim/check/temporary.h"

#include "sim/check/finding.h"
#include "sim/check/marker.h"

#include <inttypes.h>

static bool is_shown(struct judge *judge, const struct send *send, uint64_t seq)
{
    const struct view *view =
        send->room != NONE ? truth_view(judge, send->device, send->room) : NULL;

    return view != NULL && seq != 0 && (view->flags & VIEW_HOLED) == 0 && view->first != 0 &&
           view->first <= seq && marker_shown(judge, view, seq);
}

static struct finding of_send(const struct send *send, uint64_t seq)
{
    return finding_of_send(SYN_19, send, seq);
}

static void both_rows(struct judge *judge, const struct send *send, uint64_t seq)
{
    judge_violated(judge, of_send(send, seq),
                   "device %u shows its message for room %u as it was written, and as seq %" PRIu64
                   " too",
                   send->device, send->room, seq);
}

static void judge_entry(struct judge *judge, const struct send *send, const struct obs *obs)
{
    const struct row *row =
        obs->room < judge->rooms_len ? truth_row(&judge->rooms[obs->room], obs->seq) : NULL;

    if (row != NULL && (row->flags & ROW_KNOWN) != 0 &&
        (row->id != obs->id || row->client_id != send->client_id)) {
        judge_violated(judge, of_send(send, obs->seq),
                       "device %u shows seq %" PRIu64
                       " of room %u, which is another message, in place of what it wrote",
                       send->device, obs->seq, obs->room);
    }
}

void temporary_replaced(struct judge *judge, const struct obs *obs)
{
    struct send *send =
        truth_send(judge, truth_sender_of_device(judge, obs->device), obs->client_id);

    if (send == NULL || (send->flags & SEND_WRITTEN) == 0 || send->device != obs->device) {
        judge->ignored++;
        return;
    }
    judge->judged[SYN_19]++;
    if ((send->flags & SEND_REPLACED) != 0) {
        judge_violated(judge, of_send(send, obs->seq),
                       "device %u replaces the row of its message for room %u twice", send->device,
                       send->room);
    } else if (is_shown(judge, send, obs->seq)) {
        both_rows(judge, send, obs->seq);
    } else {
        judge_entry(judge, send, obs);
    }
    send->flags |= SEND_REPLACED;
}

void temporary_acked(struct judge *judge, const struct send *send)
{
    if ((send->flags & SEND_WRITTEN) == 0 || !judge_saw(judge, OBS_REPLACED) ||
        judge->devices[send->device].live_us == NEVER_US) {
        return; /* a poster, whose requests are answered, shows nothing */
    }
    judge->judged[SYN_19]++;
    if ((send->flags & SEND_REPLACED) == 0) {
        judge_violated(judge, of_send(send, send->ack_seq),
                       "device %u shows its message for room %u, which is acked, as it was written",
                       send->device, send->room);
    }
}

void temporary_failed(const struct obs *obs, struct send *send)
{
    if (obs->kind == OBS_FAILED) {
        send->flags |= SEND_FAILED;
    }
}

void temporary_end(struct judge *judge)
{
    for (uint32_t i = 0; judge_saw(judge, OBS_REPLACED) && i < judge->sends_len; i++) {
        const struct send *send = &judge->sends[i];
        if ((send->flags & SEND_WRITTEN) == 0 ||
            (send->flags & (SEND_REPLACED | SEND_FAILED | SEND_ACKED | SEND_FORGOTTEN)) != 0) {
            continue;
        }
        judge->judged[SYN_19]++;
        if (is_shown(judge, send, send->seq)) {
            both_rows(judge, send, send->seq);
        }
    }
}
