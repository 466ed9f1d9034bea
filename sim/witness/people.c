/* See people.h. */
#include "sim/witness/people.h"

#include "server/protocol/id.h"

/* Of the line beside a name; 0: none. */
static uint64_t line_key(struct text line)
{
    return line.bytes != NULL ? id_key(line) : 0;
}

static void view(struct names *names, struct obs *obs, const struct client_effect *effect,
                 struct obs_list *out)
{
    const struct presence *person = effect->person;

    obs->kind = OBS_VIEW;
    obs->user = told_user(names, person->user_id, obs->at_us, out);
    if (person->current_room.bytes != NULL) {
        obs->room = told_room(names, person->current_room, obs->at_us, out);
    }
    obs->seq = person->status;
    obs->id = person->version;
    obs->content = line_key(person->custom_status);
    obs->value = person->dnd_until_ms;
    obs->timestamp = person->last_seen_ms;
    obs->flags = effect->value == 1 ? OBS_MORE : 0;
}

static void choose(struct obs *obs, const struct frame_presence *choice)
{
    obs->kind = OBS_CHOOSE;
    obs->flags = choice->status_cleared ? OBS_LEFT : 0;
    if (choice->status_said && !choice->status_cleared) {
        obs->seq = choice->status;
    } else if (!choice->status_cleared) {
        obs->flags |= OBS_QUIET;
    }
    if (choice->custom_said) {
        obs->flags |= OBS_MORE;
        obs->content = line_key(choice->custom_status);
    }
    if (choice->dnd_said) {
        obs->flags |= OBS_HELD;
        obs->value = choice->dnd_until_ms;
    }
}

static void watch(struct names *names, struct obs *obs, const struct client_effect *effect,
                  struct obs_list *out)
{
    obs->kind = OBS_WATCH;
    obs->user = told_user(names, *effect->user, obs->at_us, out);
    obs->flags = effect->value == 1 ? OBS_LEFT : 0;
}

static void present(struct names *names, struct obs *obs, const struct client_effect *effect,
                    struct obs_list *out)
{
    obs->kind = OBS_PRESENT;
    obs->seq = (uint64_t)effect->value;
    if (effect->room_ref != CLIENT_ROOM_NONE) {
        obs->room = effect->room_ref;
    } else if (effect->room_id.bytes != NULL) {
        obs->room = told_room(names, effect->room_id, obs->at_us, out);
    }
}

void people_effect(struct names *names, struct obs obs, const struct client_effect *effect,
                   struct obs_list *out)
{
    if (effect->kind == CLIENT_OUT_VIEW) {
        view(names, &obs, effect, out);
    } else if (effect->kind == CLIENT_OUT_CHOOSE) {
        choose(&obs, effect->choice);
    } else if (effect->kind == CLIENT_OUT_PRESENT) {
        present(names, &obs, effect, out);
    } else if (effect->kind == CLIENT_OUT_WATCH) {
        watch(names, &obs, effect, out);
    } else if (effect->kind == CLIENT_OUT_WRITES_TO) {
        obs.kind = OBS_WRITES_TO;
        obs.user = told_user(names, effect->room_id, obs.at_us, out);
        obs.client_id = effect->client_key;
    } else {
        HB_ASSERT(effect->kind == CLIENT_OUT_STALE);
        obs.kind = OBS_STALE;
        obs.value = effect->value;
    }
    obs_list_add(out, &obs);
}
