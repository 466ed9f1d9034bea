/* The outbox of a device. See outbox.h.
 *
 *   written --> first of its room's queue --> put --> ack, or refused for good: the next is first
 *                     ^                        |
 *                     +--- a pause, or the way was lost
 *
 * The first of a queue goes out as soon as the device is online and no pause is on, whatever the queues of other
 * rooms wait for: one that is not put stands behind nothing of its own (LIV-05) or, if something of another room is
 * under way, behind that (LIV-12). Nothing is known of how long a pause may be: SYN-12 finds one that has no end. */
#include "sim/check/outbox.h"

#include "sim/check/finding.h"

#include <stdlib.h>

struct queue {
    uint32_t device, room;
    uint32_t waiting; /* written, not answered for good */
    uint32_t serial;  /* of what happened to it: an older deadline is void */
    uint32_t next;    /* of the device; NONE */
    int64_t first_us; /* when its first might have gone out */
    bool on_wire, paused;
};

struct outbox_truth {
    struct u64map by_place; /* device and room -> queue */
    struct queue *queues;
    uint32_t queues_len, queues_cap;
    struct u64map first; /* device -> its first queue */
};

void outbox_init(struct judge *judge)
{
    judge->outbox = hb_calloc(1, sizeof *judge->outbox);
}

void outbox_deinit(struct judge *judge)
{
    u64map_deinit(&judge->outbox->by_place);
    u64map_deinit(&judge->outbox->first);
    free(judge->outbox->queues);
    free(judge->outbox);
}

static uint32_t first_of(const struct judge *judge, uint32_t device)
{
    uint64_t first;

    return u64map_get(&judge->outbox->first, device, &first) ? (uint32_t)first : NONE;
}

static struct queue *queue_of(struct judge *judge, const struct send *send)
{
    struct outbox_truth *outbox = judge->outbox;
    const uint64_t place = (uint64_t)send->device << 32 | send->room;
    uint64_t index;

    if (!u64map_get(&outbox->by_place, place, &index)) {
        HB_GROW(outbox->queues, outbox->queues_len, outbox->queues_cap);
        index = outbox->queues_len++;
        outbox->queues[index] = (struct queue){
            .device = send->device, .room = send->room, .next = first_of(judge, send->device)};
        u64map_put(&outbox->by_place, place, index);
        u64map_put(&outbox->first, send->device, index);
    }
    return &outbox->queues[index];
}

/* The first of it, if any, can go out from now on. */
static void may_go(struct judge *judge, struct queue *queue, int64_t at_us)
{
    const struct device *device = &judge->devices[queue->device];

    queue->serial++;
    if (queue->waiting > 0 && !queue->on_wire && !queue->paused && device->live_us != NEVER_US) {
        queue->first_us = at_us;
        due_push(&judge->dues,
                 (struct due){at_us + judge_bound(judge, BOUND_OUT), DUE_OUT,
                              (uint32_t)(queue - judge->outbox->queues), queue->serial});
    }
}

/* Whether something of another room of this device is under way, or pauses. */
static bool another_waits(const struct judge *judge, const struct queue *queue)
{
    for (uint32_t i = first_of(judge, queue->device); i != NONE;
         i = judge->outbox->queues[i].next) {
        const struct queue *other = &judge->outbox->queues[i];
        if (other != queue && (other->on_wire || other->paused)) {
            return true;
        }
    }
    return false;
}

static void put(struct judge *judge, struct queue *queue)
{
    if (!queue->on_wire && !queue->paused && judge->devices[queue->device].live_us != NEVER_US) {
        judge->judged[another_waits(judge, queue) ? LIV_12 : LIV_05]++;
    }
    queue->on_wire = true;
    queue->paused = false;
    queue->serial++;
}

static void answered(struct judge *judge, struct queue *queue)
{
    queue->waiting -= queue->waiting > 0;
    queue->on_wire = false;
    queue->paused = false;
    may_go(judge, queue, judge->now->at_us);
}

static bool known(const struct judge *judge, const struct send *send)
{
    return send->device < judge->devices_len && send->room != NONE &&
           (send->flags & SEND_WRITTEN) != 0;
}

void outbox_send(struct judge *judge, const struct obs *obs, const struct send *send)
{
    if (!known(judge, send)) {
        return;
    }
    struct queue *queue = queue_of(judge, send);
    switch ((int)obs->kind) {
    case OBS_SEND:
        queue->waiting++;
        if (queue->waiting == 1) {
            may_go(judge, queue, obs->at_us);
        }
        return;
    case OBS_PUT:
    case OBS_RESEND:
        put(judge, queue);
        return;
    case OBS_NACK:
        queue->on_wire = false;
        queue->paused = (obs->flags & OBS_TEMPORARY) != 0;
        queue->serial++;
        return;
    case OBS_FAILED:
        answered(judge, queue);
        return;
    }
    HB_UNREACHABLE("no way of a message");
}

void outbox_ack(struct judge *judge, const struct send *send)
{
    if (known(judge, send)) {
        answered(judge, queue_of(judge, send));
    }
}

void outbox_opened(struct judge *judge, const struct obs *obs)
{
    for (uint32_t i = first_of(judge, obs->device); i != NONE; i = judge->outbox->queues[i].next) {
        may_go(judge, &judge->outbox->queues[i], obs->at_us);
    }
}

void outbox_closed(struct judge *judge, uint32_t device)
{
    for (uint32_t i = first_of(judge, device); i != NONE; i = judge->outbox->queues[i].next) {
        struct queue *queue = &judge->outbox->queues[i];
        queue->on_wire = false;
        queue->paused = false;
        queue->serial++;
    }
}

void outbox_forgot(struct judge *judge, uint32_t device)
{
    outbox_closed(judge, device);
    for (uint32_t i = first_of(judge, device); i != NONE; i = judge->outbox->queues[i].next) {
        judge->outbox->queues[i].waiting = 0;
    }
}

void outbox_due(struct judge *judge, struct due due)
{
    const struct queue *queue = &judge->outbox->queues[due.a];

    if (queue->serial != due.b || !judge_saw(judge, OBS_PUT)) {
        return;
    }
    const bool behind = another_waits(judge, queue);
    struct finding finding = finding_of(behind ? LIV_12 : LIV_05, queue->room, queue->device, 0, 0);
    finding.at_us = due.at_us;
    judge->judged[behind ? LIV_12 : LIV_05]++;
    judge_violated(judge, finding,
                   "device %u is online and has %u messages for room %u, of which none was put on "
                   "the wire since %lld us%s",
                   queue->device, queue->waiting, queue->room, (long long)queue->first_us,
                   behind ? ": one for another room is under way" : "");
}
