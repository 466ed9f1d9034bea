/* See typing.h. */
#include "server/node/typing.h"

#include "server/base/mem.h"
#include "server/node/bus.h"
#include "server/node/heard.h"
#include "server/node/timer.h"
#include "server/node/user.h"
#include "server/protocol/id.h"

#include <string.h>

/* Who types in one room at a time, and is kept; more are not told of. They are looked through for each word. */
#define TYPISTS_MAX 256

static struct text name_of(const struct typist *typist)
{
    return (struct text){typist->name, typist->name_len};
}

static struct typist *typist_find(struct room *room, uint64_t key)
{
    for (uint32_t i = 0; i < room->typing.len; i++) {
        if (room->typing.items[i].key == key) {
            return &room->typing.items[i];
        }
    }
    return NULL;
}

/* NULL: there are too many. */
static struct typist *typist_add(struct node *node, struct room *room, struct text name,
                                 uint64_t key)
{
    struct room_typing *typing = &room->typing;

    if (typing->len == TYPISTS_MAX) {
        note(node, NOTE_TYPISTS, room->key, TYPISTS_MAX);
        return NULL;
    }
    HB_GROW(typing->items, typing->len, typing->cap);
    struct typist *typist = &typing->items[typing->len++];
    *typist = (struct typist){
        .key = key, .name_len = name.len, .told_us = LONG_AGO_US, .others_us = LONG_AGO_US};
    memcpy(typist->name, name.bytes, name.len);
    return typist;
}

/* --- Telling --- */

static void tell(struct node *node, struct room *room, const struct frame *frame, uint32_t but)
{
    buf_clear(&node->scratch);
    frame_encode(frame, &node->scratch);
    struct wire *wire = wire_new(node->scratch.bytes, node->scratch.len);
    for (uint32_t i = 0; i < room->attached_len; i++) {
        if (node->sessions[room->attached[i].session]->user != but) {
            node->counts.typing_told++;
            send_wire(node, room->attached[i].conn, wire);
        }
    }
    wire_unref(&wire);
}

static struct frame frame_of(const struct room *room, const struct typist *typist,
                             enum frame_type type)
{
    return (struct frame){.type = type,
                          .typing = {.room_id = room->name, .user_id = name_of(typist)}};
}

/* To all but the devices of the same person. */
static void tell_of(struct node *node, struct room *room, const struct typist *typist,
                    enum frame_type type)
{
    const struct frame frame = frame_of(room, typist, type);
    const uint32_t own = interner_find(&node->user_names, typist->name, typist->name_len);

    tell(node, room, &frame, own == INTERNER_NONE ? INDEX_NONE : own);
}

/* What is lost with Redis ends by itself at the others. */
static void publish(struct node *node, const struct room *room, const struct typist *typist,
                    enum frame_type type)
{
    const struct frame frame = frame_of(room, typist, type);

    buf_clear(&node->scratch);
    buf_add_text(&node->scratch, "0 ");
    bus_number(node, &node->scratch);
    frame_encode(&frame, &node->scratch);
    if (bus_publish(node, room->channel, node->scratch.bytes, node->scratch.len) == HB_OK) {
        node->counts.typing_published++;
    }
}

uint64_t typing_others(const struct room *room)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < room->typing.len; i++) {
        count += room->typing.items[i].shown && !room->typing.items[i].named;
    }
    return count;
}

static void forward(struct node *node, struct room *room, struct typist *typist)
{
    struct room_typing *typing = &room->typing;

    HB_ASSERT(typist->typing);
    HB_ASSERT(node->mono.us - typist->told_us >= node->config.params.typing_throttle_us); /* I1 */
    HB_ASSERT(node->mono.us <= typist->until_us);                                         /* I2 */
    typing->others_owed = typing->others_owed || !typist->named;
    if (!typist->named && typing->named < node->config.params.typing_names) {
        typist->named = true;
        typing->named++;
    }
    typist->owed = false;
    typist->shown = true;
    typist->told_us = node->mono.us;
    if (typist->named) {
        tell_of(node, room, typist, FRAME_TYPING_START);
    }
    if (typist->unpublished) {
        typist->unpublished = false;
        typist->others_us = node->mono.us + node->config.params.typing_expiry_us;
        publish(node, room, typist, FRAME_TYPING_START);
    }
}

