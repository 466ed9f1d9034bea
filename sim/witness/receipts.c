/* See receipts.h. */
#include "sim/witness/receipts.h"

void receipt_effect(struct names *names, struct obs obs, const struct client_effect *effect,
                    struct obs_list *out)
{
    obs.id = effect->client_key;
    if (effect->kind == CLIENT_OUT_READ) {
        obs.kind = OBS_READ;
        obs.seq = (uint64_t)effect->value;
    } else if (effect->kind == CLIENT_OUT_READ_SAID) {
        obs.kind = OBS_READ_SAID;
        obs.value = effect->value;
    } else if (effect->kind == CLIENT_OUT_READ_TOLD) {
        obs.kind = OBS_READ_TOLD;
        obs.user = told_user(names, effect->frame->read_receipt.read_by, obs.at_us, out);
        obs.timestamp = effect->value;
    } else {
        HB_ASSERT(effect->kind == CLIENT_OUT_RECEIVED_TOLD);
        const bool received = effect->frame->type == FRAME_RECEIVED;
        obs.kind = OBS_ARRIVED_TOLD;
        obs.user = told_user(
            names, received ? effect->frame->received.user_id : effect->frame->read_receipt.read_by,
            obs.at_us, out);
        obs.seq = (uint64_t)effect->value;
    }
    obs_list_add(out, &obs);
}
