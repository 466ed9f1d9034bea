/* Violations and margins. See finding.h. */
#include "sim/check/finding.h"

#include <stdarg.h>
#include <stdio.h>

/* Of one invariant; so that a broken promise that breaks at every row does not hide the others. */
#define VIOLATIONS_KEPT_EACH 8

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
        .node = finding.node != OBS_NODE_NONE ? finding.node : judge->now->node,
        .observation = judge->observations,
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
