/* See client_presence.h. */
#include "sim/client/client_presence.h"

#include "server/base/mem.h"
#include "server/protocol/id.h"
#include "sim/client/client_conn.h"
#include "sim/client/client_room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCH_REF TEXT("w")

struct person_view { /* of a person */
    uint64_t key;
    uint64_t version;
    uint32_t conn; /* on which it was told */
};

struct client_presence {
    int64_t active_us; /* when the person did something last */
    bool warned, away;
    bool stale;                  /* what was told on this connection may be old */
    char room[ID_BYTES_MAX + 1]; /* "": none */
    /* What was said of this connection. */
    bool said_away;
    char said_room[ID_BYTES_MAX + 1];

    struct frame_presence choice; /* not seen to have arrived; its line is: */
    char line[CUSTOM_BYTES_MAX + 1];
    struct frame_presence saying; /* what the effects of this step borrow */
    uint32_t said_times;          /* parts of `choice`, one after the other */
    int64_t said_us;              /* the last of them, on this connection; INT64_MAX: none */

    struct person_view *views; /* ascending key */
    uint32_t views_len, views_cap;
    struct text *watches; /* owned texts */
    uint32_t watches_len, watches_cap;
};

static struct client_presence *presence_of(struct client *client)
{
    if (client->presence == NULL) {
        client->presence = hb_calloc(1, sizeof *client->presence);
        client->presence->active_us = client->now_us;
        client->presence->said_us = INT64_MAX;
    }
    return client->presence;
}

bool client_presence_away(const struct client *client)
{
    return client->presence != NULL && client->presence->away;
}

const char *client_presence_room(const struct client *client)
{
    return client->presence != NULL ? client->presence->room : "";
}

void client_presence_deinit(struct client *client)
{
    struct client_presence *presence = client->presence;

    if (presence != NULL) {
        for (uint32_t i = 0; i < presence->watches_len; i++) {
            free((char *)(uintptr_t)presence->watches[i].bytes);
        }
        free(presence->watches);
        free(presence->views);
        free(presence);
        client->presence = NULL;
    }
}

static void text_keep(char *to, struct text text)
{
    if (text.len > 0) {
        memcpy(to, text.bytes, text.len);
    }
    to[text.len] = '\0';
}

/* --- Of this connection --------------------------------------------------------------------- */

static void say_connection(struct client *client, struct client_out *out)
{
    struct client_presence *presence = client->presence;
    struct frame frame = {.type = FRAME_PRESENCE};
    struct frame_presence *said = &frame.presence;
    const struct text room = text_of(presence->room);

    said->status_said = presence->away != presence->said_away;
    said->status = presence->away ? PRESENCE_AWAY : PRESENCE_ONLINE;
    said->room_said = strcmp(presence->room, presence->said_room) != 0;
    said->current_room = said->room_said && room.len > 0 ? room : (struct text){NULL, 0};
    if (client->state != CLIENT_ONLINE || (!said->status_said && !said->room_said)) {
        return;
    }
    presence->said_away = presence->away;
    text_keep(presence->said_room, room);
    struct client_effect *effect = client_emit(out, CLIENT_OUT_PRESENT);
    effect->value = said->status;
    if (room.len > 0) {
        const struct client_room *known = client_room_find(client, id_key(room));
        effect->room_ref = known != NULL ? known->ref : CLIENT_ROOM_NONE;
        effect->room_id = room;
    }
    client_send_frame(client, &frame, out);
}

static void warn(struct client_presence *presence, bool on, struct client_out *out)
{
    presence->warned = on;
    client_emit(out, CLIENT_OUT_WARNING)->value = on;
}

void client_presence_look(struct client *client, struct client_out *out)
{
    const struct client_params *params = &client->config.params;

    if (params->idle_us == 0) {
        return;
    }
    struct client_presence *presence = presence_of(client);
    const int64_t idle_us = client->now_us - presence->active_us;
    if (idle_us >= params->idle_us) {
        presence->away = true;
    } else if (!presence->warned && params->idle_warning_us > 0 &&
               idle_us >= params->idle_us - params->idle_warning_us) {
        warn(presence, true, out);
    }
    say_connection(client, out);
    client->alarm_us[CLIENT_ALARM_IDLE] = client->now_us + params->idle_check_us;
}