/* --- Time --- */

/* When something is to be done for them next. */
static int64_t due_us(const struct node *node, const struct typist *typist)
{
    const int64_t free_us = typist->told_us + node->config.params.typing_throttle_us;

    if (!typist->typing) {
        return free_us > typist->others_us ? free_us : typist->others_us;
    }
    return typist->owed && free_us < typist->until_us ? free_us : typist->until_us;
}

static void arm(struct node *node, struct room *room)
{
    struct room_typing *typing = &room->typing;
    int64_t at_us = INT64_MAX;

    for (uint32_t i = 0; i < typing->len; i++) {
        const int64_t typist_us = due_us(node, &typing->items[i]);
        at_us = typist_us < at_us ? typist_us : at_us;
    }
    if (typing->others_owed) {
        const int64_t free_us = typing->others_told_us + node->config.params.typing_throttle_us;
        at_us = free_us < at_us ? free_us : at_us;
    }
    if (at_us < typing->timer_us) {
        typing->timer_us = at_us;
        timer_add(node, at_us, TIMER_TYPING, room->index, room->life);
    }
}

/* They type no more. `told`: who is here knows it by another way. */
static void silence(struct node *node, struct room *room, struct typist *typist, bool told)
{
    if (typist->named) {
        room->typing.named--;
        if (!told) {
            tell_of(node, room, typist, FRAME_TYPING_STOP);
        }
    }
    room->typing.others_owed = room->typing.others_owed || (typist->shown && !typist->named);
    typist->typing = typist->named = typist->shown = typist->owed = typist->unpublished = false;
}

/* The same, said or found here: the other nodes are told if they may show them. They may also when a message or
 * another node's stop has silenced them here: one that came there before their start. */
static void stop(struct node *node, struct room *room, struct typist *typist)
{
    const bool known = typist->shown || node->mono.us < typist->others_us;

    silence(node, room, typist, false);
    typist->others_us = LONG_AGO_US;
    if (known) {
        publish(node, room, typist, FRAME_TYPING_STOP);
    }
}

static void typist_due(struct node *node, struct room *room, struct typist *typist)
{
    if (!typist->typing || node->mono.us < due_us(node, typist)) {
        return;
    }
    if (node->mono.us < typist->until_us) {
        forward(node, room, typist);
    } else if (typist->here.serial != 0) {
        stop(node, room, typist);
    } else {
        silence(node, room, typist, false);
    }
}

static void others_due(struct node *node, struct room *room)
{
    struct room_typing *typing = &room->typing;

    if (!typing->others_owed ||
        node->mono.us - typing->others_told_us < node->config.params.typing_throttle_us) {
        return;
    }
    const struct frame frame = {
        .type = FRAME_TYPING_ROOM,
        .typing_room = {.room_id = room->name, .others = typing_others(room)},
    };
    const bool news = frame.typing_room.others > 0 || typing->others_told > 0;
    typing->others_owed = false;
    typing->others_told = frame.typing_room.others;
    if (news) {
        typing->others_told_us = node->mono.us;
        tell(node, room, &frame, INDEX_NONE);
    }
}

/* Whatever is due in the room, and when the next will be. */
static void settle(struct node *node, struct room *room)
{
    struct room_typing *typing = &room->typing;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < typing->len; i++) {
        struct typist *typist = &typing->items[i];
        typist_due(node, room, typist);
        if (typist->typing || node->mono.us < due_us(node, typist)) {
            typing->items[kept++] = *typist;
        }
    }
    typing->len = kept;
    others_due(node, room);
    arm(node, room);
}

void typing_timer(struct node *node, uint32_t index, uint64_t life, int64_t at_us)
{
    struct room *room = node->rooms[index];

    if (room != NULL && room->life == life && room->typing.timer_us == at_us) {
        room->typing.timer_us = INT64_MAX;
        settle(node, room);
    }
}

/* --- What is said --- */

