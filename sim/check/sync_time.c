/* LIV-03: the k-th page of what a device asks for comes within the time of k pages.
 *
 * What it asks for goes on until its last page, however often it was refused and begun again, and counts
 * from the first request: a refusal ends nothing. It is gone with its connection. */
#include "sim/check/sync_time.h"

#include "sim/check/finding.h"
#include "sim/check/path.h"

#include <inttypes.h>

static int64_t pages_us(const struct judge *judge, uint64_t pages)
{
    return bound_value(BOUND_SYNC, &judge->bounds, (struct amounts){.pages = pages});
}

/* A node that is made to go takes the connection with it, and need not answer: NEVER_US. */
static int64_t counts_from(const struct judge *judge, const struct device *device)
{
    const int64_t asked_us = device->sync.asked_us;

    if (device->node >= judge->nodes_len ||
        judge->nodes[device->node].going_us >= asked_us - 2 * judge->bounds.client_latency_us) {
        return NEVER_US;
    }
    return later(device->own.until_us, path_asked_from(judge, device, asked_us));
}

static void begins(struct judge *judge, struct device *device, int64_t at_us)
{
    device->sync.asked_us = at_us;
    device->sync.pages = 0;
    device->sync.asks++;
    due_push(&judge->dues, (struct due){at_us + pages_us(judge, 1), DUE_SYNC,
                                        (uint32_t)(device - judge->devices), device->sync.asks});
}

void sync_time_begins(struct judge *judge, struct device *device, uint64_t rows, uint64_t rooms,
                      int64_t at_us)
{
    struct sync_time *sync = &device->sync;

    if (!sync->open && sync->end_us != at_us) {
        sync->busy_us = at_us; /* not at once behind the one before */
    }
    if (!sync->open) {
        begins(judge, device, at_us);
    }
    sync->open = true;
    sync->begin_us = at_us;
    sync->allowed_us = path_sync_us(judge, rows, rooms);
    path_device_moved(judge, device);
}

void sync_time_ends(struct judge *judge, struct device *device)
{
    if (device->sync.open) {
        device->sync.open = false;
        device->sync.end_us = obs_until_us(judge->now);
        path_device_moved(judge, device);
    }
}

void sync_time_reset(struct judge *judge, const struct obs *obs)
{
    struct device *device = truth_device(judge, obs->device);

    if (device != NULL && device->sync.open && (obs->flags & OBS_QUIET) == 0) {
        begins(judge, device, obs_until_us(obs));
    }
}

void sync_time_page(struct judge *judge, struct device *device)
{
    const int64_t from_us = counts_from(judge, device);

    device->sync.pages++;
    judge->judged[LIV_03]++;
    if (from_us <= judge->now->at_us) {
        judge_margin(judge, LIV_03, judge->now->at_us - from_us,
                     pages_us(judge, device->sync.pages));
    }
}

void sync_time_due(struct judge *judge, struct due due, int64_t now_us)
{
    const struct device *device = &judge->devices[due.a];
    const struct sync_time *sync = &device->sync;
    const int64_t bound_us = pages_us(judge, sync->pages + 1);

    if (!sync->open || sync->asks != due.b) {
        return;
    }
    const int64_t from_us = counts_from(judge, device);
    if (from_us == NEVER_US || from_us + bound_us >= now_us) {
        due.at_us = (from_us == NEVER_US ? now_us : from_us) + bound_us;
        due_push(&judge->dues, due);
        return;
    }
    struct finding finding = finding_of(LIV_03, NONE, due.a, 0, 0);
    finding.at_us = from_us + bound_us;
    judge->judged[LIV_03]++;
    judge_violated(judge, finding,
                   "device %u asks for a sync since %" PRId64 " us; page %" PRIu64
                   " did not come within %" PRId64 " us of %" PRId64,
                   due.a, sync->asked_us, sync->pages + 1, bound_us, from_us);
}
