/* Answers to what people wrote. See refusal.h.
 *
 *   put --> ack                          committed
 *       --> nack, temporary              this attempt is not, and will not be; put again later
 *       --> nack                         never will be; shown as failed
 *       --> nothing: the way was lost    it may have been, or be yet: put again later
 *
 * Which attempt a commit came from, nobody can see: but none is left that may have made it when each was
 * refused. */
#include "sim/check/refusal.h"

#include "sim/check/finding.h"
#include "sim/check/member.h"
#include "sim/check/path.h"
#include "sim/check/table.h"

#include <inttypes.h>
#include <stdlib.h>

struct asked {            /* of a send */
    int64_t put_us;       /* of the attempt that waits for its answer; NEVER_US: none does */
    int64_t first_put_us; /* NEVER_US: never was */
    int64_t connection;   /* that it went over */
    uint32_t attempts;    /* put on the wire so far */
    uint32_t refused;     /* of these */
    uint16_t node;        /* that the last one went to */
    bool connected;       /* it went over a connection, else it is a request */
    bool direct;          /* to a person */
    bool behind;          /* a command of its connection about that room */
    bool refused_for_good;
    bool failed; /* its writer was shown so */
};

struct refusal_truth {
    struct table asked; /* by send */
};

void refusal_truth_init(struct judge *judge)
{
    static const struct asked fresh = {.put_us = NEVER_US, .first_put_us = NEVER_US};
    judge->refusal = hb_calloc(1, sizeof *judge->refusal);
    judge->refusal->asked = (struct table){.bytes = sizeof fresh, .fresh = &fresh};
}

void refusal_truth_deinit(struct judge *judge)
{
    table_deinit(&judge->refusal->asked);
    free(judge->refusal);
}

static struct asked *asked_of(struct judge *judge, const struct send *send)
{
    return table_at(&judge->refusal->asked, truth_send_index(judge, send));
}

/* --- In time: LIV-01 ------------------------------------------------------------------------- */

static int64_t allowed_us(const struct judge *judge, const struct asked *asked)
{
    return asked->behind ? judge_bound(judge, BOUND_ANSWER_BEHIND)
                         : path_answer_us(judge, asked->connected, asked->direct);
}

void refusal_put(struct judge *judge, const struct obs *obs, const struct send *send)
{
    const struct device *device = truth_device(judge, obs->device);
    struct asked *asked = asked_of(judge, send);

    if (device == NULL || !judge_saw(judge, OBS_PUT)) {
        return;
    }
    asked->attempts++;
    asked->put_us = obs_until_us(obs);
    asked->first_put_us = asked->attempts == 1 ? asked->put_us : asked->first_put_us;
    asked->connected = device->live_us != NEVER_US;
    asked->direct = (send->flags & SEND_DIRECT) != 0;
    asked->behind = member_waits(judge, obs->device, send->room);
    asked->connection = device->connection;
    asked->node = asked->connected ? device->node : obs->node;
    due_push(&judge->dues, (struct due){asked->put_us + allowed_us(judge, asked), DUE_ANSWER,
                                        truth_send_index(judge, send), asked->attempts});
}

/* Its way was well all the time: what was lost with a connection nobody answers. */
static bool healthy(const struct judge *judge, const struct asked *asked, uint32_t index)
{
    const struct device *device = &judge->devices[index];
    const bool there = !asked->connected ||
                       (device->live_us != NEVER_US && device->connection == asked->connection);

    return there && path_answer_healthy(judge, device, asked->node, asked->put_us);
}

static void answered(struct judge *judge, const struct obs *obs, struct asked *asked)
{
    if (asked->put_us == NEVER_US) {
        return;
    }
    if (obs->device < judge->devices_len && healthy(judge, asked, obs->device)) {
        judge->judged[LIV_01]++;
        judge_margin(judge, LIV_01, obs->at_us - asked->put_us, allowed_us(judge, asked));
    }
    asked->put_us = NEVER_US;
}