static void start(struct node *node, struct room *room, struct text name, struct session_ref here,
                  int64_t said_us)
{
    const int64_t until_us = said_us + node->config.params.typing_expiry_us;
    const uint64_t key = id_key(name);
    struct typist *typist = typist_find(room, key);

    if (typist != NULL && typist->typing && typist->until_us > until_us) {
        return; /* another device said so later, and waited less */
    }
    if (typist == NULL) {
        typist = typist_add(node, room, name, key);
    }
    if (typist != NULL) {
        typist->typing = typist->owed = true;
        typist->unpublished = here.serial != 0;
        typist->here = here;
        typist->until_us = until_us;
        settle(node, room);
    }
}

void typing_say(struct node *node, const struct session *session, struct room *room,
                enum frame_type type, int64_t said_us)
{
    const struct user *user = node->users[session->user];

    if (type == FRAME_TYPING_START) {
        start(node, room, user->name, session_ref(session), said_us);
        return;
    }
    struct typist *typist = typist_find(room, user->id_key);
    if (typist != NULL) {
        stop(node, room, typist);
        settle(node, room);
    }
}

void typing_frame(struct node *node, struct session *session, const struct frame *frame)
{
    const struct text name = frame->typing.room_id;
    const uint32_t index = interner_find(&node->room_names, name.bytes, name.len);
    const struct session_room *place =
        index == INTERNER_NONE ? NULL : session_room_find(session, index);
    if (place == NULL || place->slot == INDEX_NONE) {
        session_error(node, session, HB_EDENIED, (struct text){NULL, 0}, "roomId");
        return;
    }
    typing_say(node, session, node->rooms[index], frame->type, node->mono.us);
}

void typing_heard(struct node *node, struct room *room, struct text payload)
{
    const struct frame *frame = NULL;
    struct heard_front front;

    if (!heard_take(node, &payload, &front)) {
        return;
    }
    if (text_equal(front.node, node->name)) {
        return; /* who is here was told at once */
    }
    if (payload.len > FRAME_BYTES_MAX) {
        note(node, NOTE_PUBLICATION_BAD, room->key, 0);
        return;
    }
    struct wire *wire = wire_new(payload.bytes, payload.len);
    const bool good = wire_decode(wire, &frame, NULL) == HB_OK &&
                      (frame->type == FRAME_TYPING_START || frame->type == FRAME_TYPING_STOP) &&
                      frame->typing.user_id.bytes != NULL &&
                      text_equal(frame->typing.room_id, room->name);
    if (good && room->state == ROOM_LIVE) {
        struct typist *typist = typist_find(room, frame->typing.user_key);
        if (frame->type == FRAME_TYPING_START) {
            start(node, room, frame->typing.user_id, (struct session_ref){.serial = 0},
                  node->mono.us);
        } else if (typist != NULL) {
            silence(node, room, typist, false);
            settle(node, room);
        }
    }
    if (!good) {
        note(node, NOTE_PUBLICATION_BAD, room->key, 0);
    }
    wire_unref(&wire);
}

/* --- What ends it --- */

void typing_entry(struct node *node, struct room *room, const struct room_entry *entry)
{
    const struct frame *frame = NULL;

    if (entry->kind != ENTRY_MESSAGE && entry->kind != ENTRY_LEAVE) {
        return;
    }
    if (wire_decode(entry->wire, &frame, NULL) != HB_OK) {
        HB_UNREACHABLE("an entry that was encoded here or decoded before decodes");
    }
    struct typist *typist = typist_find(room, frame->entry.sender_key);
    if (typist != NULL) {
        silence(node, room, typist, true);
        settle(node, room);
    }
}

static struct typist *typist_of(struct room *room, const struct session *session)
{
    for (uint32_t i = 0; i < room->typing.len; i++) {
        const struct typist *typist = &room->typing.items[i];
        if (typist->here.serial == session->serial) {
            return &room->typing.items[i];
        }
    }
    return NULL;
}

void typing_leave(struct node *node, struct room *room, const struct session *session)
{
    struct typist *typist = typist_of(room, session);

    if (typist != NULL) {
        stop(node, room, typist);
        settle(node, room);
    }
}
