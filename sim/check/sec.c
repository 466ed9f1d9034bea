/* SEC: nobody speaks in another's name.
 *
 * Evidence: what people wrote (OBS_SEND), on which device, and whose device that is. The log is
 * not asked: a server that files a message under another's name would be its own witness. */
#include "sim/check/truth.h"

#include <inttypes.h>

void sec_shown(struct judge *judge, const struct shown *shown)
{
    const struct obs *obs = shown->obs;

    if (shown->send == NULL || (obs->flags & OBS_EVENT) != 0) {
        return;
    }
    const uint32_t author = judge->devices[shown->send->device].user;
    if (author >= judge->users_len) {
        return;
    }
    judged(judge, SEC_02);
    if (obs->sender != judge->user_keys[author]) {
        struct violation *violation = truth_violation(judge, SEC_02, obs);
        violation_device(violation, shown->send->device);
        violation_say(violation,
                      "device %u was shown place %" PRIu64
                      " of room %u under another name than that of its writer, device %u",
                      (unsigned)obs->device, obs->seq, (unsigned)obs->room,
                      (unsigned)shown->send->device);
    }
}
