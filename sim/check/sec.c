/* SEC: whose word it is. */
#include "sim/check/sec.h"

#include "sim/check/finding.h"

#include <inttypes.h>

uint64_t sec_shown(const struct judge *judge, enum invariant invariant)
{
    return invariant == SEC_02 && judge_saw(judge, OBS_SEND) ? judge->messages_shown : 0;
}

/* SEC-02, from what the world made people write, never from the log: the message exists, but
 * somebody else wrote it. One that nobody wrote is SYN-03's. Client ids are no evidence alone: where the
 * sender has used this one too, it is the text that tells whose message it is. */
bool sec_row(struct judge *judge, const struct obs *obs)
{
    const struct send *own = truth_send(judge, obs->sender, obs->client_id);
    const struct send *send = truth_send(judge, 0, obs->client_id);

    const bool used = own != NULL && (own->flags & SEND_WRITTEN) != 0;

    if (send == NULL || (used && own->content == obs->content)) {
        return false;
    }
    while ((send->flags & SEND_WRITTEN) == 0 || send->sender == 0 ||
           (used && send->content != obs->content)) {
        if (send->next_same == NONE) {
            return false; /* nobody's, or its writer's name was never told */
        }
        send = &judge->sends[send->next_same];
    }
    struct finding finding = finding_of(SEC_02, obs->room, obs->device, obs->seq, obs->seq);
    finding.other = send->device;
    judge_violated(judge, finding,
                   "device %u was shown seq %" PRIu64 " of room %u as from %016" PRIx64
                   ", but it was written on device %u, "
                   "by %016" PRIx64,
                   obs->device, obs->seq, obs->room, obs->sender, send->device, send->sender);
    return true;
}