void client_presence_touch(struct client *client, struct client_out *out)
{
    if (client->config.params.idle_us == 0) {
        return;
    }
    struct client_presence *presence = presence_of(client);
    presence->active_us = client->now_us;
    presence->away = false;
    if (presence->warned) {
        warn(presence, false, out);
    }
    say_connection(client, out);
}

/* --- What the person chooses ---------------------------------------------------------------- */

static bool chosen_any(const struct frame_presence *choice)
{
    return choice->status_said || choice->custom_said || choice->dnd_said;
}

/* It was said so long ago, on a connection that still is, that the node has it. */
static void choice_settle(const struct client *client)
{
    struct client_presence *presence = client->presence;

    if (presence->said_us != INT64_MAX &&
        client->now_us - presence->said_us >= client->config.params.answer_us) {
        presence->choice = (struct frame_presence){.status_said = false};
        presence->said_times = 0;
        presence->said_us = INT64_MAX;
    }
}

static void choice_say(struct client *client, struct client_out *out)
{
    struct client_presence *presence = client->presence;
    const struct frame frame = {.type = FRAME_PRESENCE, .presence = presence->saying};

    presence->said_us = client->now_us;
    client_emit(out, CLIENT_OUT_CHOOSE)->choice = &presence->saying;
    client_send_frame(client, &frame, out);
}

/* The parts that `choice` names, over those that wait. */
static void choice_add(struct client_presence *presence, const struct frame_presence *choice)
{
    struct frame_presence *all = &presence->choice;

    if (choice->status_said) {
        all->status_said = true;
        all->status_cleared = choice->status_cleared;
        all->chosen = true;
        all->status = choice->status;
    }
    if (choice->custom_said) {
        HB_ASSERT(choice->custom_status.len <= CUSTOM_BYTES_MAX);
        text_keep(presence->line, choice->custom_status);
        all->custom_said = true;
        all->custom_status = choice->custom_status;
        if (choice->custom_status.bytes != NULL) {
            all->custom_status.bytes = presence->line;
        }
    }
    if (choice->dnd_said) {
        all->dnd_said = true;
        all->dnd_until_ms = choice->dnd_until_ms;
    }
}

void client_presence_choose(struct client *client, const struct frame_presence *choice,
                            struct client_out *out)
{
    struct client_presence *presence = presence_of(client);

    if (choice->room_said) {
        HB_ASSERT(choice->current_room.len <= ID_BYTES_MAX);
        text_keep(presence->room, choice->current_room);
        say_connection(client, out);
    }
    if (!chosen_any(choice)) {
        return;
    }
    choice_settle(client);
    choice_add(presence, choice);
    if (client->state == CLIENT_ONLINE) {
        presence->saying = presence->choice;
        presence->saying.status_said = choice->status_said;
        presence->saying.status_cleared = choice->status_said && choice->status_cleared;
        presence->saying.custom_said = choice->custom_said;
        presence->saying.dnd_said = choice->dnd_said;
        if (!choice->custom_said) {
            presence->saying.custom_status = (struct text){NULL, 0};
        }
        if (!choice->dnd_said) {
            presence->saying.dnd_until_ms = 0;
        }
        presence->said_times++;
        choice_say(client, out);
    }
}

/* The person is shown to others as they chose. Of several choices that are under way an earlier one may
 * look like the last. */
static void choice_seen(struct client_presence *presence, const struct presence *person)
{
    struct frame_presence *choice = &presence->choice;

    if (presence->said_us == INT64_MAX || presence->said_times > 1) {
        return;
    }
    const bool unchosen = person->status == PRESENCE_ONLINE || person->status == PRESENCE_AWAY;
    if (choice->status_said &&
        (choice->status_cleared ? unchosen : person->status == choice->status)) {
        choice->status_said = choice->status_cleared = false;
    }
    if (choice->custom_said && text_equal(choice->custom_status, person->custom_status)) {
        choice->custom_said = false;
        choice->custom_status = (struct text){NULL, 0};
    }
    if (choice->dnd_said && choice->dnd_until_ms == person->dnd_until_ms) {
        choice->dnd_said = false;
        choice->dnd_until_ms = 0;
    }
    if (!chosen_any(choice)) {
        presence->said_times = 0;
        presence->said_us = INT64_MAX;
    }
}

/* --- Whom they watch ------------------------------------------------------------------------ */

