/* See display.h. */
#include "sim/witness/display.h"

void display_effect(struct names *names, struct obs obs, const struct client_effect *effect,
                    int64_t session, struct obs_list *out)
{
    if (effect->kind == CLIENT_OUT_FORGOT) {
        obs.kind = OBS_FORGOT;
        obs_list_add(out, &obs);
        return;
    }
    obs.room = told_room_of(names, effect->room_ref, effect->room_id, obs.at_us, out);
    if (effect->kind == CLIENT_OUT_RESET) {
        obs.kind = OBS_RESET;
        obs.flags = effect->value == 1 ? OBS_QUIET : 0;
    } else if (effect->kind == CLIENT_OUT_BACK) {
        obs.kind = OBS_BACK;
        obs.seq = (uint64_t)effect->value;
        obs.value = session;
    } else if (effect->kind == CLIENT_OUT_FOCUS) {
        obs.kind = OBS_FOCUS;
        obs.value = session;
    } else {
        HB_ASSERT(effect->kind == CLIENT_OUT_GAP || effect->kind == CLIENT_OUT_NO_GAP);
        obs.kind = OBS_GAP;
        obs.seq = (uint64_t)effect->value;
        obs.value = (int64_t)effect->gap_high;
        obs.flags = effect->kind == CLIENT_OUT_NO_GAP ? OBS_LEFT : 0;
    }
    obs_list_add(out, &obs);
}
