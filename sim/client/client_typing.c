/* See client_typing.h. */
#include "sim/client/client_typing.h"

#include "server/base/mem.h"
#include "server/protocol/direct_name.h"
#include "server/protocol/id.h"
#include "sim/client/client_conn.h"

#include <stdlib.h>
#include <string.h>

struct typist { /* who was ever told of as typing in a room */
    uint64_t room_key, user_key;
    uint32_t room_ref;
    struct text room_id, user; /* within `names` */
    int64_t until_us;
    bool shown;
    char names[2 * ID_BYTES_MAX];
};

struct client_typing {
    /* Of the person. */
    char room[ID_BYTES_MAX + 1]; /* whose field has the last key */
    uint32_t room_ref;
    char to[ID_BYTES_MAX + 1]; /* with whom it is the room of two; empty: it is another one */
    bool said;                 /* that they type there */
    bool owed;                 /* a key came since */
    int64_t key_us, said_us;

    struct typist **typists; /* each where it was made: effects borrow from it */
    uint32_t typists_len, typists_cap;
    uint32_t shown; /* how many of them */
};

static struct client_typing *typing_of(struct client *client)
{
    if (client->typing == NULL) {
        client->typing = hb_calloc(1, sizeof *client->typing);
    }
    return client->typing;
}

const char *client_typing_room(const struct client *client)
{
    return client->typing != NULL && client->typing->said ? client->typing->room : "";
}

void client_typing_deinit(struct client *client)
{
    struct client_typing *typing = client->typing;

    if (typing != NULL) {
        for (uint32_t i = 0; i < typing->typists_len; i++) {
            free(typing->typists[i]);
        }
        free(typing->typists);
        free(typing);
        client->typing = NULL;
    }
}

/* --- Of the person -------------------------------------------------------------------------- */

static void say(struct client *client, enum frame_type type, struct client_out *out)
{
    struct client_typing *typing = client->typing;
    const bool by_name = typing->to[0] != '\0';
    const struct frame frame = {
        .type = type,
        .typing = {.room_id = by_name ? (struct text){NULL, 0} : text_of(typing->room),
                   .recipient_id = by_name ? text_of(typing->to) : (struct text){NULL, 0}}};

    HB_ASSERT(client->state == CLIENT_ONLINE);
    typing->said = type == FRAME_TYPING_START;
    typing->owed = false;
    typing->said_us = client->now_us;
    client_send_frame(client, &frame, out);
}

static void arm(struct client *client)
{
    const struct client_typing *typing = client->typing;
    const struct client_params *params = &client->config.params;
    int64_t at_us = INT64_MAX;

    if (typing->said) {
        at_us = typing->key_us + params->typing_pause_us;
        if (typing->owed) {
            at_us = client_earlier(at_us, typing->said_us + params->typing_refresh_us);
        }
    }
    client->alarm_us[CLIENT_ALARM_TYPING] = at_us;
}

static void stop(struct client *client, struct client_out *out)
{
    if (client->typing->said) {
        say(client, FRAME_TYPING_STOP, out);
    }
}

void client_typing_look(struct client *client, struct client_out *out)
{
    const struct client_typing *typing = client->typing;

    if (client->now_us >= typing->key_us + client->config.params.typing_pause_us) {
        stop(client, out);
    } else if (typing->owed &&
               client->now_us >= typing->said_us + client->config.params.typing_refresh_us) {
        say(client, FRAME_TYPING_START, out);
    }
    arm(client);
}

/* The field of this room has the keys from here on. */
static void field(struct client *client, uint32_t room_ref, struct text room_id, struct text to,
                  struct client_out *out)
{
    struct client_typing *typing = typing_of(client);

    HB_ASSERT(room_id.len <= ID_BYTES_MAX && to.len <= ID_BYTES_MAX);
    if (!text_equal(text_of(typing->room), room_id)) {
        stop(client, out);
        memcpy(typing->room, room_id.bytes, room_id.len);
        typing->room[room_id.len] = '\0';
        typing->room_ref = room_ref;
        if (to.len > 0) {
            memcpy(typing->to, to.bytes, to.len);
        }
        typing->to[to.len] = '\0';
    }
}

static void press(struct client *client, bool emptied, struct client_out *out)
{
    struct client_typing *typing = client->typing;
    struct client_effect *effect = client_emit(out, CLIENT_OUT_KEY);
    effect->room_ref = typing->room_ref;
    effect->room_id = text_of(typing->room);
    effect->value = emptied;
    typing->key_us = client->now_us;
    if (emptied) {
        stop(client, out); /* I7 */
    } else if (!typing->said && client->state == CLIENT_ONLINE) {
        say(client, FRAME_TYPING_START, out);
    } else {
        typing->owed = typing->said;
    }
    if (typing->said) {
        client_typing_look(client, out);
    }
    arm(client);
}

void client_typing_key(struct client *client, uint32_t room_ref, struct text room_id, bool emptied,
                       struct client_out *out)
{
    field(client, room_ref, room_id, (struct text){NULL, 0}, out);
    press(client, emptied, out);
}

