/* See frame_presence.h. */
#include "server/protocol/frame_presence.h"

#include "server/protocol/id.h"
#include "server/protocol/limits.h"
#include "server/protocol/put.h"
#include "server/protocol/take.h"

static const char *const status_words[] = {
    [PRESENCE_ONLINE] = "online",
    [PRESENCE_BUSY] = "busy",
    [PRESENCE_AWAY] = "away",
    [PRESENCE_OFFLINE] = "offline",
};
static const char *const kind_words[] = {
    [PRESENCE_WEB] = "web",
    [PRESENCE_MOBILE] = "mobile",
    [PRESENCE_DESKTOP] = "desktop",
};
_Static_assert(sizeof status_words / sizeof status_words[0] == PRESENCE_STATUS_COUNT, "all named");
_Static_assert(sizeof kind_words / sizeof kind_words[0] == PRESENCE_KIND_COUNT, "all named");

const char *presence_status_word(enum presence_status status)
{
    HB_ASSERT(status < PRESENCE_STATUS_COUNT);
    return status_words[status];
}

const char *presence_kind_word(enum presence_kind kind)
{
    HB_ASSERT(kind < PRESENCE_KIND_COUNT);
    return kind_words[kind];
}

static bool word_find(const char *const *words, int words_len, struct text word, int *ret)
{
    for (int i = 0; i < words_len; i++) {
        if (text_equal(word, text_of(words[i]))) {
            *ret = i;
            return true;
        }
    }
    return false;
}

bool presence_status_of(struct text word, enum presence_status *ret)
{
    int found = 0;
    const bool known = word_find(status_words, PRESENCE_STATUS_COUNT, word, &found);

    *ret = (enum presence_status)found;
    return known;
}

bool presence_kind_of(struct text word, enum presence_kind *ret)
{
    int found = 0;
    const bool known = word_find(kind_words, PRESENCE_KIND_COUNT, word, &found);

    *ret = (enum presence_kind)found;
    return known;
}

/* --- presence --- */

/* Whether the field is there; null: *ret_null. */
static bool said(struct take *d, const char *name, bool *ret_null)
{
    const struct json_token *item = take_find(d, name);

    *ret_null = item != NULL && item->kind == JSON_NULL;
    return item != NULL;
}

static void take_status(struct take *d, struct frame_presence *presence)
{
    presence->status = PRESENCE_ONLINE;
    presence->status_said = said(d, "status", &presence->status_cleared);
    presence->chosen = take_bool(d, "manual", TAKE_OPTIONAL);
    if (!presence->status_said || presence->status_cleared) {
        presence->chosen = presence->status_cleared;
        return;
    }
    if (!presence_status_of(take_string(d, "status", TAKE_REQUIRED), &presence->status)) {
        take_fail(d, HB_EFIELD, "status");
    }
    /* No device can see these of a person. */
    presence->chosen = presence->chosen || presence->status == PRESENCE_BUSY ||
                       presence->status == PRESENCE_OFFLINE;
}

static void take_metadata(struct take *d, struct frame_presence *presence)
{
    const struct json_token *metadata = take_find(d, "metadata");
    const struct json_token *object = d->object;
    bool null = false;

    if (metadata == NULL) {
        return;
    }
    if (metadata->kind != JSON_OBJECT) {
        take_fail(d, HB_EFIELD, "metadata");
        return;
    }
    take_enter(d, metadata);
    presence->custom_said = said(d, "customStatus", &null);
    if (presence->custom_said && !null) {
        presence->custom_status = take_text(d, "customStatus", TAKE_REQUIRED, CUSTOM_BYTES_MAX);
    }
    presence->dnd_said = said(d, "doNotDisturbUntil", &null);
    if (presence->dnd_said && !null) {
        presence->dnd_until_ms =
            take_integer(d, "doNotDisturbUntil", TAKE_REQUIRED, 1, JSON_INT_MAX);
    }
    take_enter(d, object);
}

void frame_take_presence(struct take *d, struct frame_presence *presence)
{
    bool null = false;

    take_status(d, presence);
    presence->room_said = said(d, "currentRoom", &null);
    if (presence->room_said && !null) {
        presence->current_room = take_id(d, "currentRoom", TAKE_REQUIRED);
    }
    take_metadata(d, presence);
}

static void put_null(struct buf *out, const char *member)
{
    buf_add_text(out, member);
}

static void put_metadata(struct buf *out, struct text custom, int64_t dnd_until_ms,
                         const struct frame_presence *said)
{
    const bool no_custom = said != NULL && said->custom_said && custom.bytes == NULL;
    const bool no_dnd = said != NULL && said->dnd_said && dnd_until_ms == 0;

    if (custom.bytes == NULL && dnd_until_ms == 0 && !no_custom && !no_dnd) {
        return;
    }
    buf_add_text(out, ",\"metadata\":{");
    const size_t from = out->len;
    put_text_if(out, "customStatus", custom);
    if (dnd_until_ms != 0) {
        put_i64(out, "doNotDisturbUntil", dnd_until_ms);
    }
    if (no_custom) {
        put_null(out, ",\"customStatus\":null");
    }
    if (no_dnd) {
        put_null(out, ",\"doNotDisturbUntil\":null");
    }
    memmove(out->bytes + from, out->bytes + from + 1, out->len - from - 1); /* the first comma */
    out->len--;
    buf_add_char(out, '}');
}