void refusal_due(struct judge *judge, struct due due, int64_t now_us)
{
    const struct send *send = &judge->sends[due.a];
    const struct asked *asked = asked_of(judge, send);

    (void)now_us;
    if (asked->put_us == NEVER_US || asked->attempts != due.b ||
        send->device >= judge->devices_len || !healthy(judge, asked, send->device)) {
        return;
    }
    judge->judged[LIV_01]++;
    struct finding finding = finding_of_send(LIV_01, send, send->seq);
    finding.at_us = due.at_us;
    finding.node = asked->node;
    judge_violated(
        judge, finding,
        "device %u put a message for room %u on the wire at %lld us; node %u did not answer within "
        "%lld us",
        send->device, send->room, (long long)asked->put_us, (unsigned)asked->node,
        (long long)allowed_us(judge, asked));
}

/* --- What an answer says: SYN-17, SYN-22 ------------------------------------------------------ */

void refusal_ack(struct judge *judge, const struct obs *obs, const struct send *send)
{
    judge->judged[SYN_22]++;
    answered(judge, obs, asked_of(judge, send));
}

/* Whether the writer is in the room, and was before the message was first put on the wire. */
static bool member(struct judge *judge, const struct obs *obs, const struct send *send,
                   const struct asked *asked)
{
    const struct view *view = truth_view(judge, obs->device, send->room);

    if (view == NULL || view->from == SEQ_UNKNOWN || (send->flags & SEND_WRITTEN) == 0) {
        return false;
    }
    const struct row *joined = truth_row(&judge->rooms[send->room], view->from);
    return joined != NULL && joined->commit_us <= asked->first_put_us;
}

static void judge_refused(struct judge *judge, const struct send *send, const struct asked *asked)
{
    judge->judged[SYN_17]++;
    if (send->seq == 0 || (!asked->refused_for_good && asked->refused < asked->attempts)) {
        return;
    }
    judge_violated(
        judge, finding_of_send(SYN_17, send, send->seq),
        "device %u was refused its message for room %u%s, which stands in the log at seq "
        "%" PRIu64,
        send->device, send->room, asked->refused_for_good ? " for good" : "", send->seq);
}

void refusal_nack(struct judge *judge, const struct obs *obs, const struct send *send)
{
    struct asked *asked = asked_of(judge, send);

    if (obs->kind == OBS_FAILED) {
        asked->failed = true;
        return;
    }
    HB_ASSERT(obs->kind == OBS_NACK);
    if (!judge_saw(judge, OBS_PUT)) {
        return;
    }
    answered(judge, obs, asked);
    asked->refused++;
    if ((obs->flags & OBS_TEMPORARY) == 0) {
        asked->refused_for_good = true;
        judge->judged[SYN_22]++;
        if (member(judge, obs, send, asked)) {
            judge_violated(
                judge, finding_of_send(SYN_22, send, send->seq),
                "device %u was refused its message for room %u for good; its person is a "
                "member of it",
                send->device, send->room);
        }
    }
    judge_refused(judge, send, asked);
}

/* SYN-17, where the commit comes after the refusal. */
void refusal_placed(struct judge *judge, const struct placed *placed)
{
    const struct send *send = placed->send;

    if (send == NULL || !judge_saw(judge, OBS_NACK) || !judge_saw(judge, OBS_PUT)) {
        return;
    }
    const struct asked *asked = asked_of(judge, send);
    if (asked->refused > 0) {
        judge_refused(judge, send, asked);
    }
}

/* --- At rest: SYN-12 -------------------------------------------------------------------------- */

void refusal_end(struct judge *judge, const struct obs *obs)
{
    if ((obs->flags & OBS_QUIET) == 0) {
        return; /* what is queued is not lost */
    }
    for (uint32_t i = 0; i < judge->sends_len; i++) {
        const struct send *send = &judge->sends[i];
        if ((send->flags & SEND_WRITTEN) == 0 || (send->flags & SEND_FORGOTTEN) != 0) {
            continue;
        }
        judge->judged[SYN_12]++;
        if ((send->flags & SEND_ACKED) == 0 && !asked_of(judge, send)->failed) {
            judge_violated(judge, finding_of_send(SYN_12, send, send->seq),
                           "device %u wrote a message to room %u that at rest is neither acked nor "
                           "shown as failed",
                           send->device, send->room);
        }
    }
}
