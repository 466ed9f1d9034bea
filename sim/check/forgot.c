/* See forgot.h. Nothing that it knew, or had to do, is expected of it any more: its rooms begin anew, what it wrote and
 * was not acked may be committed or not, and what it writes is the first that it writes. */
#include "sim/check/forgot.h"

#include "sim/check/member.h"
#include "sim/check/outbox.h"
#include "sim/check/rcp_truth.h"
#include "sim/check/shown.h"

void forgot_observe(struct judge *judge, const struct obs *obs)
{
    struct device *device = truth_device(judge, obs->device);

    if (device == NULL) {
        return;
    }
    device->acked = 0;
    rcp_forgot(judge, device);
    shown_forgot(judge, device);
    outbox_forgot(judge, obs->device);
    member_forgot(judge, obs->device);
    for (uint32_t i = 0; i < judge->sends_len; i++) {
        struct send *send = &judge->sends[i];
        send->flags |= send->device == obs->device ? SEND_FORGOTTEN : 0U;
    }
}