void frame_put_presence(struct buf *out, const struct frame_presence *presence)
{
    if (presence->status_cleared) {
        put_null(out, ",\"status\":null");
    } else if (presence->status_said) {
        put_text(out, "status", text_of(presence_status_word(presence->status)));
        if (presence->chosen) {
            put_bool(out, "manual", true);
        }
    }
    if (presence->room_said && presence->current_room.bytes == NULL) {
        put_null(out, ",\"currentRoom\":null");
    }
    put_text_if(out, "currentRoom", presence->current_room);
    put_metadata(out, presence->custom_status, presence->dnd_until_ms, presence);
}

/* --- presence_update --- */

void frame_take_presence_update(struct take *d, struct presence *person)
{
    const struct json_token *object = d->object;

    *person = (struct presence){0}; /* it may stand in an array, where nothing is set */
    person->user_id = take_id(d, "userId", TAKE_REQUIRED);
    person->user_key = id_key(person->user_id);
    if (!presence_status_of(take_string(d, "status", TAKE_REQUIRED), &person->status)) {
        take_fail(d, HB_EFIELD, "status");
    }
    person->version = (uint64_t)take_integer(d, "version", TAKE_REQUIRED, 0, JSON_INT_MAX);
    const int64_t seen = take_integer(d, "lastSeen", TAKE_OPTIONAL, 0, JSON_INT_MAX);
    person->last_seen_ms = seen < 0 ? 0 : seen;
    const struct text device = take_string(d, "device", TAKE_OPTIONAL);
    if (device.bytes != NULL && !presence_kind_of(device, &person->device)) {
        take_fail(d, HB_EFIELD, "device");
    }
    person->current_room = take_id(d, "currentRoom", TAKE_OPTIONAL);
    const struct json_token *metadata = take_find(d, "metadata");
    if (metadata != NULL && metadata->kind == JSON_OBJECT) {
        take_enter(d, metadata);
        person->custom_status = take_text(d, "customStatus", TAKE_OPTIONAL, CUSTOM_BYTES_MAX);
        const int64_t until = take_integer(d, "doNotDisturbUntil", TAKE_OPTIONAL, 1, JSON_INT_MAX);
        person->dnd_until_ms = until < 0 ? 0 : until;
        take_enter(d, object);
    }
}

void frame_put_presence_update(struct buf *out, const struct presence *person)
{
    put_text(out, "userId", person->user_id);
    put_text(out, "status", text_of(presence_status_word(person->status)));
    put_u64(out, "version", person->version);
    if (person->last_seen_ms > 0) {
        put_i64(out, "lastSeen", person->last_seen_ms);
    }
    if (person->status != PRESENCE_OFFLINE) {
        put_text(out, "device", text_of(presence_kind_word(person->device)));
        put_text_if(out, "currentRoom", person->current_room);
    }
    put_metadata(out, person->custom_status, person->dnd_until_ms, NULL);
}

/* --- presence_subscribe, presence_unsubscribe --- */

void frame_take_presence_users(struct take *d, struct frame_presence_users *users)
{
    users->ref = take_id(d, "ref", TAKE_OPTIONAL);
    users->users = take_ids(d, "userIds", TAKE_REQUIRED, PRESENCE_USERS_MAX, &users->users_len);
}

void frame_put_presence_users(struct buf *out, const struct frame_presence_users *users)
{
    put_text_if(out, "ref", users->ref);
    put_ids(out, "userIds", users->users, users->users_len);
}

/* --- presence_state --- */

void frame_take_presence_state(struct take *d, struct frame_presence_state *state)
{
    const struct json_token *object = d->object;

    state->ref = take_id(d, "ref", TAKE_OPTIONAL);
    state->stale = take_bool(d, "stale", TAKE_OPTIONAL);
    const struct json_token *child = take_children(d, "users", TAKE_REQUIRED, JSON_ARRAY,
                                                   PRESENCE_USERS_MAX, &state->people_len);
    state->people = take_array(d, state->people_len, sizeof *state->people);
    for (uint32_t i = 0; i < state->people_len; i++, child = take_after(d, child)) {
        if (child->kind != JSON_OBJECT) {
            take_fail(d, HB_EFIELD, "users");
            return;
        }
        take_enter(d, child);
        frame_take_presence_update(d, &state->people[i]);
    }
    take_enter(d, object);
}

void frame_put_presence_state(struct buf *out, const struct frame_presence_state *state)
{
    put_text_if(out, "ref", state->ref);
    if (state->stale) {
        put_bool(out, "stale", true);
    }
    buf_add_text(out, ",\"users\":[");
    for (uint32_t i = 0; i < state->people_len; i++) {
        if (i > 0) {
            buf_add_char(out, ',');
        }
        const size_t from = out->len;
        frame_put_presence_update(out, &state->people[i]);
        out->bytes[from] = '{'; /* in the place of the first comma */
        buf_add_char(out, '}');
    }
    buf_add_char(out, ']');
}

/* --- presence_room --- */

void frame_take_presence_room(struct take *d, struct frame_presence_room *room)
{
    room->room_id = take_id(d, "roomId", TAKE_REQUIRED);
    room->online = (uint64_t)take_integer(d, "online", TAKE_REQUIRED, 0, JSON_INT_MAX);
}

void frame_put_presence_room(struct buf *out, const struct frame_presence_room *room)
{
    put_text(out, "roomId", room->room_id);
    put_u64(out, "online", room->online);
}
