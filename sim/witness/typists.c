/* See typists.h. */
#include "sim/witness/typists.h"

#include "server/protocol/direct_name.h"

void typists_effect(struct names *names, struct obs obs, const struct client_effect *effect,
                    struct obs_list *out)
{
    obs.room = told_room_of(names, effect->room_ref, effect->room_id, obs.at_us, out);
    if (effect->kind == CLIENT_OUT_KEY) {
        obs.kind = OBS_KEY;
        obs.flags = effect->value == 1 ? OBS_LEFT : 0;
    } else {
        HB_ASSERT(effect->kind == CLIENT_OUT_TYPIST);
        obs.kind = OBS_TYPIST;
        obs.user = told_user(names, *effect->user, obs.at_us, out);
        obs.value = effect->value == 1;
        obs.flags = effect->value == 2 ? OBS_QUIET : 0;
    }
    obs_list_add(out, &obs);
}

void typists_heard(struct names *names, struct obs obs, const struct frame *frame,
                   struct obs_list *out)
{
    const struct text own = names_text(names, NAME_USER, obs.user);
    const struct text to = frame->typing.recipient_id;
    char direct[DIRECT_NAME_LEN + 1];
    struct text room = frame->typing.room_id;

    if (to.bytes != NULL) {
        if (text_equal(own, to)) {
            return; /* the room of nobody */
        }
        direct_name(own, to, direct);
        room = text_of(direct);
        obs.seq = 1 + (uint64_t)told_user(names, to, obs.at_us, out);
    }
    obs.kind = OBS_TYPED;
    obs.room = told_room(names, room, obs.at_us, out);
    obs.flags = frame->type == FRAME_TYPING_STOP ? OBS_LEFT : 0;
    obs_list_add(out, &obs);
}

void typists_said(struct names *names, struct obs obs, const struct frame *frame,
                  struct obs_list *out)
{
    obs.kind = OBS_TYPING_TOLD;
    obs.room = told_room(names, frame->typing.room_id, obs.at_us, out);
    obs.user = told_user(names, frame->typing.user_id, obs.at_us, out);
    obs.flags = frame->type == FRAME_TYPING_STOP ? OBS_LEFT : 0;
    obs_list_add(out, &obs);
}
