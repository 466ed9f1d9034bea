/* LIV-08. What a client does of itself; what a person does with it (a fault of its own) is not judged.
 *
 * A pause is `least` and a drawn part of a span that doubles from `least` on with each pause, at most Bk, until a
 * connection held. Each pause is held to its least. Of all that were taken, not each one may be the whole of some
 * span: then nothing was drawn, and who was lost together comes back together. One that was cut at Bk says nothing
 * of that. Nor may all be as short as the first span: then it does not grow. One that follows on k others without
 * a connection that may have held was drawn from 2^k times the least; that it is as short all the same has a
 * chance, and when the product of these chances is below 2^-30 it is none. */
#include "sim/check/attempts.h"

#include "sim/check/finding.h"
#include "sim/check/path.h"
#include "sim/check/table.h"

#include <stdlib.h>

#define CHANCE_ONE  (UINT64_C(1) << 60)
#define CHANCE_NONE (UINT64_C(1) << 30)
#define STEPS_MAX   20 /* a span that has grown beyond any maximum */

#define DRAWN_LEAST 8 /* so many whole spans in a row are no chance: each is one of 10^5 draws */

struct want {      /* of a device */
    int64_t at_us; /* when it tried last; INT64_MIN */
    uint32_t step; /* pauses before it, since a connection may have held */
};

struct attempts_truth {
    struct table wants;    /* by device: struct want */
    uint64_t chance;       /* that all pauses were as short as the first span; of CHANCE_ONE */
    bool grown;            /* one was longer */
    uint32_t short_device; /* the last that was as short */
    uint64_t lost;         /* pauses after a close that was seen, but for those that Bk cut */
    uint64_t whole;        /* of these: a whole span */
    uint32_t whole_device; /* the last of these */
};

void attempts_init(struct judge *judge)
{
    static const struct want never = {.at_us = INT64_MIN};
    judge->attempts = hb_calloc(1, sizeof *judge->attempts);
    judge->attempts->wants = (struct table){.bytes = sizeof never, .fresh = &never};
    judge->attempts->chance = CHANCE_ONE;
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
    const int64_t least_us = judge_bound(judge, BOUND_BACKOFF);

    judge->judged[LIV_08]++;
    if (obs_until_us(obs) - from_us < least_us) {
        judge_violated(judge, finding_of(LIV_08, NONE, obs->device, 0, 0),
                       "device %u tries to connect again after %lld us; the least pause is %lld us",
                       obs->device, (long long)(obs_until_us(obs) - from_us), (long long)least_us);
    }
}

/* The pause after `step` others: whether it shows that spans grow, or how likely it is if they do. */
static void judge_growth(struct judge *judge, const struct obs *obs, int64_t pause_us,
                         uint32_t step)
{
    struct attempts_truth *attempts = judge->attempts;
    const struct bounds *bounds = &judge->bounds;
    const int64_t least_us = bounds->backoff_least_us;
    const int64_t first_us =
        least_us + 2 * bounds->client_latency_us; /* until it learns that it failed */
    const int64_t grown_us = least_us << (step < STEPS_MAX ? step : STEPS_MAX);
    const int64_t span_us = grown_us < bounds->backoff_us ? grown_us : bounds->backoff_us;

    if (bounds->backoff_us <= least_us + first_us) {
        return; /* none may be longer than that, however it has grown */
    }
    if (pause_us > least_us + first_us) {
        attempts->grown = true;
    } else if (span_us > first_us) {
        attempts->chance =
            (uint64_t)((__uint128_t)attempts->chance * (uint64_t)first_us / (uint64_t)span_us);
        attempts->short_device = obs->device;
    }
}

static void judge_drawn(struct judge *judge, const struct obs *obs, int64_t pause_us)
{
    struct attempts_truth *attempts = judge->attempts;
    const bool whole = whole_span(&judge->bounds, pause_us);

    attempts->lost++;
    attempts->whole += whole;
    attempts->whole_device = whole ? obs->device : attempts->whole_device;
}

void attempts_want(struct judge *judge, const struct obs *obs)
{
    const struct device *device = truth_device(judge, obs->device);

    if (device == NULL || judge->bounds.backoff_least_us == 0) {
        return;
    }
    struct want *want = table_at(&judge->attempts->wants, obs->device);
    const int64_t from_us = later(want->at_us, device->closed_us);
    const bool by_itself = want->at_us != INT64_MIN && device->own.until_us < from_us;
    const bool lost = device->closed_us > want->at_us; /* else it was never connected */
    const int64_t pause_us = by_itself ? obs->at_us - from_us : 0;

    if (!by_itself || (lost && device->closed_us - want->at_us >= judge->bounds.stable_us)) {
        want->step = 0;
    }
    if (by_itself) {
        judge_pause(judge, obs, from_us);
        if (lost && pause_us < judge->bounds.backoff_us) {
            judge_drawn(judge, obs, pause_us);
        }
        if (lost && judge->bounds.stable_us > 0) {
            judge_growth(judge, obs, pause_us, want->step);
        }
        want->step++;
    }
    want->at_us = obs->at_us;
}

void attempts_end(struct judge *judge)
{
    const struct attempts_truth *attempts = judge->attempts;

    if (!attempts->grown && attempts->chance < CHANCE_NONE) {
        judge_violated(
            judge, finding_of(LIV_08, NONE, attempts->short_device, 0, 0),
            "clients whose connections did not hold came back as soon as after the first "
            "loss, each time: the pauses do not grow");
    }
    if (attempts->lost < DRAWN_LEAST || attempts->whole < attempts->lost) {
        return;
    }
    judge_violated(
        judge, finding_of(LIV_08, NONE, attempts->whole_device, 0, 0),
        "each of %llu clients that lost a connection came back after a whole span of its "
        "back-off: nothing is drawn",
        (unsigned long long)attempts->lost);
}
