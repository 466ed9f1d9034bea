/* LIV-08. What a client does of itself; what a person does with it (a fault of its own) is not judged.
 *
 * A pause is `least` and a drawn part of a span that doubles from `least` on, at most Bk. How far the
 * span has grown is the client's own affair (a connection that held ends it), so each pause is held to
 * its least; and of all that were taken, not each one may be the whole of some span: then nothing was
 * drawn, and who was lost together comes back together. One that was cut at Bk says nothing of that. */
#include "sim/check/attempts.h"

#include "sim/check/finding.h"
#include "sim/check/path.h"
#include "sim/check/table.h"

#include <stdlib.h>

#define DRAWN_LEAST 8 /* so many whole spans in a row are no chance: each is one of 10^5 draws */

struct attempts_truth {
    struct table wants;    /* by device: int64_t, when it tried last; INT64_MIN */
    uint64_t lost;         /* pauses after a close that was seen, but for those that Bk cut */
    uint64_t whole;        /* of these: a whole span */
    uint32_t whole_device; /* the last of these */
};

void attempts_init(struct judge *judge)
{
    static const int64_t never = INT64_MIN;
    judge->attempts = hb_calloc(1, sizeof *judge->attempts);
    judge->attempts->wants = (struct table){.bytes = sizeof never, .fresh = &never};
}

void attempts_deinit(struct judge *judge)
{
    table_deinit(&judge->attempts->wants);
    free(judge->attempts);
}

static bool whole_span(const struct bounds *bounds, int64_t pause_us)
{
    const int64_t least_us = bounds->backoff_least_us;

    for (int64_t span_us = least_us; least_us + span_us < bounds->backoff_us; span_us *= 2) {
        if (pause_us == least_us + span_us) {
            return true;
        }
    }
    return false;
}

static void judge_pause(struct judge *judge, const struct obs *obs, int64_t from_us)
{
    const int64_t least_us = bound_plain(BOUND_BACKOFF, &judge->bounds);

    judge->judged[LIV_08]++;
    if (obs_until_us(obs) - from_us < least_us) {
        judge_violated(judge, finding_of(LIV_08, NONE, obs->device, 0, 0),
                       "device %u tries to connect again after %lld us; the least pause is %lld us",
                       obs->device, (long long)(obs_until_us(obs) - from_us), (long long)least_us);
    }
}

void attempts_want(struct judge *judge, const struct obs *obs)
{
    const struct device *device = truth_device(judge, obs->device);
    struct attempts_truth *attempts = judge->attempts;

    if (device == NULL || judge->bounds.backoff_least_us == 0) {
        return;
    }
    int64_t *want_us = table_at(&attempts->wants, obs->device);
    const int64_t from_us = later(*want_us, device->closed_us);
    if (*want_us != INT64_MIN && device->own.until_us < from_us) {
        judge_pause(judge, obs, from_us);
        const int64_t pause_us = obs->at_us - from_us;
        if (device->closed_us > *want_us && pause_us < judge->bounds.backoff_us) {
            const bool whole = whole_span(&judge->bounds, pause_us);
            attempts->lost++;
            attempts->whole += whole;
            attempts->whole_device = whole ? obs->device : attempts->whole_device;
        }
    }
    *want_us = obs->at_us;
}

void attempts_end(struct judge *judge)
{
    const struct attempts_truth *attempts = judge->attempts;

    if (attempts->lost < DRAWN_LEAST || attempts->whole < attempts->lost) {
        return;
    }
    judge_violated(
        judge, finding_of(LIV_08, NONE, attempts->whole_device, 0, 0),
        "each of %llu clients that lost a connection came back after a whole span of its "
        "back-off: nothing is drawn",
        (unsigned long long)attempts->lost);
}
