/* See membership.h. */
#include "sim/witness/membership.h"

#include "server/protocol/id.h"

static enum obs_asked asked(int64_t type)
{
    if (type == FRAME_ROOM_CREATE) {
        return ASKED_CREATE;
    }
    HB_ASSERT(type == FRAME_ROOM_JOIN || type == FRAME_ROOM_LEAVE);
    return type == FRAME_ROOM_JOIN ? ASKED_JOIN : ASKED_LEAVE;
}

void membership_effect(struct names *names, struct obs obs, const struct client_effect *effect,
                       struct obs_list *out)
{
    obs.client_id = effect->client_key;
    if (effect->kind == CLIENT_OUT_INVITES) {
        obs.kind = OBS_INVITES;
        obs.user = told_user(names, *effect->user, obs.at_us, out);
        obs_list_add(out, &obs);
        return;
    }
    obs.room = told_room(names, effect->room_id, obs.at_us, out);
    if (effect->kind == CLIENT_OUT_ASKS) {
        obs.kind = OBS_ASKS;
        obs.seq = asked(effect->value);
    } else if (effect->kind == CLIENT_OUT_GRANTED) {
        obs.kind = OBS_GRANTED;
        obs.seq = effect->frame->ack.seq;
    } else {
        HB_ASSERT(effect->kind == CLIENT_OUT_DENIED);
        obs.kind = OBS_DENIED;
        obs.content = id_key(effect->frame->nack.code_word);
    }
    obs_list_add(out, &obs);
}
