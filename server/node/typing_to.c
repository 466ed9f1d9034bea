/* See typing_to.h. */
#include "server/node/typing_to.h"

#include "server/base/mem.h"
#include "server/node/direct.h"
#include "server/node/room.h"
#include "server/node/typing.h"
#include "server/node/user.h"
#include "server/protocol/direct_name.h"

#include <stdlib.h>

/* Of a node: they are looked through in each step, and each has a transaction under way. */
#define WAITS_MAX 1024
/* Of one connection: its person has one field with keys at a time, and may leave one for the next. */
#define WAITS_OWN_MAX 8

struct wait {
    struct session_ref session;
    uint32_t room;
    int64_t said_us;
};

struct typing_waits {
    struct wait *items; /* in the order in which they were said first */
    uint32_t len, cap;
};

struct typing_waits *typing_waits_new(void)
{
    return hb_calloc(1, sizeof(struct typing_waits));
}

void typing_waits_free(struct typing_waits **waits)
{
    if (*waits != NULL) {
        free((*waits)->items);
        free(*waits);
        *waits = NULL;
    }
}

uint32_t typing_waits_len(const struct node *node)
{
    return node->typing_waits->len;
}

void typing_to_needs(const struct node *node, bool *rooms)
{
    for (uint32_t i = 0; i < node->typing_waits->len; i++) {
        rooms[node->typing_waits->items[i].room] = true;
    }
}

static void refuse(struct node *node, struct session *session, enum hb_err err)
{
    session_error(node, session, err, (struct text){NULL, 0}, "recipientId");
}

/* The room is not made. */
static void refuse_room(struct node *node, struct session *session, enum hb_err err)
{
    if (err == HB_ELIMIT) { /* of a person: it does not pass */
        session_error_for_good(node, session, err, (struct text){NULL, 0}, "recipientId");
    } else {
        refuse(node, session, err);
    }
}

/* NULL: the session is not in the room, or not yet. */
static struct room *room_of(struct node *node, struct session *session, uint32_t index)
{
    struct room *room = index == INTERNER_NONE ? NULL : node->rooms[index];

    if (room == NULL || room->attached_len == 0) {
        return NULL;
    }
    const struct session_room *place = session_room_find(session, index);
    return place != NULL && place->slot != INDEX_NONE ? room : NULL;
}

void typing_to_flush(struct node *node)
{
    struct typing_waits *waits = node->typing_waits;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < waits->len; i++) {
        const struct wait wait = waits->items[i];
        struct session *session = session_get(node, wait.session);
        if (session == NULL ||
            node->mono.us - wait.said_us >= node->config.params.typing_expiry_us) { /* I2 */
            continue;
        }
        struct room *room = room_of(node, session, wait.room);
        if (room != NULL) {
            typing_say(node, session, room, FRAME_TYPING_START, wait.said_us);
        } else {
            waits->items[kept++] = wait;
        }
    }
    waits->len = kept;
}

/* Whatever this person has waiting for the room, from any device here. */
static void cancel(struct node *node, uint32_t user, uint32_t room)
{
    struct typing_waits *waits = node->typing_waits;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < waits->len; i++) {
        const struct session *session = session_get(node, waits->items[i].session);
        if (waits->items[i].room != room || session == NULL || session->user != user) {
            waits->items[kept++] = waits->items[i];
        }
    }
    waits->len = kept;
}

/* --- What is said --- */

/* `index`: the room, if this node knows it. */
static void wait_for(struct node *node, struct session *session, struct text other, uint32_t index)
{
    struct typing_waits *waits = node->typing_waits;
    uint32_t own = 0;
    struct wait *found = NULL;

    for (uint32_t i = 0; i < waits->len; i++) {
        if (waits->items[i].session.serial == session->serial) {
            own++;
            found = waits->items[i].room == index ? &waits->items[i] : found;
        }
    }
    if (node->draining) {
        refuse(node, session, HB_EAGAIN); /* nothing is begun any more */
        return;
    }
    if (found == NULL) {
        if (waits->len == WAITS_MAX || own == WAITS_OWN_MAX) {
            note(node, NOTE_TYPING_WAITS, waits->len, own);
            refuse(node, session, HB_ELIMIT);
            return;
        }
        HB_GROW(waits->items, waits->len, waits->cap);
        found = &waits->items[waits->len++];
        found->session = session_ref(session);
        found->room = direct_room(node, session->user, other);
    }
    found->said_us = node->mono.us; /* I1 */
    if (node->rooms[found->room]->key == 0) {
        direct_make(node, session->user, found->room, other);
    }
}

void typing_to_frame(struct node *node, struct session *session, const struct frame *frame)
{
    const struct text own = node->users[session->user]->name;
    const struct text other = frame->typing.recipient_id;
    char name[DIRECT_NAME_LEN + 1];

    if (session->state != SESSION_LIVE) {
        refuse(node, session, HB_EAGAIN);
        return;
    }
    if (text_equal(own, other)) {
        refuse(node, session, HB_EFIELD);
        return;
    }
    typing_to_flush(node); /* what is over takes nobody's place */
    direct_name(own, other, name);
    const uint32_t index = interner_find(&node->room_names, name, DIRECT_NAME_LEN);
    struct room *room = room_of(node, session, index);
    if (frame->type == FRAME_TYPING_STOP) {
        cancel(node, session->user, index);
    }
    if (room != NULL) {
        typing_say(node, session, room, frame->type, node->mono.us);
    } else if (frame->type == FRAME_TYPING_START) {
        wait_for(node, session, other, index);
    }
}

void typing_to_sent(struct node *node, const struct session *session, const struct frame_send *send)
{
    char name[DIRECT_NAME_LEN + 1];
    struct text room = send->room_id;

    if (node->typing_waits->len == 0) {
        return;
    }
    if (send->recipient_id.bytes != NULL) {
        const struct text own = node->users[session->user]->name;
        if (text_equal(own, send->recipient_id)) {
            return;
        }
        direct_name(own, send->recipient_id, name);
        room = text_of(name);
    }
    cancel(node, session->user, interner_find(&node->room_names, room.bytes, room.len));
}

void typing_to_made(struct node *node, struct job *job, const struct db_answer *answer)
{
    struct typing_waits *waits = node->typing_waits;
    const uint32_t room = job->room;
    const enum hb_err err = direct_done(node, job, answer);
    uint32_t kept = 0;

    for (uint32_t i = 0; err != HB_OK && i < waits->len; i++) {
        struct session *session = session_get(node, waits->items[i].session);
        if (waits->items[i].room != room) {
            waits->items[kept++] = waits->items[i];
        } else if (session != NULL) {
            refuse_room(node, session, err);
        }
    }
    waits->len = err != HB_OK ? kept : waits->len;
}
