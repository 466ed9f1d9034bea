/* See who.h.
 *
 * The world knows which user id each subject is (an identity provider's may be anything), and made the token of it.
 * Of two subjects that a node takes for one person, or of one that it takes for two, one is welcomed as somebody else. */
#include "sim/check/who.h"

#include "sim/check/edge.h"
#include "sim/check/finding.h"

#include <inttypes.h>

void who_said(struct judge *judge, const struct obs *obs)
{
    const struct device *device = truth_device(judge, obs->device);

    if (device == NULL || device->user == NONE || obs->content != edge_words(judge)->welcome ||
        obs->sender == 0) {
        return; /* a history may not say for whom it was taken */
    }
    const struct user *user = truth_user(judge, device->user);
    if (user == NULL || user->sender == 0) {
        return;
    }
    judge->judged[SEC_12]++;
    if (obs->sender != user->sender) {
        judge_violated(judge, finding_of(SEC_12, OBS_NONE, obs->device, 0, 0),
                       "device %u is of %016" PRIx64
                       " by its token, and was welcomed as %016" PRIx64,
                       obs->device, user->sender, obs->sender);
    }
}
