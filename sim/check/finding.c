/* Violations and margins. See finding.h. */
#include "sim/check/finding.h"

#include <stdarg.h>
#include <stdio.h>

/* Of one invariant; so that a broken promise that breaks at every row does not hide the others. */
#define VIOLATIONS_KEPT_EACH 8

/* Whom an observation tells of, beside the device that is told. */
static uint32_t told_of(const struct obs *obs)
{
    static const bool tells[OBS_KIND_COUNT] = {
        [OBS_VIEW] = true,        [OBS_RECORD] = true,   [OBS_LISTED] = true,
        [OBS_TYPIST] = true,      [OBS_TYPED] = true,    [OBS_TYPING_TOLD] = true,
        [OBS_READ_TOLD] = true,   [OBS_READ_ROW] = true, [OBS_ARRIVED_TOLD] = true,
        [OBS_ARRIVED_ROW] = true, [OBS_MEMBER] = true,
    };
    return tells[obs->kind] ? obs->user : NONE;
}

/* The message that its writer's device tells of. */
static uint64_t own_message(const struct obs *obs)
{
    static const bool own[OBS_KIND_COUNT] = {
        [OBS_SEND] = true, [OBS_RESEND] = true, [OBS_PUT] = true,      [OBS_ACK] = true,
        [OBS_NACK] = true, [OBS_FAILED] = true, [OBS_REPLACED] = true, [OBS_ACK_SENT] = true,
    };
    return own[obs->kind] ? obs->client_id : 0;
}

struct violation *judge_violated(struct judge *judge, struct finding finding, const char *format,
                                 ...)
{
    const uint64_t count = judge->violated[finding.invariant]++;
    va_list args;

    if (count >= VIOLATIONS_KEPT_EACH || judge->violations_len == VIOLATIONS_KEPT_MAX) {
        return NULL;
    }
    HB_GROW(judge->violations, judge->violations_len, judge->violations_cap);
    struct violation *found = &judge->violations[judge->violations_len++];
    *found = (struct violation){
        .invariant = finding.invariant,
        .at_us = finding.at_us != INT64_MIN ? finding.at_us : judge->now->at_us,
        .room = finding.room,
        .seq_low = finding.seq_low,
        .seq_high = finding.seq_high,
        /* That of an observation of somebody else, at which a deadline is found to be over, says nothing. */
        .node = finding.node != OBS_NODE_NONE                                    ? finding.node
                : finding.device == NONE || finding.device == judge->now->device ? judge->now->node
                                                                                 : OBS_NODE_NONE,
        .observation = judge->observations,
        .user = finding.user != NONE         ? finding.user
                : finding.at_us == INT64_MIN ? told_of(judge->now)
                                             : NONE,
        .message = finding.message != 0         ? finding.message
                   : finding.at_us == INT64_MIN ? own_message(judge->now)
                                                : 0,
    };
    if (finding.device != NONE) {
        found->devices[found->devices_len++] = finding.device;
    }
    if (finding.other != NONE && finding.other != finding.device) {
        found->devices[found->devices_len++] = finding.other;
    }
    va_start(args, format);
    (void)vsnprintf(found->summary, sizeof found->summary, format, args);
    va_end(args);
    return found;
}

void judge_margin(struct judge *judge, enum invariant invariant, int64_t used_us, int64_t bound_us)
{
    struct margin *margin = &judge->margins[invariant];

    /* Later than allowed: its deadline was judged, by what disturbed the path then, so this is a violation or
     * no measure of the bound. */
    if (used_us > bound_us) {
        return;
    }
    if (used_us > margin->used_us || margin->bound_us == 0) {
        margin->used_us = used_us;
        margin->bound_us = bound_us;
    }
}