void client_typing_key_to(struct client *client, struct text user, bool emptied,
                          struct client_out *out)
{
    char name[DIRECT_NAME_LEN + 1];

    direct_name(client->config.user, user, name);
    field(client, CLIENT_ROOM_NONE, text_of(name), user, out);
    press(client, emptied, out);
}

void client_typing_sent_to(struct client *client, struct text user, struct client_out *out)
{
    struct client_typing *typing = client->typing;

    if (typing != NULL && typing->said && text_equal(text_of(typing->to), user)) {
        stop(client, out); /* I7 */
        arm(client);
    }
}

void client_typing_sent(struct client *client, uint32_t room_ref, struct text room_id,
                        struct client_out *out)
{
    struct client_typing *typing = client->typing;

    if (typing == NULL || !typing->said) {
        return;
    }
    if (room_ref != CLIENT_ROOM_NONE ? typing->room_ref == room_ref
                                     : text_equal(text_of(typing->room), room_id)) {
        stop(client, out); /* I7 */
        arm(client);
    }
}

/* --- Of others ------------------------------------------------------------------------------ */

static struct typist *typist_find(const struct client_typing *typing, uint64_t room_key,
                                  uint64_t user_key)
{
    for (uint32_t i = 0; i < typing->typists_len; i++) {
        if (typing->typists[i]->user_key == user_key && typing->typists[i]->room_key == room_key) {
            return typing->typists[i];
        }
    }
    return NULL;
}

static struct typist *typist_add(struct client_typing *typing, const struct frame_typing *told,
                                 uint32_t room_ref)
{
    struct typist *typist = hb_calloc(1, sizeof *typist);

    HB_ASSERT(told->room_id.len <= ID_BYTES_MAX && told->user_id.len <= ID_BYTES_MAX);
    HB_GROW(typing->typists, typing->typists_len, typing->typists_cap);
    typing->typists[typing->typists_len++] = typist;
    memcpy(typist->names, told->room_id.bytes, told->room_id.len);
    memcpy(typist->names + ID_BYTES_MAX, told->user_id.bytes, told->user_id.len);
    typist->room_id = (struct text){typist->names, told->room_id.len};
    typist->user = (struct text){typist->names + ID_BYTES_MAX, told->user_id.len};
    typist->room_key = id_key(told->room_id);
    typist->user_key = told->user_key;
    typist->room_ref = room_ref;
    return typist;
}

static void show(struct client *client, struct typist *typist, bool shown, struct client_out *out)
{
    if (typist->shown == shown) {
        return;
    }
    typist->shown = shown;
    client->typing->shown += shown ? 1 : UINT32_MAX;
    struct client_effect *effect = client_emit(out, CLIENT_OUT_TYPIST);
    effect->room_ref = typist->room_ref;
    effect->room_id = typist->room_id;
    effect->user = &typist->user;
    effect->value = shown;
}

static void arm_typists(struct client *client)
{
    int64_t at_us = INT64_MAX;

    for (uint32_t i = 0; i < client->typing->typists_len; i++) {
        const struct typist *typist = client->typing->typists[i];
        at_us = typist->shown ? client_earlier(at_us, typist->until_us) : at_us;
    }
    client->alarm_us[CLIENT_ALARM_TYPISTS] = at_us;
}

void client_typing_expire(struct client *client, struct client_out *out)
{
    for (uint32_t i = 0; i < client->typing->typists_len; i++) {
        struct typist *typist = client->typing->typists[i];
        if (client->now_us >= typist->until_us) { /* I8 */
            show(client, typist, false, out);
        }
    }
    arm_typists(client);
}

void client_typing_told(struct client *client, const struct frame *frame, uint32_t room_ref,
                        struct client_out *out)
{
    const struct frame_typing *told = &frame->typing;
    struct client_typing *typing = typing_of(client);

    if (told->room_id.bytes == NULL || told->user_id.bytes == NULL) {
        return;
    }
    struct typist *typist = typist_find(typing, id_key(told->room_id), told->user_key);
    if (frame->type == FRAME_TYPING_START) {
        if (typist == NULL) {
            typist = typist_add(typing, told, room_ref);
        }
        typist->until_us = client->now_us + client->config.params.typing_shown_us;
        show(client, typist, true, out);
    } else if (typist != NULL) {
        show(client, typist, false, out);
    }
    arm_typists(client);
}

void client_typing_entry(struct client *client, uint64_t room_key, const struct entry *entry,
                         struct client_out *out)
{
    if (client->typing == NULL || client->typing->shown == 0 || entry->kind == ENTRY_JOIN) {
        return;
    }
    struct typist *typist = typist_find(client->typing, room_key, entry->sender_key);
    if (typist != NULL) {
        show(client, typist, false, out);
        arm_typists(client);
    }
}

void client_typing_offline(struct client *client, struct client_out *out)
{
    struct client_typing *typing = client->typing;

    if (typing == NULL) {
        return;
    }
    typing->said = typing->owed = false;
    const size_t before = out->len;
    for (uint32_t i = 0; i < typing->typists_len; i++) {
        show(client, typing->typists[i], false, out);
    }
    for (size_t i = before; i < out->len; i++) {
        out->items[i].value = 2;
    }
}