static void watch_say(struct client *client, enum frame_type type, const struct text *users,
                      uint32_t users_len, struct client_out *out)
{
    struct frame frame = {.type = type};

    for (uint32_t i = 0; i < users_len; i += PRESENCE_USERS_MAX) {
        const uint32_t left = users_len - i;
        frame.presence_users.ref = WATCH_REF;
        frame.presence_users.users = users + i;
        frame.presence_users.users_len = left < PRESENCE_USERS_MAX ? left : PRESENCE_USERS_MAX;
        client_send_frame(client, &frame, out);
    }
    for (uint32_t i = 0; i < users_len; i++) {
        struct client_effect *effect = client_emit(out, CLIENT_OUT_WATCH);
        effect->user = &users[i];
        effect->value = type == FRAME_PRESENCE_UNSUBSCRIBE;
    }
}

void client_presence_watch(struct client *client, const struct text *user, bool wanted,
                           struct client_out *out)
{
    struct client_presence *presence = presence_of(client);
    uint32_t at = 0;

    while (at < presence->watches_len && !text_equal(presence->watches[at], *user)) {
        at++;
    }
    const bool watched = at < presence->watches_len;
    if (watched == wanted || (wanted && presence->watches_len >= CLIENT_WATCHES_MAX)) {
        return;
    }
    if (client->state == CLIENT_ONLINE) {
        watch_say(client, wanted ? FRAME_PRESENCE_SUBSCRIBE : FRAME_PRESENCE_UNSUBSCRIBE, user, 1,
                  out);
    }
    if (wanted) {
        HB_GROW(presence->watches, presence->watches_len, presence->watches_cap);
        presence->watches[presence->watches_len++] =
            (struct text){hb_strndup(user->bytes, user->len), user->len};
    } else {
        free((char *)(uintptr_t)presence->watches[at].bytes);
        presence->watches[at] = presence->watches[--presence->watches_len];
    }
}

/* --- What is told of others ----------------------------------------------------------------- */

static struct person_view *view_of(struct client_presence *presence, uint64_t key)
{
    uint32_t from = 0;
    uint32_t to = presence->views_len;

    while (from < to) {
        const uint32_t middle = from + (to - from) / 2;
        if (presence->views[middle].key < key) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    if (from == presence->views_len || presence->views[from].key != key) {
        HB_GROW(presence->views, presence->views_len, presence->views_cap);
        memmove(&presence->views[from + 1], &presence->views[from],
                (presence->views_len - from) * sizeof presence->views[0]);
        presence->views_len++;
        presence->views[from] = (struct person_view){.key = key, .conn = 0};
    }
    return &presence->views[from];
}

static void told_of(struct client *client, const struct presence *person, bool snapshot,
                    struct client_out *out)
{
    struct person_view *view = view_of(client->presence, person->user_key);

    if (view->conn == client->conn && person->version <= view->version) {
        return; /* I5 */
    }
    view->conn = client->conn; /* I6 */
    view->version = person->version;
    struct client_effect *effect = client_emit(out, CLIENT_OUT_VIEW);
    effect->value = snapshot;
    effect->person = person;
    if (person->user_key == client->user_key) {
        choice_seen(client->presence, person);
    }
}

void client_presence_told(struct client *client, const struct frame *frame, struct client_out *out)
{
    struct client_presence *presence = presence_of(client);

    if (frame->type == FRAME_PRESENCE_UPDATE) {
        told_of(client, &frame->person, false, out);
        return;
    }
    const struct frame_presence_state *state = &frame->presence_state;
    if (state->stale != presence->stale) {
        presence->stale = state->stale;
        client_emit(out, CLIENT_OUT_STALE)->value = state->stale;
    }
    for (uint32_t i = 0; i < state->people_len; i++) {
        told_of(client, &state->people[i], true, out);
    }
}

/* --- A connection begins and ends ----------------------------------------------------------- */

void client_presence_welcome(struct client *client, struct client_out *out)
{
    client_presence_look(client, out);
    struct client_presence *presence = client->presence;
    if (presence == NULL) {
        return;
    }
    say_connection(client, out);
    if (chosen_any(&presence->choice)) {
        presence->saying = presence->choice;
        presence->said_times = 1;
        choice_say(client, out);
    }
    watch_say(client, FRAME_PRESENCE_SUBSCRIBE, presence->watches, presence->watches_len, out);
}

void client_presence_offline(struct client *client)
{
    struct client_presence *presence = client->presence;

    if (presence != NULL) {
        choice_settle(client);
        presence->said_us = INT64_MAX;
        presence->said_away = false;
        presence->said_room[0] = '\0';
        presence->stale = false;
    }
}
